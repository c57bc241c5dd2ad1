"""``python -m cube_demper.local run|stop|forget|chromium|servers``: see the Makefile."""

import argparse
import asyncio
import dataclasses
import json
import os
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from cube_demper.local import family
from cube_demper.local.chromium import ensure_chromium
from cube_demper.local.errors import StartError
from cube_demper.local.explain import explain
from cube_demper.local.folders import make_var, remove_var
from cube_demper.local.lock import only_one, stop_other
from cube_demper.local.pauses import Pauses
from cube_demper.local.run import run
from cube_demper.local.seat import Surroundings
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
            case "run":
                run(settings)
            case "chromium":
                ensure_chromium(settings.given, say=_say)
            case "servers":
                serve(settings)
            case "test-servers":
                serve_tests(settings)
            case "stop":
                _say("Stopped." if stop_other(settings.var) else "Nothing runs here.")
            case "forget":
                forget(settings)
    except StartError as failure:
        _say(str(failure))
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED
    return 0


def serve(settings: LocalSettings) -> None:
    """Run PostgreSQL and Valkey alone until a signal."""
    make_var(settings.var)
    with only_one(settings.var):
        family.kill_earlier_runs(settings.var)
        asyncio.run(_serve(settings, prepare_servers(settings), until_eof=False))


def serve_tests(settings: LocalSettings) -> None:
    """Run fast ones that end with our standard input, and leave nothing behind."""
    var = Path(tempfile.mkdtemp(prefix="demper-test-"))
    var.chmod(0o711)  # as root, the database's user must come through
    try:
        settings = dataclasses.replace(settings, var=var)
        servers = prepare_servers(settings, is_fast=True)
        asyncio.run(_serve(settings, servers, until_eof=True))
    finally:
        remove_var(var)


async def _serve(settings: LocalSettings, servers: Servers, *, until_eof: bool) -> None:
    """Print their addresses as a line of JSON as soon as both answer."""
    surroundings = Surroundings(
        folder=settings.home,
        run=family.new_run(settings.var),
        environment=os.environ,
        terminal=Terminal(sys.stderr, names=[step.name for step in servers.steps]),
        explain=explain,
        pauses=Pauses(),
    )
    supervisor = Supervisor(
        servers.steps,
        surroundings,
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


def forget(settings: LocalSettings) -> None:
    """Remove the data of local runs."""
    make_var(settings.var)
    with only_one(settings.var):
        remove_var(settings.var)


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _tell(addresses: Mapping[str, str]) -> None:
    sys.stdout.write(f"{json.dumps(addresses)}\n")
    sys.stdout.flush()


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m cube_demper.local")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="run everything in this terminal")
    commands.add_parser("servers", help="run PostgreSQL and Valkey alone")
    commands.add_parser("test-servers", help="the same for one test run, thrown away after it")
    commands.add_parser("chromium", help="make sure of a browser")
    commands.add_parser("forget", help="remove the data of local runs")
    commands.add_parser("stop", help="stop what runs here")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
