"""One run of the stand-in: take the port, serve, stop when told."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from sandbox.openai.calls import Calls, World
from sandbox.openai.control import Control

_BODY_MOST = 16 * 1024 * 1024
_BACKLOG = 1_024
_SHUTDOWN_S = 0.2
_HIGHEST_PORT = 65_535


class CannotStart(Exception):
    """Something is in the way; the text is one sentence for a person."""


@dataclass(frozen=True, slots=True)
class Environment:
    """Where it listens, and the key it wants; an empty one takes any."""

    host: str = "127.0.0.1"
    port: int = 8031
    key: str = ""


def read_environment(names: Mapping[str, str]) -> Environment:
    """Read PORT, OPENAI_SANDBOX_HOST and OPENAI_SANDBOX_KEY. Raises CannotStart."""
    port = names.get("PORT", "8031")
    if not (port.isascii() and port.isdigit() and int(port) <= _HIGHEST_PORT):
        raise CannotStart(f"PORT is {port!r}: it must be a number up to {_HIGHEST_PORT}.")
    host = names.get("OPENAI_SANDBOX_HOST", "127.0.0.1")
    return Environment(host, int(port), names.get("OPENAI_SANDBOX_KEY", ""))


async def run(environment: Environment) -> None:
    """Serve until SIGTERM or SIGINT. Raises CannotStart."""
    stopping = asyncio.Event()
    async with serving(environment) as (_, url):
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, stopping.set)
        _say(json.dumps({"ready": True, "url": url}))
        await stopping.wait()
        _say("stopping")


@asynccontextmanager
async def serving(environment: Environment) -> AsyncIterator[tuple[World, str]]:
    """Serve while the block runs; gives the world and the address. Raises CannotStart."""
    world = World(key=environment.key)
    app = web.Application(client_max_size=_BODY_MOST)
    app.add_routes([*Calls(world).routes(), *Control(world).routes()])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN_S)
    await runner.setup()
    try:
        bound = _bound(environment)
        await web.SockSite(runner, bound).start()
        yield world, f"http://{environment.host}:{bound.getsockname()[1]}"
    finally:
        await runner.cleanup()


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
