"""A server that outlived the supervisor that started it."""

import os
import signal
import subprocess
import time
from pathlib import Path

_PROC = Path("/proc")  # Linux
_STOP_WITHIN_S = 8.0
_DIES_WITHIN_S = 1.0
_LOOK_EVERY_S = 0.05


def end_leftover(pid_file: Path, *, program: str, within_s: float = _STOP_WITHIN_S) -> None:
    """End the server named in this file if it still runs, and remove the file.

    Only for files in a folder that we hold the lock of. A number that meanwhile belongs to some
    other program (after a restart of the machine, say) is left alone.
    """
    try:
        pid = int(pid_file.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        pid = 0
    if pid and program in _program_of(pid):
        _end(pid, within_s=within_s)
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


def _end(pid: int, *, within_s: float) -> None:
    for number, patience_s in ((signal.SIGINT, within_s), (signal.SIGKILL, _DIES_WITHIN_S)):
        give_up_at = time.monotonic() + patience_s
        try:
            os.kill(pid, number)
            while time.monotonic() < give_up_at:
                if not _is_alive(pid):
                    return
                time.sleep(_LOOK_EVERY_S)
        except ProcessLookupError:
            return


def _is_alive(pid: int) -> bool:
    os.kill(pid, 0)
    # One that ended and that nobody has collected yet has no command line any more.
    words = _PROC / str(pid) / "cmdline"
    return not words.exists() or bool(words.read_bytes())
