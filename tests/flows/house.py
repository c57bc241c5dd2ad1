"""The whole system as a person starts it: one command, a dozen processes, one terminal."""

import os
import random
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from cube_demper.local.env_file import read_env
from tests.flows.patience import until

HOME = Path(__file__).resolve().parents[2]
_START_WITHIN_S = 180.0
_STOP_WITHIN_S = 30.0
_PORTS_NEEDED = 6
_PORTS = range(20_000, 32_000)  # below those that outgoing connections take
# Servers say themselves who they are; they may not be ours to look into.
_PID_FILES = {"postgres": "postgres/data-*/postmaster.pid", "valkey": "valkey/data-*/pid"}
# What the tests themselves were given, which this system must find or make by itself.
_NOT_HANDED_ON = (
    *("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ENCRYPTION_KEY", "ALLOWED_HOSTS"),
    *("DEBUG", "DEMPER_LOCAL"),
)


class House:
    """``python -m cube_demper.local run`` with a folder and ports of its own."""

    def __init__(self, *, var: Path, settings: dict[str, str]) -> None:
        self.var = var
        self.web_port, self.sandbox_port, *_ = _free_ports()
        self.lines: list[str] = []
        self.settings = settings
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None

    @property
    def web_url(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def shop_url(self) -> str:
        return f"http://127.0.0.1:{self.sandbox_port + 2}"

    @property
    def pid(self) -> int:
        if self._process is None:
            raise AssertionError
        return self._process.pid

    def start(self) -> None:
        """Start it and wait for the summary that a person would wait for."""
        kept = {name: value for name, value in os.environ.items() if name not in _NOT_HANDED_ON}
        own = {
            "DEMPER_ENV_FILES": "",
            "DEMPER_VAR": str(self.var),
            "WEB_PORT": str(self.web_port),
            "SANDBOX_PORT": str(self.sandbox_port),
        }
        mark = len(self.lines)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "cube_demper.local", "run"],
            cwd=HOME,
            env={**kept, **own, **self.settings},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        until(
            lambda: self._has_said("Cube Demper runs.", since=mark) or self._has_ended(),
            bool,
            patience_s=_START_WITHIN_S,
        )
        if self._has_ended():
            raise AssertionError("\n".join(self.lines[mark:]))

    def stop(self) -> int:
        """Stop it as ``make stop`` would and return its exit code."""
        if self._process is None or self._reader is None or self._process.stdout is None:
            raise AssertionError
        self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(timeout=_STOP_WITHIN_S)
        self._reader.join(timeout=_STOP_WITHIN_S)
        self._process.stdout.close()
        self._process = None
        return code

    def end(self) -> None:
        """End it in any case, for the way out of a test run."""
        if not self._has_ended():
            try:
                self.stop()
            except subprocess.TimeoutExpired:
                os.killpg(self.pid, signal.SIGKILL)

    def kill(self, name: str) -> None:
        """``kill -9`` a program and everything in its process group, and wait until it is back."""
        mark = len(self.lines)
        os.killpg(self.leader_of(name), signal.SIGKILL)
        until(lambda: self._has_said(f"{name} is back.", since=mark), bool)

    def leader_of(self, name: str) -> int:
        """Return the process that was started under this name, and not by another of that name."""
        if files := [*self.var.glob(_PID_FILES.get(name, "-"))]:
            return int(files[0].read_text().split()[0])
        marked = {
            pid: parent
            for pid, parent in _processes()
            if pid in self.family() and _mark_of(pid).endswith(f"#{name}".encode())
        }
        (found,) = (pid for pid, parent in marked.items() if parent not in marked)
        return found

    def family(self) -> set[int]:
        """Return the supervisor and all that came from it, browsers and their helpers too."""
        found = {self.pid}
        processes = list(_processes())
        while more := {pid for pid, parent in processes if parent in found} - found:
            found |= more
        return found

    def heard(self, what: str) -> list[str]:
        """Return every line that holds these words, over all starts."""
        return [line for line in list(self.lines) if what in line]

    def address_of(self, server: str) -> str:
        """Return where a private server listens: ``DATABASE_URL`` or ``REDIS_URL``."""
        return read_env(self.var / "local.env")[server]

    def _has_said(self, what: str, *, since: int) -> bool:
        return any(what in line for line in self.lines[since:])

    def _has_ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def _read(self) -> None:
        if self._process is None or self._process.stdout is None:
            raise AssertionError
        for line in self._process.stdout:
            self.lines.append(line.rstrip("\n"))


def living(pids: set[int]) -> set[int]:
    """Return which of these processes are still there."""
    return {pid for pid, _ in _processes()} & pids


def _processes() -> Iterator[tuple[int, int]]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        if fields[0] != "Z":  # one that has ended, and that nobody has asked about yet
            yield int(folder.name), int(fields[1])


def _mark_of(pid: int) -> bytes:
    """Return how the supervisor marked the program that this process came from."""
    try:
        words = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return b""  # it ended meanwhile
    return next((word for word in words if word.startswith(b"DEMPER_RUN=")), b"")


def _free_ports() -> list[int]:
    """Find a web port and the five of the sandbox after it."""
    while True:
        first = random.choice(_PORTS)
        if all(_is_free(port) for port in range(first, first + _PORTS_NEEDED)):
            return list(range(first, first + _PORTS_NEEDED))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
