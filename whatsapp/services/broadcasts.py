"""One text to many people who agreed to get it: looked at first, begun, held, ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count

from accounts.models import User
from accounts.services import audit
from billing.services.entitlements import check_feature
from billing.terms import Feature
from whatsapp import jobs
from whatsapp.errors import BroadcastNotSo, ConsentMissing, PhoneUnreadable, RecipientsMissing
from whatsapp.models import (
    Broadcast,
    BroadcastState,
    Contact,
    Message,
    MessageKind,
    MessageState,
)
from whatsapp.phones import BadPhone, normalised
from whatsapp.selectors import broadcast_of
from whatsapp.services.connections import connection_of
from whatsapp.services.outbox import checked_text

MOST_RECIPIENTS = 1000
_WAITS = timedelta(days=7)  # what has not gone by then is dropped
_MEAN_S = 50  # between two first messages, typing included


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a broadcast is: how many of its messages are in each state."""

    by_state: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.by_state.values())

    @property
    def waiting(self) -> int:
        return self.by_state.get(MessageState.WAITING, 0)

    @property
    def takes_s(self) -> int:
        """How long the rest takes at best, in seconds; hours and limits come on top."""
        return self.waiting * _MEAN_S


def draft(
    *, user: User, name: str, text: str, to: Sequence[str], has_consent: bool, now: datetime
) -> Broadcast:
    """Write a broadcast down; nothing is sent before it begins.

    Who opted out and who is named twice is left out. Raises FeatureNotInPlan, NotConnected,
    ConsentMissing, RecipientsMissing, PhoneUnreadable, TextMissing and TextTooLong.
    """
    if not has_consent:
        raise ConsentMissing
    check_feature(user.pk, Feature.WHATSAPP_TO_BUYERS, now=now)
    checked, phones = checked_text(text), _phones(to)
    connection = connection_of(user)
    with transaction.atomic():
        row = Broadcast.rows.create(user=user, name=name.strip(), text=checked, created_at=now)
        new = [Contact(user=user, phone=phone, created_at=now) for phone in phones]
        Contact.rows.bulk_create(new, ignore_conflicts=True)
        contacts = Contact.rows.filter(user=user, phone__in=phones).order_by("pk")
        willing = [contact for contact in contacts if contact.may_be_written]
        if not willing:
            raise RecipientsMissing
        Message.rows.bulk_create(
            Message(
                user=user,
                connection=connection,
                contact=contact,
                broadcast=row,
                kind=MessageKind.BROADCAST,
                text=checked,
                state=MessageState.WAITING,
                state_at=now,
                cause=f"broadcast:{row.pk}:{contact.pk}",
                due_at=now,
                created_at=now,
            )
            for contact in willing
        )
        row.skipped = len(to) - len(willing)
        row.save(update_fields=("skipped",))
        _record(row, user, "whatsapp.broadcast-drafted", now)
    return row


def move(*, user: User, broadcast_id: int, to: BroadcastState, now: datetime) -> Broadcast:
    """Begin, hold, go on with or end a broadcast.

    Raises BroadcastMissing, BroadcastNotSo, and FeatureNotInPlan where it is to begin.
    """
    if to == BroadcastState.RUNNING:
        check_feature(user.pk, Feature.WHATSAPP_TO_BUYERS, now=now)
    with transaction.atomic():
        broadcast_of(user, broadcast_id=broadcast_id)
        row = Broadcast.rows.select_for_update().get(pk=broadcast_id)
        if row.state not in _FROM[to]:
            raise BroadcastNotSo
        row.state = to
        mine = Message.rows.filter(broadcast=row, state=MessageState.WAITING)
        if to == BroadcastState.RUNNING:
            row.started_at = row.started_at or now
            mine.update(due_at=now, expires_at=now + _WAITS)
            jobs.deliver(connection_id=connection_of(user).pk)
        if to == BroadcastState.ENDED:
            row.ended_at = now
            mine.update(state=MessageState.DROPPED, state_at=now, reason="taken-back")
        row.save()
        _record(row, user, f"whatsapp.broadcast-{to.lower()}", now)
    return row


_FROM = {
    BroadcastState.RUNNING: {BroadcastState.DRAFT, BroadcastState.PAUSED},
    BroadcastState.PAUSED: {BroadcastState.RUNNING},
    BroadcastState.ENDED: {
        BroadcastState.DRAFT,
        BroadcastState.RUNNING,
        BroadcastState.PAUSED,
    },
}


def progress_of(broadcast: Broadcast) -> Progress:
    """Count its messages by their state."""
    counted = Message.rows.filter(broadcast=broadcast).values_list("state")
    return Progress(dict(counted.annotate(Count("pk")).order_by()))


def end_finished(*, now: datetime) -> int:
    """End the running ones of which nothing waits any more; say how many."""
    running = Broadcast.rows.filter(state=BroadcastState.RUNNING)
    busy = Message.rows.filter(broadcast__in=running, state__in=_UNDER_WAY).values("broadcast")
    over = running.exclude(pk__in=busy)
    return over.update(state=BroadcastState.ENDED, ended_at=now)


_UNDER_WAY = (
    *(MessageState.WAITING, MessageState.TYPING),
    *(MessageState.SENDING, MessageState.UNKNOWN),
)


def _phones(to: Sequence[str]) -> list[str]:
    try:
        phones = list(dict.fromkeys(normalised(one) for one in to))
    except BadPhone:
        raise PhoneUnreadable from None
    if not phones:
        raise RecipientsMissing
    return phones


def _record(row: Broadcast, user: User, action: str, now: datetime) -> None:
    audit.record(seller=user, action=action, subject="broadcast", subject_id=row.pk, now=now)
