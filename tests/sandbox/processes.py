"""The sandbox as a process of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

_HOME = Path(__file__).resolve().parents[2]
_PATIENCE_S = 15


class Process:
    """Starts, stops and kills `python -m sandbox`; `urls` are those of the latest start."""

    def __init__(self, *, state: Path) -> None:
        self.state = state
        self.urls: dict[str, str] = {}
        self._running: subprocess.Popen[str] | None = None

    def start(self, *arguments: str) -> None:
        self._running = self._open("--still", "--state", str(self.state), *arguments)
        self.urls = json.loads(self._stdout().readline())

    def stop(self, name: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """Ask it to stop; its exit code and how many seconds it took."""
        began = time.monotonic()
        self._process().send_signal(name)
        code = self._process().wait(timeout=_PATIENCE_S)
        took = time.monotonic() - began
        self._close()
        return code, took

    def kill(self) -> None:
        if self._running is not None:
            self._running.kill()
            self._running.wait()
            self._close()

    def kept(self) -> dict[str, Any]:
        kept: dict[str, Any] = json.loads(self.state.read_bytes())
        return kept

    def _process(self) -> "subprocess.Popen[str]":
        if self._running is None:
            raise AssertionError
        return self._running

    def _stdout(self) -> Any:
        return self._process().stdout

    def _close(self) -> None:
        for pipe in (self._process().stdout, self._process().stderr):
            if pipe is not None:
                pipe.close()
        self._running = None

    @staticmethod
    def _open(*arguments: str) -> "subprocess.Popen[str]":
        ports = ("--identity-port", "0", "--cabinet-port", "0", "--shop-port", "0")
        return subprocess.Popen(
            [sys.executable, "-m", "sandbox", *ports, *arguments],
            cwd=_HOME,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
