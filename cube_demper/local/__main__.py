"""``python -m cube_demper.local servers``: see the Makefile."""

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from cube_demper.local import family
from cube_demper.local.errors import StartError
from cube_demper.local.explain import explain
from cube_demper.local.folders import make_var
from cube_demper.local.lock import only_one, stop_other
from cube_demper.local.servers import Servers, prepare_servers
from cube_demper.local.settings import LocalSettings, read_settings
from cube_demper.local.supervisor import Supervisor
from cube_demper.local.terminal import Terminal

_HOME = Path(__file__).resolve().parents[2]
_INTERRUPTED = 130


def main(arguments: Sequence[str]) -> int:
    """Do what was asked and return the exit code; a failure is one sentence on standard error."""
    options = _options(arguments)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)  # until the supervisor takes over
    try:
        settings = read_settings(home=_HOME, environ=os.environ)
        match options.command:
            case "servers":
                serve(settings, is_fast=options.fast, until_eof=options.until_eof)
            case "stop":
                stop_other(settings.var)
    except StartError as failure:
        sys.stderr.write(f"{failure}\n")
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED
    return 0


def serve(settings: LocalSettings, *, is_fast: bool, until_eof: bool) -> None:
    """Run PostgreSQL and Valkey alone; print their addresses as a line of JSON when they answer."""
    make_var(settings.var)
    with only_one(settings.var):
        family.kill_marked(str(settings.var))
        servers = prepare_servers(settings, is_fast=is_fast)
        asyncio.run(_serve(settings, servers, until_eof=until_eof))


async def _serve(settings: LocalSettings, servers: Servers, *, until_eof: bool) -> None:
    supervisor = Supervisor(
        servers.steps,
        folder=settings.home,
        run=str(settings.var),
        environment=os.environ,
        terminal=Terminal(sys.stderr, names=[step.name for step in servers.steps]),
        explain=explain,
        when_ready=lambda: _tell(servers.environment),
        adopts_orphans=family.adopt_orphans(),
    )
    if until_eof:
        descriptor = sys.stdin.fileno()

        def at_input() -> None:
            if not os.read(descriptor, 4096):
                asyncio.get_running_loop().remove_reader(descriptor)
                supervisor.stop()

        asyncio.get_running_loop().add_reader(descriptor, at_input)
    await supervisor.run()


def _tell(addresses: Mapping[str, str]) -> None:
    sys.stdout.write(f"{json.dumps(addresses)}\n")
    sys.stdout.flush()


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m cube_demper.local")
    commands = parser.add_subparsers(dest="command", required=True)
    servers = commands.add_parser("servers", help="run PostgreSQL and Valkey alone")
    servers.add_argument("--fast", action="store_true", help="may lose data in a power cut")
    servers.add_argument("--until-eof", action="store_true", help="stop when input is closed")
    commands.add_parser("stop", help="stop what runs here")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
