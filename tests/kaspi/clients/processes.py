"""The processes that a test has started, as the machine sees them."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


def run_cleanly(work: Callable[[], Awaitable[T]]) -> T:
    """Run the work on a loop of its own, and see every process that it started end there."""
    before = family()

    async def whole() -> T:
        try:
            return await work()
        finally:
            await gone(lambda: family() <= before)

    return asyncio.run(whole())


def family() -> set[int]:
    """The processes that descend from this one."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        parents[int(stat.parent.name)] = int(fields[1])
    found = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def browsers() -> set[int]:
    """Our descendants that are Chromium's main process."""
    found = set()
    for pid in family():
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if b"--remote-debugging-pipe" in command and b"--type=" not in command:
            found.add(pid)
    return found


async def gone(is_so: Callable[[], object]) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(10):
        while not is_so():  # noqa: ASYNC110 -- another process's end sends no event
            await asyncio.sleep(0.02)
