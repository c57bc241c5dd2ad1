"""PostgreSQL and Valkey: those we were given, or private ones."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from cube_demper.local import postgres, valkey
from cube_demper.local.errors import StartError
from cube_demper.local.settings import LocalSettings
from cube_demper.local.steps import Step
from cube_demper.local.wire import redis_info

_POSTGRES_PORT = 5432
_ANSWER_WITHIN_S = 3.0


@dataclass(frozen=True, slots=True)
class Servers:
    """What has to be started, and the addresses that the other programs need to know."""

    steps: tuple[Step, ...]
    environment: dict[str, str]


def prepare_servers(settings: LocalSettings, *, is_fast: bool = False) -> Servers:
    """Find or make both. Raises StartError.

    ``is_fast`` trades away what survives a power cut, for tests.
    """
    steps: list[Step] = []
    environment: dict[str, str] = {}
    if settings.has_database:
        check_database(settings.given)
    else:
        database = postgres.prepare_postgres(
            settings.var, found=postgres.find_postgres(), is_fast=is_fast
        )
        steps.append(database.step())
        environment["DATABASE_URL"] = database.url
    if settings.has_redis:
        check_redis(_redis_url(settings))
    else:
        redis = valkey.prepare_valkey(settings.var, found=valkey.find_valkey(), is_fast=is_fast)
        steps.append(redis.step())
        environment["REDIS_URL"] = redis.url
    return Servers(tuple(steps), environment)


def check_database(given: Mapping[str, str]) -> None:
    """Make sure that somebody answers where we were told to go. Raises StartError."""
    address = urlsplit(given.get("DATABASE_URL", ""))
    host = unquote(address.hostname or "") or given.get("POSTGRES_HOST", "")
    port = address.port or int(given.get("POSTGRES_PORT", _POSTGRES_PORT))
    if not host or host.startswith("/"):
        return  # a socket: the driver says what is wrong with it
    try:
        socket.create_connection((host, port), timeout=_ANSWER_WITHIN_S).close()
    except OSError as error:
        raise StartError(
            f"No PostgreSQL answers at {host}:{port} ({error.strerror or error}): start it, or "
            "unset DATABASE_URL and POSTGRES_HOST to have one started."
        ) from None


def check_redis(url: str) -> None:
    """Make sure that a server we were given is there and new enough. Raises StartError."""
    try:
        info = redis_info(url)
    except PermissionError as refusal:
        raise StartError(f"The Redis at {_place(url)} refuses us: {refusal}.") from None
    except OSError as error:
        raise StartError(
            f"No Redis answers at {_place(url)} ({error.strerror or error}): start it, or unset "
            "REDIS_URL and REDIS_HOST to have one started."
        ) from None
    version = info.partition("redis_version:")[2].split()[0]
    if int(version.split(".")[0]) < valkey.OLDEST:
        raise StartError(
            f"The Redis at {_place(url)} is {version}: {valkey.OLDEST} or newer is needed."
        )


def _redis_url(settings: LocalSettings) -> str:
    if url := settings.given.get("REDIS_URL"):
        return url
    return f"redis://{settings.given['REDIS_HOST']}:{settings.given.get('REDIS_PORT', '6379')}"


def _place(url: str) -> str:
    """Say where, without the password."""
    address = urlsplit(url)
    return address.path if address.scheme == "unix" else address.netloc.rpartition("@")[2]
