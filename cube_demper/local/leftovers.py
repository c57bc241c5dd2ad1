"""A server that outlived the supervisor that started it."""

import os
import signal
import subprocess
import time
from pathlib import Path

_PROC = Path("/proc")  # Linux
_STOP_WITHIN_S = 8.0
_LOOK_EVERY_S = 0.05


def end_leftover(pid_file: Path, *, program: str) -> None:
    """End the server named in this file if it still runs, and remove the file.

    Only for files in a folder that we hold the lock of. A number that meanwhile belongs to some
    other program (after a restart of the machine, say) is left alone.
    """
    try:
        pid = int(pid_file.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        pid = 0
    if pid and program in _program_of(pid):
        _end(pid)
    pid_file.unlink(missing_ok=True)


def _program_of(pid: int) -> str:
    if _PROC.is_dir():
        name = _PROC / str(pid) / "comm"
        return name.read_text() if name.exists() else ""
    return subprocess.run(  # noqa: S603 -- a number
        ["ps", "-o", "comm=", "-p", str(pid)],  # noqa: S607 -- where it lies differs
        capture_output=True,
        text=True,
        check=False,
    ).stdout


def _end(pid: int) -> None:
    give_up_at = time.monotonic() + _STOP_WITHIN_S
    try:
        os.kill(pid, signal.SIGINT)
        while time.monotonic() < give_up_at:
            os.kill(pid, 0)
            time.sleep(_LOOK_EVERY_S)
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
