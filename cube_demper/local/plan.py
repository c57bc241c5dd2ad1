"""What `make run` runs, in which order."""

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from cube_demper.local.settings import LocalSettings
from cube_demper.local.steps import Errand, Service, Step

SHARDS = range(4)
_WEB_THREADS = 40  # of them 16 may be kept by streams of events, and 16 by answers of assistants
_WORKER_THREADS = 8
_PUSHER_THREADS = 10  # stores served beside each other: fewer than DATABASE_POOL_MAX
_MESSENGER_THREADS = 8
_KEEPER_THREADS = 8
_SHARD_THREADS = 3  # while one batch is written down, the next ones look
_PULSE_EVERY_S = 5
_READY_WITHIN_S = 120.0  # the first start compiles every module, a dozen programs at once
_ANSWER_WITHIN_S = 2.0
# No gossip: with it, a pool of threads dies of a broker that restarts (seen with Celery 5.7).
_ALONE = ("--without-gossip", "--without-mingle")
# On one's own machine root is no surprise; the containers do not run as root.
_AS_ROOT = {"PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges"}

Ear = Callable[[Mapping[str, Any]], None]


def plan(
    settings: LocalSettings, *, servers: tuple[Step, ...], hear_demo: Ear, hear_pulse: Ear
) -> list[Step]:
    """Return every step; ``servers`` come first."""
    has_sandbox = not settings.has_marketplace
    sandbox = [_sandbox(settings)] if has_sandbox else []
    gateway = [_whatsapp_gateway(settings)] if settings.plays_whatsapp else []
    till = [_payment_provider(settings)] if settings.plays_payments else []
    base = ("migrate", *(step.name for step in sandbox))
    shards = (_shard_worker(shard, base) for shard in SHARDS)
    keepers = [_keeper(base)] if settings.has_containers else []
    workers = [_default_worker(base), _messenger(base), *keepers, _pusher(base), *shards]
    working = ("web", *(step.name for step in workers))
    demo = _manage("demo", "load_demo", after=working, hears=hear_demo, is_optional=True)
    return [
        *servers,
        *([_database_check(settings)] if settings.has_database else []),
        _migrations(servers, checks_database=settings.has_database),
        *sandbox,
        *gateway,
        *till,
        _web(settings.web_port),
        *workers,
        _beat(settings, after=base),
        *([demo] if has_sandbox else []),
        _pulse(after=("demo",) if has_sandbox else working, hears=hear_pulse),
    ]


def _database_check(settings: LocalSettings) -> Errand:
    names = ("DATABASE_URL", "POSTGRES_")
    return Errand(
        name="database",
        command=(sys.executable, "-m", "cube_demper.local.database_check"),
        environment={k: v for k, v in settings.given.items() if k.startswith(names)},
    )


def _migrations(servers: tuple[Step, ...], *, checks_database: bool) -> Errand:
    before = [step.name for step in servers] + (["database"] if checks_database else [])
    return _manage("migrate", "migrate", "--noinput", "--verbosity", "0", after=tuple(before))


def _sandbox(settings: LocalSettings) -> Service:
    ports = (settings.sandbox_port + place for place in range(3))
    names = ("--identity-port", "--cabinet-port", "--shop-port")
    return Service(
        name="sandbox",
        command=(
            *(sys.executable, "-m", "sandbox"),
            *(word for name, port in zip(names, ports, strict=True) for word in (name, str(port))),
            *("--state", str(settings.var / "sandbox.json")),
        ),
        says=_announces_readiness,
        hears=lambda _: None,
    )


def _whatsapp_gateway(settings: LocalSettings) -> Service:
    return Service(
        name="waha",
        command=(sys.executable, "-m", "sandbox.waha"),
        environment={
            "WHATSAPP_DEFAULT_ENGINE": "GOWS",
            "WHATSAPP_RESTART_ALL_SESSIONS": "True",
            "WAHA_SANDBOX_HOST": "127.0.0.1",
            "WAHA_LOCAL_STORE_BASE_DIR": str(settings.var / "waha"),
            "PORT": str(settings.whatsapp_port),
        },
        says=_announces_readiness,
        hears=lambda _: None,
    )


