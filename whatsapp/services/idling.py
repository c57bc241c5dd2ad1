"""Connections that nobody needs rest, for each takes memory; one that is needed wakes again."""

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from whatsapp.models import OPEN, Connection, Message, Preferences, Wish

logger = structlog.get_logger("whatsapp.containers")


def rest_idle(*, now: datetime) -> int:
    """Let connections rest that nobody needed for ``WAHA_IDLE_HOURS``; return how many.

    Needed is one whose seller looks at it, or is told things or tells buyers of orders by it, and
    one by which something was said, came, or waits to be sent.
    """
    if not settings.WAHA_IDLE_HOURS:
        return 0
    since = now - timedelta(hours=settings.WAHA_IDLE_HOURS)
    theirs = {"user": OuterRef("user")}
    spoken = Message.rows.filter(Q(state__in=OPEN) | Q(said_at__gte=since), **theirs)
    promised = Preferences.rows.filter(~Q(alerts=[]) | ~Q(order_events=[]), **theirs)
    idle = Connection.rows.filter(
        ~Exists(spoken), ~Exists(promised), wish=Wish.RUNNING, used_at__lt=since
    )
    rested = idle.update(wish=Wish.RESTING)
    if rested:
        logger.info("whatsapp.connections.rested", number=rested)
    return rested


def wake_needed(*, now: datetime) -> int:
    """Wake those that rest and by which something is to be sent now; return how many."""
    due = Message.rows.filter(user=OuterRef("user"), state__in=OPEN, due_at__lte=now)
    woken = Connection.rows.filter(Exists(due), wish=Wish.RESTING).update(
        wish=Wish.RUNNING, used_at=now, connecting_since=now, retry_at=None
    )
    if woken:
        logger.info("whatsapp.connections.woken", number=woken)
    return woken
