"""Tell a seller what happened to their things."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from news import selectors
from news.bells import ring
from news.models import Event, EventKind
from news.services.planning import plan
from news.signals import told

_AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class News:
    """What one seller is to be told. Nothing secret may stand in it: it is sent away."""

    user_id: int
    kind: EventKind
    payload: Mapping[str, Any]


def tell(*, user_id: int, kind: EventKind, payload: Mapping[str, Any], now: datetime) -> None:
    """Tell one seller one thing, in the transaction that makes it true."""
    tell_all([News(user_id, kind, payload)], now=now)


def tell_all(news: Iterable[News], *, now: datetime) -> list[Event]:
    """Tell several sellers at once, each in the order given; return what was told."""
    events = [
        Event(user_id=one.user_id, kind=one.kind, payload=dict(one.payload), told_at=now)
        for one in news
    ]
    if not events:
        return events
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("news are told outside their transaction")
    Event.rows.bulk_create(events)
    plan(events, now=now)
    users = {event.user_id for event in events}
    told.send(Event, events=events, now=now)
    transaction.on_commit(lambda: ring(users))
    return events


def forget_events(*, now: datetime, kept: timedelta) -> int:
    """Drop events that are older than that; say how many."""
    dropped = 0
    while ids := selectors.events_before(now - kept, most=_AT_ONCE):
        Event.rows.filter(pk__in=ids).delete()
        dropped += len(ids)
    return dropped
