"""The account PostgreSQL runs under, because it refuses to run as root."""

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cube_demper.local.errors import StartError

_PREFERRED = ("postgres", "nobody")
_PROBE_TIMEOUT_S = 20


@dataclass(frozen=True, slots=True)
class ServiceUser:
    """An unprivileged account of this machine."""

    name: str
    uid: int
    gid: int

    def own(self, path: Path) -> None:
        os.chown(path, self.uid, self.gid, follow_symlinks=False)


def service_user(data: Path) -> ServiceUser | None:
    """Say who should run the database whose files are in ``data``; None means ourselves.

    Whoever made the files stays their owner, so that a system account added later changes nothing.
    """
    if os.geteuid() != 0:
        return None
    if data.is_dir() and (owner := data.stat()).st_uid != 0:
        return ServiceUser(str(owner.st_uid), owner.st_uid, owner.st_gid)
    for name in _PREFERRED:
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        return ServiceUser(name, account.pw_uid, account.pw_gid)
    raise StartError(
        "PostgreSQL will not run as root and there is neither a user postgres nor nobody: "
        "run this as an ordinary user."
    )


def run_as(
    user: ServiceUser | None,
    command: Sequence[str],
    *,
    folder: Path = Path("/"),
    says: str = "",
    timeout_s: float = _PROBE_TIMEOUT_S,
) -> subprocess.CompletedProcess[str]:
    """Run a short command to its end under that account, its standard input being ``says``."""
    return subprocess.run(  # noqa: S603 -- our own commands
        command,
        input=says,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        timeout=timeout_s,
        cwd=folder,
        env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
        user=user.uid if user else None,
        group=user.gid if user else None,
        extra_groups=[] if user else None,
    )


def can_enter(user: ServiceUser | None, folder: Path) -> bool:
    """Ask the kernel rather than the mode bits, which know nothing of access lists and mounts."""
    return run_as(user, ["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)]).returncode == 0
