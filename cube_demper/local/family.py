"""Every process that comes from us, however far it went.

A program may start others in sessions of their own (a browser does). Each inherits a mark in its
environment, and on Linux an orphan of ours becomes our child, so none can get lost.
"""

import ctypes
import os
import signal
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

_MARK = "DEMPER_RUN"
_PREFIX = f"{_MARK}=".encode()
_PR_SET_CHILD_SUBREAPER = 36
_LOOK_EVERY_S = 0.02
_PROC = Path("/proc")
_PARENT_FIELD = 1  # of /proc/PID/stat, counted after the name


def new_run(var: Path) -> str:
    """Return a name that no other run has, and that says which folder it works in."""
    return f"{_runs_in(var)}{uuid.uuid4().hex}"


def mark(run: str, name: str) -> dict[str, str]:
    """Return the environment that marks a program of this run, and all that come from it."""
    return {_MARK: f"{run}#{name}"}


def adopt_orphans() -> bool:
    """Become the parent of descendants whose own parent ends; False where that cannot be."""
    if sys.platform != "linux":
        return False
    done: int = ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    return done == 0


def kill_program(run: str, name: str) -> None:
    """Kill what a program of this run left behind."""
    for pid in _marked(lambda value: value == f"{run}#{name}"):
        _kill(pid)


def kill_earlier_runs(var: Path) -> None:
    """Kill what is left of runs in this folder; only for who holds its lock."""
    for pid in _marked(lambda value: value.startswith(_runs_in(var))):
        _kill(pid)


def see_to_the_end(run: str, *, within_s: float) -> None:
    """Wait until nothing of this run is left, and kill what takes longer."""
    give_up_at = time.monotonic() + within_s
    while pids := list(_marked(lambda value: value.startswith(f"{run}#"))):
        if time.monotonic() > give_up_at:
            for pid in pids:
                _kill(pid)
        time.sleep(_LOOK_EVERY_S)


def kill_descendants(*, within_s: float) -> None:
    """Kill all that came from this process, and collect them; ours from here on is nothing."""
    give_up_at = time.monotonic() + within_s
    while (pids := _descendants()) and time.monotonic() < give_up_at:
        for pid in pids:
            _kill(pid)
        while _collect_one():
            pass
        time.sleep(_LOOK_EVERY_S)


def collect_orphans(*, but: frozenset[int]) -> None:
    """Collect adopted processes that ended by themselves; ``but`` names children of our own."""
    for pid, parent, is_zombie in _processes():
        if is_zombie and parent == os.getpid() and pid not in but:
            os.waitpid(pid, os.WNOHANG)


def _descendants() -> set[int]:
    children: dict[int, list[int]] = {}
    for pid, parent, _ in _processes():
        children.setdefault(parent, []).append(pid)
    found: set[int] = set()
    unseen = list(children.get(os.getpid(), ()))
    while unseen:
        pid = unseen.pop()
        found.add(pid)
        unseen.extend(children.get(pid, ()))
    return found


def _processes() -> Iterator[tuple[int, int, bool]]:
    for folder in _PROC.glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        yield int(folder.name), int(fields[_PARENT_FIELD]), fields[0] == "Z"


def _runs_in(var: Path) -> str:
    return f"{var}#"


def _marked(is_wanted: Callable[[str], bool]) -> Iterator[int]:
    for folder in _PROC.glob("[0-9]*"):
        try:
            words = (folder / "environ").read_bytes().split(b"\0")
        except OSError:
            continue  # it ended meanwhile, or is not ours to read
        values = (word.removeprefix(_PREFIX) for word in words if word.startswith(_PREFIX))
        if any(is_wanted(os.fsdecode(value)) for value in values):
            yield int(folder.name)


def _collect_one() -> bool:
    try:
        return os.waitpid(-1, os.WNOHANG)[0] != 0
    except ChildProcessError:
        return False


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
