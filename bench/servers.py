"""PostgreSQL and Valkey for one measurement, thrown away after it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HOME = Path(__file__).resolve().parents[1]
_STOP_WITHIN_S = 15


@contextmanager
def private_servers() -> Iterator[dict[str, str]]:
    """Yield their addresses by the names of the settings."""
    with subprocess.Popen(
        [sys.executable, "-m", "cube_demper.local", "test-servers"],
        cwd=HOME,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise AssertionError
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.stdin.close()
            process.wait(timeout=_STOP_WITHIN_S)
