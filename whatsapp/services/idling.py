"""Connections that nobody needs rest, for each takes memory; one that is needed wakes again."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import reduce
from operator import and_
from typing import TypeAlias

import structlog
from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from whatsapp.models import Connection, HookEvent, Wish

logger = structlog.get_logger("whatsapp.containers")
Need: TypeAlias = Callable[[datetime], Exists]
_OF_BUYERS = ("message", "message.ack")


def written_to(since: datetime) -> Exists:
    """Buyers write, and get what was sent."""
    heard = HookEvent.rows.filter(
        connection=OuterRef("pk"), kind__in=_OF_BUYERS, received_at__gte=since
    )
    return Exists(heard)


# Why a connection may not rest though nobody asked for it since a time: each looks at the row that
# ``OuterRef`` names. Whoever sends by connections adds what waits to be sent.
NEEDS: list[Need] = [written_to]


def rest_idle(*, now: datetime) -> int:
    """Let connections rest that nobody needed for ``WAHA_IDLE_HOURS``; return how many."""
    if not settings.WAHA_IDLE_HOURS:
        return 0
    since = now - timedelta(hours=settings.WAHA_IDLE_HOURS)
    unneeded = reduce(and_, (~need(since) for need in NEEDS), Q(used_at__lt=since))
    rested = Connection.rows.filter(unneeded, wish=Wish.RUNNING).update(wish=Wish.RESTING)
    if rested:
        logger.info("whatsapp.connections.rested", number=rested)
    return rested
