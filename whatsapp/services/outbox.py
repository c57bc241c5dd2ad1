"""The outbox: a row before anything is sent, and no two rows about one thing."""

from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from accounts.services import audit
from billing.services.entitlements import check_feature
from billing.terms import Feature
from whatsapp import jobs
from whatsapp.errors import (
    ContactOptedOut,
    MessageKeyReused,
    MessageUnderWay,
    PhoneUnreadable,
    TextMissing,
    TextTooLong,
)
from whatsapp.models import OPEN, Contact, Message, MessageKind, MessageState
from whatsapp.phones import BadPhone, normalised
from whatsapp.selectors import message_of
from whatsapp.services.connections import connection_of, wake
from whatsapp.services.contacts import contact_of_phone

LONGEST_TEXT = 4096
_ANSWERED_WITHIN = timedelta(days=1)


def write(*, user: User, to: str, text: str, key: str = "", now: datetime) -> Message:
    """Put what a seller wrote by hand into the outbox.

    ``to`` is a phone number as people write it. With one ``key`` only one message is ever made.
    Raises FeatureNotInPlan, NotConnected, PhoneUnreadable, TextMissing, TextTooLong,
    ContactOptedOut, and MessageKeyReused where the key came with something else before.
    """
    checked = checked_text(text)
    check_feature(user.pk, Feature.WHATSAPP_TO_BUYERS, now=now)
    try:
        phone = normalised(to)
    except BadPhone:
        raise PhoneUnreadable from None
    connection_of(user)
    with transaction.atomic():
        contact = contact_of_phone(user=user, phone=phone, now=now)
        if not contact.may_be_written:
            raise ContactOptedOut
        cause = f"by-hand:{key}" if key else ""
        is_new = not (cause and Message.rows.filter(user=user, cause=cause).exists())
        message = put(
            user=user,
            contact=contact,
            text=checked,
            kind=MessageKind.BY_HAND,
            cause=cause,
            now=now,
        )
        if (message.contact_id, message.text) != (contact.pk, checked):
            raise MessageKeyReused
        if is_new:
            _record(message, "whatsapp.message-written", now)
    return message


def put(
    *,
    user: User,
    contact: Contact,
    text: str,
    kind: MessageKind,
    cause: str = "",
    due_at: datetime | None = None,
    expires_at: datetime | None = None,
    now: datetime,
) -> Message:
    """Put one message into the outbox, in the transaction that is open; return it.

    Where a message of this ``cause`` is there already, that one is returned.
    """
    connection = connection_of(user)
    wake(connection, now=now)
    waiting = Message(
        user=user,
        connection=connection,
        contact=contact,
        kind=kind,
        text=text,
        state=MessageState.WAITING,
        state_at=now,
        cause=cause,
        due_at=due_at or now,
        expires_at=expires_at,
        created_at=now,
    )
    if cause:
        Message.rows.bulk_create([waiting], ignore_conflicts=True)
        waiting = Message.rows.get(user=user, cause=cause)
    else:
        waiting.save()
    jobs.deliver(connection_id=connection.pk)
    return waiting


def drop(*, user: User, message_id: int, now: datetime) -> Message:
    """Take back what was not begun yet. Raises MessageMissing, and MessageUnderWay."""
    message = message_of(user, message_id=message_id)
    waiting = Message.rows.filter(pk=message.pk, state=MessageState.WAITING)
    with transaction.atomic():
        if not waiting.update(state=MessageState.DROPPED, state_at=now, reason="taken-back"):
            raise MessageUnderWay
        message.user = user
        _record(message, "whatsapp.message-taken-back", now)
    message.refresh_from_db()
    return message


def drop_unasked(*, contact: Contact, now: datetime) -> int:
    """Drop what somebody who opted out was to get unasked; say how many."""
    unasked = (MessageKind.ORDER, MessageKind.BROADCAST)
    waiting = Message.rows.filter(contact=contact, state=MessageState.WAITING, kind__in=unasked)
    return waiting.update(state=MessageState.DROPPED, state_at=now, reason="opted-out")


def checked_text(text: str) -> str:
    """The text without empty ends. Raises TextMissing and TextTooLong."""
    stripped = text.strip()
    if not stripped:
        raise TextMissing
    if len(stripped) > LONGEST_TEXT:
        raise TextTooLong
    return stripped


def is_answer(message: Message, *, own_phone: str, now: datetime) -> bool:
    """Did they write within the last day, or is it the seller's own number?"""
    if own_phone and message.contact.phone == own_phone:
        return True
    wrote_at = message.contact.wrote_at
    return wrote_at is not None and now - wrote_at < _ANSWERED_WITHIN


def forget(*, before: datetime) -> int:
    """Forget texts that are older; say how many."""
    closed = Message.rows.filter(created_at__lt=before).exclude(state__in=OPEN)
    return closed.delete()[0]


def _record(message: Message, action: str, now: datetime) -> None:
    """Keep who did it; what was written stands in the message alone."""
    audit.record(
        seller=message.user, action=action, subject="message", subject_id=message.pk, now=now
    )
