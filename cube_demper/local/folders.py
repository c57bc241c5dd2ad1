"""Where files and sockets may lie."""

import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from cube_demper.local.errors import StartError
from cube_demper.local.service_user import ServiceUser, can_enter

_SOCKET_PATH_MAX = 103  # bytes; Linux allows 107, macOS 103
_FREE_MIN = 300 * 1024 * 1024
_LASTING = ("/var/lib", "/var/tmp")  # noqa: S108 -- mkdtemp makes a private folder inside


def make_var(var: Path) -> None:
    """Make sure that we can read and write the folder, and that its disk has room."""
    try:
        var.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=var):
            os.listdir(var)  # noqa: PTH208 -- asks the same right as a later look
    except OSError as error:
        raise StartError(
            f"{var} cannot be used ({error.strerror}): give it to the user who runs this, "
            "or remove it."
        ) from None
    free = shutil.disk_usage(var).free
    if free < _FREE_MIN:
        raise StartError(
            f"The disk of {var} is full: {free >> 20} MB are free, {_FREE_MIN >> 20} MB are needed."
        )


def remove_var(var: Path) -> None:
    """Remove the folder and what was kept elsewhere for it."""
    for pointer in (*var.glob("*"), *var.glob("*/*")):
        if pointer.is_symlink() and pointer.is_dir():
            shutil.rmtree(pointer.resolve(), ignore_errors=True)
    shutil.rmtree(var, ignore_errors=True)


def home_for(user: ServiceUser | None, wanted: Path) -> Path:
    """Make ``wanted``, or where the account cannot reach it a folder that ``wanted`` points to.

    The second case is a clone in a closed folder such as root's home. No existing folder's mode is
    changed to open the way.
    """
    if wanted.is_symlink() or not can_enter(user, wanted.parent):
        _make_way(wanted)
        return _folder_elsewhere(wanted, user=user, bases=(*_LASTING, tempfile.gettempdir()))
    wanted.mkdir(mode=0o700, exist_ok=True)
    if user:
        user.own(wanted)
    return wanted


def socket_folder(wanted: Path, *, longest_name: str, user: ServiceUser | None = None) -> Path:
    """Make ``wanted``, or where the path is too long for a socket a short folder it points to."""
    if len(os.fsencode(wanted / longest_name)) > _SOCKET_PATH_MAX:
        return _folder_elsewhere(wanted, user=user, bases=(tempfile.gettempdir(), "/tmp"))  # noqa: S108 -- the same
    wanted.mkdir(mode=0o700, exist_ok=True)
    if user:
        user.own(wanted)
    return wanted


def _make_way(wanted: Path) -> None:
    if wanted.is_symlink() or not wanted.is_dir():
        return
    if any(wanted.iterdir()):
        raise StartError(
            f"{wanted} holds a database that its unprivileged user can no longer reach: "
            "move the project back, or remove that folder."
        )
    wanted.rmdir()


def _folder_elsewhere(pointer: Path, *, user: ServiceUser | None, bases: Iterable[str]) -> Path:
    owner = user.uid if user else os.geteuid()
    if pointer.is_dir() and pointer.stat().st_uid == owner:
        return pointer.resolve()
    for base in bases:
        if os.access(base, os.W_OK) and can_enter(user, Path(base)):
            folder = Path(tempfile.mkdtemp(prefix="demper-", dir=base))
            if user:
                user.own(folder)
            pointer.unlink(missing_ok=True)
            pointer.symlink_to(folder)
            return folder
    raise StartError(f"There is no folder for {pointer.name} that its server could reach.")
