"""Where the tests keep gigabytes for a minute."""

import shutil
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108 -- only a parent: the folder in it gets a name of its own
_NEEDED = 8 << 30


def roomy_folder() -> str | None:
    """Return the parent for large folders: memory where there is plenty, else the usual (None).

    Packages are installed one small synchronised write after another: measured on a busy machine,
    the same base image took 173 s on its disk and 31 s in memory.
    """
    if not _MEMORY.is_dir() or shutil.disk_usage(_MEMORY).free < _NEEDED:
        return None
    lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    (available_kib,) = [int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")]
    return str(_MEMORY) if available_kib << 10 > _NEEDED else None
