"""One run of the stand-in: take the port, wake what slept on the volume, serve, stop when told."""

import asyncio
import functools
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from sandbox.waha.auth_calls import AuthCalls
from sandbox.waha.chat_calls import ChatCalls
from sandbox.waha.control import Control, Phones
from sandbox.waha.environment import Environment
from sandbox.waha.gate import Gate
from sandbox.waha.inbox import Inbox
from sandbox.waha.lives import Lives
from sandbox.waha.message_calls import MessageCalls
from sandbox.waha.routes import Routes
from sandbox.waha.screen import Screen
from sandbox.waha.sending import Sending
from sandbox.waha.server_calls import ServerCalls
from sandbox.waha.session_calls import SessionCalls
from sandbox.waha.switches import BadSwitch
from sandbox.waha.wire import listening
from sandbox.waha.world import Start, World, make_world

_BACKLOG = 1_024


class CannotStart(Exception):
    """Something is in the way; the text is one sentence for a person."""


async def run(environment: Environment) -> None:
    """Serve until SIGTERM, SIGINT or a request to stop. Raises CannotStart."""
    async with serving(environment) as (world, port):
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, world.stopping.set)
        _say(json.dumps({"ready": True, "url": f"http://127.0.0.1:{port}"}))
        await world.stopping.wait()
        _say("stopping")


@asynccontextmanager
async def serving(environment: Environment) -> AsyncIterator[tuple[World, int]]:
    """Serve while the block runs; gives the world and the port. Raises CannotStart."""
    group = asyncio.TaskGroup()
    background: set[asyncio.Task[None]] = set()

    def start(work: Coroutine[Any, Any, None]) -> None:
        task = group.create_task(work)
        background.add(task)
        task.add_done_callback(background.discard)

    world = _world(environment, start)
    gate, lives = _connected(world)
    await asyncio.sleep(world.switches.boot_s)
    with _bound(environment) as bound:
        async with group, listening(gate.answer, bound):
            start(world.agenda.run())
            _wake(world, lives)
            try:
                yield world, int(bound.getsockname()[1])
            finally:
                for task in background:
                    task.cancel()


def _world(environment: Environment, start: Start) -> World:
    """Make the world as its volume left it."""
    try:
        if environment.store is not None:
            environment.store.mkdir(parents=True, exist_ok=True)
        return make_world(environment, start=start)
    except OSError as trouble:
        why = trouble.strerror
        raise CannotStart(f"The folder {environment.store} cannot be used: {why}.") from trouble
    except BadSwitch as bad:
        raise CannotStart(str(bad)) from bad


def _bound(environment: Environment) -> socket.socket:
    host, port = environment.host, environment.port
    try:
        return socket.create_server((host, port), backlog=_BACKLOG)
    except OSError as trouble:
        why = os.strerror(trouble.errno) if trouble.errno else str(trouble)
        raise CannotStart(f"Port {port} on {host} cannot be used: {why}.") from trouble


def _connected(world: World) -> tuple[Gate, Lives]:
    """Connect every endpoint with the world."""
    inbox = Inbox(world)
    lives = Lives(world, inbox)
    theirs, ours = Routes(), Routes()
    theirs.add(SessionCalls(world, lives).routes())
    theirs.add(AuthCalls(world, lives).routes())
    theirs.add(MessageCalls(world, Sending(world, inbox, lives)).routes())
    theirs.add(ChatCalls(world).routes())
    theirs.add(ServerCalls(world).routes())
    ours.add(Control(world, theirs.names()).routes())
    ours.add(Phones(world, lives, inbox).routes())
    ours.add(Screen(world).routes())
    return Gate(world, theirs, ours), lives


def _wake(world: World, lives: Lives) -> None:
    """Start what the volume says was running, and what the environment names."""
    environment = world.environment
    was_running = set()
    for session, is_running in world.store.kept():
        world.sessions[session.name] = session
        world.people.meet(session.chats)
        if is_running:
            was_running.add(session.name)
    for name in environment.start_sessions:
        if name not in world.sessions:
            lives.create(name, {})
    wanted = set(environment.start_sessions)
    if environment.restarts_all:
        wanted |= was_running
    for number, name in enumerate(sorted(wanted)):
        start = functools.partial(lives.start, world.sessions[name])
        world.agenda.after(number * environment.start_delay_s, start)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
