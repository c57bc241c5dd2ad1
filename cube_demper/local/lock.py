"""One supervisor to a `var/`."""

import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from cube_demper.local.errors import StartError

_NAME = "supervisor.lock"
_LOOK_EVERY_S = 0.1
_STOP_WITHIN_S = 15.0


@contextlib.contextmanager
def only_one(var: Path) -> Iterator[None]:
    """Hold the folder. Raises StartError if another process does."""
    with (var / _NAME).open("a+") as file:
        if not _take(file.fileno()):
            file.seek(0)
            raise StartError(
                f"Cube Demper already runs here as process {file.read().strip() or 'unknown'}: "
                "stop it there with Ctrl-C, or with `make stop`."
            )
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
        file.truncate(0)


def stop_other(var: Path) -> bool:
    """Ask the process that holds the folder to stop and wait; False if there is none."""
    path = var / _NAME
    if not path.exists():
        return False
    with path.open("r+") as file:
        if _take(file.fileno()):
            return False
        holder = int(file.read().strip())
        os.kill(holder, signal.SIGTERM)
        give_up_at = time.monotonic() + _STOP_WITHIN_S
        while not _take(file.fileno()):
            if time.monotonic() > give_up_at:
                raise StartError(f"Process {holder} did not stop within {_STOP_WITHIN_S:g} s.")
            time.sleep(_LOOK_EVERY_S)
    return True


def _take(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
