"""Whole programs around the supervisor, and a look at what is left of them."""

import os
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HOME = Path(__file__).resolve().parents[2]

# A child with a grandchild in a session of its own that hears no SIGTERM, as browsers have.
FAMILY = """
import signal, subprocess, sys, time
deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
subprocess.Popen([sys.executable, "-c", deaf], start_new_session=True)
print("up", flush=True)
time.sleep(600)
"""
SUPERVISE = """
import asyncio, os, sys
from pathlib import Path
from cube_demper.local import family
from cube_demper.local.explain import explain
from cube_demper.local.pauses import Pauses
from cube_demper.local.seat import Surroundings
from cube_demper.local.supervisor import Supervisor
from cube_demper.local.terminal import Terminal
from tests.local.programs import FAMILY
from tests.local.stage import STUBBORN, service

async def main():
    steps = [service("db", FAMILY), service("web", eval(sys.argv[2]), after=("db",))]
    family.kill_earlier_runs(Path(sys.argv[1]))
    surroundings = Surroundings(
        folder=Path(sys.argv[1]),
        run=family.new_run(Path(sys.argv[1])),
        environment=os.environ,
        terminal=Terminal(sys.stdout, names=["db", "web"]),
        explain=explain,
        pauses=Pauses(),
    )
    await Supervisor(
        steps,
        surroundings,
        when_ready=lambda: print("all ready", flush=True),
        when_stopping=lambda: print("stopping", flush=True),
        adopts_orphans=family.adopt_orphans(),
    ).run()

asyncio.run(main())
"""


@contextmanager
def supervised(folder: Path, *, web: str = "FAMILY") -> Iterator[subprocess.Popen[str]]:
    """Run a supervisor with two families of programs, and wait until they are there."""
    with subprocess.Popen(
        [sys.executable, "-c", SUPERVISE, str(folder), web],
        stdout=subprocess.PIPE,
        text=True,
        cwd=HOME,
    ) as process:
        read_until(process, "all ready")
        yield process
        process.kill()


def read_until(process: subprocess.Popen[str], text: str) -> None:
    assert process.stdout
    for line in process.stdout:
        if text in line:
            return
    raise AssertionError(f"{text!r} was never said")


def living(folder: Path) -> set[int]:
    """Return the processes that carry the mark of a run in this folder."""
    mark = f"DEMPER_RUN={folder}#".encode()
    return {pid for pid in _pids() if mark in _read(pid, "environ") and _is_alive(pid)}


def is_running(pid: int) -> bool:
    """Say whether it lives; one that nobody has collected yet does not."""
    return _read(pid, "cmdline") != b""


def until_ended(pid: int) -> None:
    """Wait for a process that is not our child."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    with os.fdopen(descriptor):
        select.select([descriptor], [], [])


def _pids() -> Iterator[int]:
    return (int(folder.name) for folder in Path("/proc").glob("[0-9]*"))


def _read(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""


def _is_alive(pid: int) -> bool:
    return b") Z " not in _read(pid, "stat")
