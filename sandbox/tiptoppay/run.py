"""One run of the stand-in: take the port, serve, stop when told."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from sandbox.state import BadState
from sandbox.tiptoppay.book import Status
from sandbox.tiptoppay.control import Control, Payers
from sandbox.tiptoppay.environment import Environment
from sandbox.tiptoppay.gate import Gate
from sandbox.tiptoppay.keeping import keep
from sandbox.tiptoppay.other_calls import OtherCalls
from sandbox.tiptoppay.payer_pages import PayerPages
from sandbox.tiptoppay.payment_calls import PaymentCalls
from sandbox.tiptoppay.payments import Payments
from sandbox.tiptoppay.routes import Routes
from sandbox.tiptoppay.schedules import Schedules
from sandbox.tiptoppay.switches import BadSwitch
from sandbox.tiptoppay.till import Till
from sandbox.tiptoppay.world import World, make_world
from sandbox.waha.wire import listening

_BACKLOG = 1_024
_KEEP_EVERY_S = 30.0


class CannotStart(Exception):
    """Something is in the way; the text is one sentence for a person."""


async def run(environment: Environment) -> None:
    """Serve until SIGTERM or SIGINT. Raises CannotStart."""
    async with serving(environment) as world:
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, world.stopping.set)
        _say(json.dumps({"ready": True, "url": world.home}))
        await world.stopping.wait()
        _say("stopping")


@asynccontextmanager
async def serving(environment: Environment) -> AsyncIterator[World]:
    """Serve while the block runs; the world's `home` says where. Raises CannotStart."""
    group = asyncio.TaskGroup()
    background: set[asyncio.Task[None]] = set()

    def start(work: Coroutine[Any, Any, None]) -> None:
        task = group.create_task(work)
        background.add(task)
        task.add_done_callback(background.discard)

    try:
        world = make_world(environment, start=start)
    except (BadSwitch, BadState) as bad:
        raise CannotStart(str(bad)) from bad
    gate = connected(world)
    with _bound(environment) as bound:
        world.home = f"http://{environment.host}:{bound.getsockname()[1]}"
        async with group, listening(gate.answer, bound):
            start(world.agenda.run())
            start(_keep(world))
            try:
                yield world
            finally:
                for task in background:
                    task.cancel()
                _keep_once(world)


async def _keep(world: World) -> None:
    """Write the book down every now and then, for who is killed."""
    while True:
        await asyncio.sleep(_KEEP_EVERY_S)
        _keep_once(world)


def _keep_once(world: World) -> None:
    if world.environment.state is not None:
        keep(world.environment.state, world.book, now=world.clock.now())


def connected(world: World) -> Gate:
    """Connect every endpoint with the world."""
    payments = Payments(world)
    schedules = Schedules(world, payments)
    schedules.resume()
    for one in world.book.operations.values():
        if one.status is Status.AUTHORIZED:
            payments.hold(one)
    till = Till(world, payments, schedules)
    theirs, ours = Routes(), Routes()
    theirs.add(PaymentCalls(world, payments).routes())
    theirs.add(OtherCalls(world, schedules).routes())
    gate = Gate(world, theirs, ours)
    ours.add(PayerPages(till).routes())
    ours.add(Payers(world, till).routes())
    ours.add(Control(world, gate).routes())
    return gate


def _bound(environment: Environment) -> socket.socket:
    host, port = environment.host, environment.port
    try:
        return socket.create_server((host, port), backlog=_BACKLOG)
    except OSError as trouble:
        why = os.strerror(trouble.errno) if trouble.errno else str(trouble)
        raise CannotStart(f"Port {port} on {host} cannot be used: {why}.") from trouble


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
