"""Connections that nobody needs rest, for each takes memory; one that is needed wakes again."""

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db.models import Exists, OuterRef

from whatsapp.models import Connection, HookEvent, Wish

logger = structlog.get_logger("whatsapp.containers")
_OF_BUYERS = ("message", "message.ack")


def rest_idle(*, now: datetime) -> int:
    """Let connections rest that nobody used for ``WAHA_IDLE_HOURS``; return how many.

    One that buyers write to is used.
    """
    if not settings.WAHA_IDLE_HOURS:
        return 0
    since = now - timedelta(hours=settings.WAHA_IDLE_HOURS)
    heard = HookEvent.rows.filter(
        connection=OuterRef("pk"), kind__in=_OF_BUYERS, received_at__gte=since
    )
    idle = Connection.rows.filter(~Exists(heard), wish=Wish.RUNNING, used_at__lt=since)
    rested = idle.update(wish=Wish.RESTING)
    if rested:
        logger.info("whatsapp.connections.rested", number=rested)
    return rested
