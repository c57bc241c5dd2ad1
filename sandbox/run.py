"""One run of the sandbox: take the ports, serve, keep the state, stop when told."""

import asyncio
import gc
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson
from aiohttp import web

from sandbox import state
from sandbox.gate import Addresses, Role
from sandbox.server import make_endpoints
from sandbox.settings import Settings
from sandbox.world import World, make_world

_SAVE_EVERY_S = 0.5
# A slow disk or a large world may take this share of the time for saving, no more.
_SAVE_SHARE = 10.0
_SHUTDOWN_S = 0.2
_BACKLOG = 1_024


class CannotStart(Exception):
    """Something is in the way; the text is one sentence for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line says."""

    host: str = "127.0.0.1"
    identity_port: int = 0
    cabinet_port: int = 0
    shop_port: int = 0
    state: Path | None = None
    seed: int = 7
    apply_delay_s: float = 1.0
    storefront_delay_s: float = 0.5
    session_ttl_s: float = 86_400.0
    time_scale: float = 1.0
    cards: int = 400
    still: bool = False

    @property
    def ports(self) -> dict[Role, int]:
        return {
            Role.IDENTITY: self.identity_port,
            Role.CABINET: self.cabinet_port,
            Role.SHOP: self.shop_port,
        }


async def run(options: Options) -> None:
    """Serve until SIGTERM or SIGINT. Raises CannotStart."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    async with serving(options, say=_say) as (_, addresses):
        _say(_ready_line(addresses))
        await stop.wait()
        _say("stopping")
    # Nothing is worth collecting on the way out, and in a large world it takes many seconds.
    gc.freeze()


@asynccontextmanager
async def serving(
    options: Options, *, say: Callable[[str], None] = lambda _line: None
) -> AsyncIterator[tuple[World, Addresses]]:
    """Serve while the block runs; the state is saved on the way out. Raises CannotStart."""
    world = _make_world(options)
    world.say = say
    saver = Saver(world, options.state)
    with _taken_ports(options) as sockets:
        # Only now: a sandbox that holds these ports may be the one that keeps this state.
        saver.begin()
        addresses = _addresses(options, sockets)
        async with _listening(world, addresses, sockets), asyncio.TaskGroup() as group:
            chores = (world.agenda.run(), world.feeds.run(), saver.run())
            background = [group.create_task(chore) for chore in chores]
            try:
                yield world, addresses
            finally:
                for task in background:
                    task.cancel()
                saver.save()


@dataclass(slots=True)
class Saver:
    """Writes the state a moment after it changed, and less often when writing is slow."""

    world: World
    path: Path | None
    _saved: int = -1

    def begin(self) -> None:
        """Write the first state, or raise CannotStart: better now than after an hour's play."""
        try:
            self._write()
        except OSError as trouble:
            raise CannotStart(
                f"The state file {self.path} cannot be written: {trouble.strerror}."
            ) from trouble

    async def run(self) -> None:
        while True:
            began = time.monotonic()
            if self._saved != self._count():
                self.save()
            await asyncio.sleep(max(_SAVE_EVERY_S, _SAVE_SHARE * (time.monotonic() - began)))

    def save(self) -> None:
        """Write the state; a full disk is said aloud and does not stop the play."""
        try:
            self._write()
        except OSError as trouble:
            self.world.say(f"state not saved: {trouble.strerror}")

    def _write(self) -> None:
        if self.path is not None:
            state.write_file(self.path, state.snapshot(self.world))
            self._saved = self._count()

    def _count(self) -> int:
        return self.world.changes.count


def _make_world(options: Options) -> World:
    settings = Settings(
        apply_delay_s=options.apply_delay_s,
        storefront_delay_s=options.storefront_delay_s,
        session_ttl_s=options.session_ttl_s,
        still=options.still,
    )
    try:
        kept = state.read_file(options.state) if options.state else None
        start = None if kept is None else state.resumed_at(kept)
        world = make_world(
            seed=options.seed,
            cards=options.cards,
            settings=settings,
            time_scale=options.time_scale,
            start=start,
        )
        if kept is not None and options.state is not None:
            state.restore(world, kept, path=options.state)
    except state.BadState as trouble:
        raise CannotStart(str(trouble)) from trouble
    return world


@contextmanager
def _taken_ports(options: Options) -> Iterator[dict[Role, socket.socket]]:
    """Bind every port before anything is served; roles with one port share a socket."""
    taken: dict[int, socket.socket] = {}
    sockets: dict[Role, socket.socket] = {}
    with ExitStack() as stack:
        for role, port in options.ports.items():
            bound = taken.get(port) if port else None
            if bound is None:
                bound = taken[port] = stack.enter_context(_bind(options.host, port))
            sockets[role] = bound
        yield sockets


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as trouble:
        why = os.strerror(trouble.errno) if trouble.errno else str(trouble)
        raise CannotStart(f"Port {port} on {host} cannot be used: {why}.") from trouble


def _addresses(options: Options, sockets: dict[Role, socket.socket]) -> Addresses:
    ports = {role: int(bound.getsockname()[1]) for role, bound in sockets.items()}
    anywhere = options.host in ("0.0.0.0", "::")  # noqa: S104 -- compared with, not bound to
    host = "127.0.0.1" if anywhere else options.host
    return Addresses(host=f"[{host}]" if ":" in host else host, ports=ports)


@asynccontextmanager
async def _listening(
    world: World, addresses: Addresses, sockets: dict[Role, socket.socket]
) -> AsyncIterator[None]:
    endpoints = make_endpoints(world, addresses)
    async with AsyncExitStack() as stack:
        for port in set(addresses.ports.values()):
            roles = [role for role in Role if addresses.ports[role] == port]
            runner = web.AppRunner(
                endpoints.of(roles),
                access_log=None,
                shutdown_timeout=_SHUTDOWN_S,
                handler_cancellation=True,
            )
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.SockSite(runner, sockets[roles[0]], backlog=_BACKLOG).start()
        yield


def _ready_line(addresses: Addresses) -> str:
    urls = {f"{role}_url": addresses.url(role) for role in Role}
    return orjson.dumps({"ready": True, **urls}).decode()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
