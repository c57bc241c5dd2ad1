"""The processes that a test has started, as the machine sees them."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


def run_cleanly(work: Callable[[], Awaitable[T]]) -> T:
    """Run the work on a loop of its own, and see every process that it started end there."""
    before = children()

    async def whole() -> T:
        try:
            return await work()
        finally:
            await gone(lambda: children() <= before)

    return asyncio.run(whole())


def children() -> set[int]:
    """The processes that this one started.

    What those start doesn't count: a fixture that lives as long as the session may hold a whole
    house, where processes come and go.
    """
    return _children_of({os.getpid()})


def browsers() -> set[int]:
    """Chromium's main processes, below our drivers."""
    return {pid for pid in _below_drivers() if _is_main(_command(pid))}


def _below_drivers() -> set[int]:
    found = {pid for pid in children() if b"run-driver" in _command(pid)}
    while more := _children_of(found) - found:
        found |= more
    return found


def signal_browsers(number: int) -> None:
    """Send every browser a signal, but for one that ends at this moment."""
    for pid in browsers():
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def kill_pages() -> None:
    """Kill what draws the pages, and leave the browsers themselves."""
    for pid in _below_drivers():
        if b"--type=renderer" in _command(pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _is_main(command: bytes) -> bool:
    return b"--remote-debugging-pipe" in command and b"--type=" not in command


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def _children_of(parents: set[int]) -> set[int]:
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        if parent in parents:
            found.add(int(stat.parent.name))
    return found


async def gone(is_so: Callable[[], object]) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(10):
        while not is_so():  # noqa: ASYNC110 -- another process's end sends no event
            await asyncio.sleep(0.02)
