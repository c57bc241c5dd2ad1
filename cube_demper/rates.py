"""Rates that an operator sets: kept in the database, and copied to Redis, where they hold.

The database is right. Whoever writes holds a lock until both have it, so the copy is never older
than what was written last; what Redis forgets is put back within a second or so by beat.
"""

import getpass
import re
from datetime import datetime

import structlog
from django.db import connection, transaction

from accounts.models import User
from accounts.services import audit
from cube_demper.kernel.errors import Invalid
from cube_demper.kernel.limiting.desk import Desk, interval_of
from cube_demper.models import OperatorRate

logger = structlog.get_logger("cube_demper.limiting")
_LOCK = (0x44454D50, 1000)  # the project's space of advisory locks; its shards are far below
# Buckets, and no quotas: a rate is nothing that a count could be set to.
_BUCKET = re.compile(r"fleet|kaspi:(offers|cabinet|logins|orders|push):[^\s:]+")


def set_rate(desk: Desk, *, key: str, rps: float, by: User | None, now: datetime) -> None:
    """Let a bucket grant so many turns a second, everywhere, from the next turn on.

    Raises Invalid for a rate that would close or flood it, and for what is no bucket's name. When
    Redis does not answer, nothing is kept.
    """
    if not _BUCKET.fullmatch(key):
        raise Invalid(f"{key!r} is no bucket: fleet, kaspi:offers:ADDRESS, kaspi:push:SHOP …")
    fields = {"interval_us": interval_of(rps), "set_by": by, "set_at": now}
    with transaction.atomic():
        _lock()
        OperatorRate.objects.update_or_create(key=key, defaults=fields)
        desk.set_rate(key, rps=rps)
    logger.info("limiter.rate.set", key=key, rps=rps)


def reset_rate(desk: Desk, *, key: str) -> None:
    """Go back to the rate of the settings."""
    with transaction.atomic():
        _lock()
        OperatorRate.objects.filter(key=key).delete()
        desk.reset_rate(key)
    logger.info("limiter.rate.set", key=key, rps=None)


def put_back(desk: Desk) -> None:
    """Let Redis hold exactly the rates of the database."""
    if desk.intervals() == _kept():
        return
    with transaction.atomic():
        _lock()  # or somebody is just setting one
        kept = _kept()
        if desk.intervals() == kept:
            return
        desk.keep_intervals(kept)
    logger.warning("limiter.rates.put_back", rates=len(kept))


def _kept() -> dict[str, int]:
    return dict(OperatorRate.objects.values_list("key", "interval_us"))


def _lock() -> None:
    """Hold the rates until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", _LOCK)


def note(*, by: User | None, key: str, done: str, now: datetime) -> None:
    """Keep in the audit what an operator did to a bucket, or whoever has the machine's shell."""
    with transaction.atomic():
        audit.record_operation(
            by=by or getpass.getuser(),
            action="limits.changed",
            subject="limits",
            subject_id=key[:64],
            changes={"done": (None, done)},
            now=now,
        )
