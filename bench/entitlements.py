"""How long a door waits to hear what a seller's plan allows."""

import os
import secrets
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import django

from bench.servers import HOME, private_servers
from bench.table import show

_SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "cube_demper.settings",
    "DEMPER_ENV_FILES": "",
    "SECRET_KEY": secrets.token_urlsafe(48),
    "LOG_LEVEL": "ERROR",
    "ENCRYPTION_KEY": "dGhlLWtleS1vZi10aGUtdGVzdHMtcHJvdGVjdHMtbm8=",
    "BILLING_MODE": "on",
}
_SELLERS, _TIMES = 2_000, 2_000


def measure() -> None:
    """Whether a feature is in a plan: kept, and read from the database, among 2 000 sellers."""
    with private_servers() as servers:
        os.environ.update(servers, **_SETTINGS)
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, cwd=HOME, check=True)  # noqa: S603 -- our own command
        django.setup()
        rows = _rows()
    show("entitlements", rows)


def _rows() -> list[tuple[str, str]]:
    from django.db import connection  # noqa: PLC0415 -- Django is set up only now

    from billing.services.entitlements import check_feature, read_entitlement  # noqa: PLC0415 -- same
    from billing.services.plans import open_price_list  # noqa: PLC0415 -- the same
    from billing.terms import Feature  # noqa: PLC0415 -- the same
    from tests.billing.buyers import make_subscription  # noqa: PLC0415 -- the same
    from tests.factories import make_user  # noqa: PLC0415 -- the same

    now = datetime.now(UTC)
    open_price_list(now=datetime(2026, 3, 2, tzinfo=UTC))
    ids = []
    for _ in range(_SELLERS):
        user = make_user()
        make_subscription(user=user, access_until=now + timedelta(days=30))
        ids.append(user.pk)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    sellers = iter(ids * 2)
    kept = _median_ms(lambda: check_feature(ids[0], Feature.BACKTEST, now=now))
    read = _median_ms(lambda: read_entitlement(next(sellers), now=now))
    bare = _median_ms(_ask_nothing)
    return [
        ("an answer that is kept", f"{kept * 1000:.1f} µs; promised: 200 µs"),
        ("one read from the database", f"{read:.2f} ms, one query"),
        ("a bare SELECT 1 by the same way", f"{bare:.2f} ms, 1 : {read / bare:.1f} of a read"),
    ]


def _ask_nothing() -> None:
    from django.db import connection  # noqa: PLC0415 -- Django is set up only now

    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()


def _median_ms(call: Callable[[], object]) -> float:
    times = []
    for _ in range(_TIMES):
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000
