"""What processes cost: processor time and memory, out of /proc."""

import os
from collections.abc import Iterable
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_USER, _SYSTEM, _PARENT = 11, 12, 1  # of /proc/PID/stat, counted after the name


def tree_of(roots: Iterable[int]) -> set[int]:
    """Return these processes and all that came from them."""
    found, parents = set(roots), _parents()
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def cpu_s(pids: Iterable[int]) -> float:
    """Return the processor time they have used, user and system."""
    running = [fields for fields in map(_stat, pids) if fields]
    return sum(int(fields[_USER]) + int(fields[_SYSTEM]) for fields in running) / _TICKS


def pss_mb(pids: Iterable[int]) -> float:
    """Return their memory, what is shared divided among those who share it."""
    return sum(map(_pss_kb, pids)) / 1024


def _parents() -> dict[int, int]:
    pids = [int(folder.name) for folder in Path("/proc").glob("[0-9]*")]
    return {pid: int(fields[_PARENT]) for pid in pids if (fields := _stat(pid))}


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return []  # it ended meanwhile


def _pss_kb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
