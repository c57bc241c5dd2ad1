"""`make run`: everything, in this terminal."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from cube_demper.local import family
from cube_demper.local.chromium import ensure_chromium
from cube_demper.local.credentials import secrets_of_machine
from cube_demper.local.env_file import read_env, write_env
from cube_demper.local.explain import explain
from cube_demper.local.folders import make_var
from cube_demper.local.lock import only_one
from cube_demper.local.pauses import Pauses
from cube_demper.local.plan import plan
from cube_demper.local.report import life_line, summary
from cube_demper.local.seat import Surroundings
from cube_demper.local.servers import prepare_servers
from cube_demper.local.settings import LocalSettings, refuse_taken_ports
from cube_demper.local.steps import Step
from cube_demper.local.supervisor import Supervisor
from cube_demper.local.terminal import Terminal

_DEFAULTS = {"DEBUG": "true", "ALLOWED_HOSTS": "127.0.0.1,localhost"}
_NAMES = (
    *("postgres", "valkey", "migrate", "sandbox", "waha", "tiptoppay"),
    *("web", "default", "beat", "demo", "demper-0"),
)


def run(settings: LocalSettings) -> None:
    """Start everything, show that it lives, stop it on a signal. Raises StartError."""
    make_var(settings.var)
    with only_one(settings.var):
        family.kill_earlier_runs(settings.var)  # what outlived a supervisor that was killed
        refuse_taken_ports(settings)
        terminal = Terminal(sys.stdout, names=_NAMES)
        chromium = ensure_chromium(settings.given, say=terminal.say)
        servers = prepare_servers(settings)
        environment = {**servers.environment, "CHROMIUM_PATH": str(chromium)}
        with _told_to_others(settings, environment) as environment:
            asyncio.run(_run(settings, servers.steps, environment, terminal))


@contextlib.contextmanager
def _told_to_others(
    settings: LocalSettings, environment: Mapping[str, str]
) -> Iterator[dict[str, str]]:
    """Complete the environment, and while it holds leave it where `manage.py` looks for it."""
    secrets = secrets_of_machine(kept=read_env(settings.local_env))
    marketplace = {} if settings.has_marketplace else settings.sandbox_urls
    whatsapp = _stand_in_of_waha(settings, secrets) if settings.plays_whatsapp else {}
    payments = settings.payments if settings.plays_payments else {}
    given = {**environment, **marketplace, **whatsapp, **payments}
    full = {**secrets, **_DEFAULTS, **given, "DEMPER_LOCAL": "true"}
    write_env(settings.local_env, full)
    try:
        yield {name: value for name, value in full.items() if name not in settings.given}
    finally:
        write_env(settings.local_env, secrets)


def _stand_in_of_waha(settings: LocalSettings, secrets: Mapping[str, str]) -> dict[str, str]:
    # The gateway and whoever calls it know one key by two names.
    return {**settings.whatsapp, "WAHA_API_KEY": secrets["WAHA_SHARED_API_KEY"]}


async def _run(
    settings: LocalSettings,
    servers: tuple[Step, ...],
    environment: Mapping[str, str],
    terminal: Terminal,
) -> None:
    demo: dict[str, Any] = {}
    steps = plan(
        settings,
        servers=servers,
        hear_demo=lambda news: demo.update(news.get("demo", {})),
        hear_pulse=lambda news: terminal.say(life_line(news)),
    )
    surroundings = Surroundings(
        folder=settings.home,
        run=family.new_run(settings.var),
        environment={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "cube_demper.settings",
            "PYTHONUNBUFFERED": "1",
            **environment,
        },
        terminal=terminal,
        explain=explain,
        pauses=Pauses(),
    )
    supervisor = Supervisor(
        steps,
        surroundings,
        when_ready=lambda: terminal.block(summary(settings, demo)),
        when_stopping=lambda: terminal.say("Stopping. Ctrl-C once more stops at once."),
        adopts_orphans=family.adopt_orphans(),
    )
    await supervisor.run()