def _payment_provider(settings: LocalSettings) -> Service:
    return Service(
        name="tiptoppay",
        command=(sys.executable, "-m", "sandbox.tiptoppay"),
        environment={
            "TIPTOPPAY_SANDBOX_STATE": str(settings.var / "tiptoppay.json"),
            "TIPTOPPAY_SANDBOX_HOOKS": f"http://127.0.0.1:{settings.web_port}/billing/webhooks/",
            "PORT": str(settings.payments_port),
        },
        says=_announces_readiness,
        hears=lambda _: None,
    )


def _web(port: int) -> Service:
    return Service(
        name="web",
        command=(
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", "1"),
            *("--blocking-threads", str(_WEB_THREADS)),
            *("--host", "127.0.0.1", "--port", str(port), "cube_demper.wsgi:application"),
        ),
        after=("migrate",),
        answers=lambda: _answers(f"http://127.0.0.1:{port}/health/live"),
        ready_within_s=_READY_WITHIN_S,
    )


def _default_worker(after: tuple[str, ...]) -> Service:
    options = ("--pool", "threads", "-c", str(_WORKER_THREADS))
    return _worker("default", ("-Q", "default", *options, *_ALONE), after=after)


def _messenger(after: tuple[str, ...]) -> Service:
    options = ("--pool", "threads", "-c", str(_MESSENGER_THREADS))
    return _worker("whatsapp", ("-Q", "whatsapp", *options, *_ALONE), after=after)


def _keeper(after: tuple[str, ...]) -> Service:
    options = ("--pool", "threads", "-c", str(_KEEPER_THREADS))
    return _worker("containers", ("-Q", "containers", *options, *_ALONE), after=after)


def _pusher(after: tuple[str, ...]) -> Service:
    options = ("--pool", "threads", "-c", str(_PUSHER_THREADS))
    return _worker("pusher", ("-Q", "demper.push", *options, *_ALONE), after=after)


def _shard_worker(shard: int, after: tuple[str, ...]) -> Service:
    # One process with one event loop and one browser; it talks to the queue, not to its like.
    options = ("--pool", "threads", "-c", str(_SHARD_THREADS))
    return _worker(f"demper-{shard}", ("-Q", f"demper.{shard}", *options, *_ALONE), after=after)


def _worker(name: str, options: tuple[str, ...], *, after: tuple[str, ...]) -> Service:
    return Service(
        name=name,
        command=(*_celery("worker"), "-n", f"{name}@%h", *options),
        after=after,
        environment=_AS_ROOT,
        says=lambda line: f"{name}@" in line and "ready" in line,
        ready_within_s=_READY_WITHIN_S,
    )


def _beat(settings: LocalSettings, *, after: tuple[str, ...]) -> Service:
    # No file with its number: after a kill it would keep the next one from starting.
    files = ("--pidfile", "", "--schedule", str(settings.var / "beat"))
    return Service(name="beat", command=(*_celery("beat"), *files), after=after)


def _pulse(*, after: tuple[str, ...], hears: Ear) -> Service:
    command = (sys.executable, "manage.py", "pulse", "--every", str(_PULSE_EVERY_S))
    return Service(name="pulse", command=command, after=after, hears=hears)


def _manage(
    name: str,
    *arguments: str,
    after: tuple[str, ...],
    hears: Ear | None = None,
    is_optional: bool = False,
) -> Errand:
    return Errand(
        name=name,
        command=(sys.executable, "manage.py", *arguments),
        after=after,
        hears=hears,
        is_optional=is_optional,
    )


def _celery(role: str) -> tuple[str, ...]:
    celery = (sys.executable, "-m", "celery", "-A", "cube_demper", "--quiet")
    return (*celery, role, "--loglevel", "INFO")


def _announces_readiness(line: str) -> bool:
    try:
        news = json.loads(line)
    except ValueError:
        return False
    return isinstance(news, dict) and news.get("ready") is True


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=_ANSWER_WITHIN_S):  # noqa: S310 -- our own address
            return True
    except (URLError, OSError):
        return False
