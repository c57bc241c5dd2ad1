"""What comes: messages, once each; acknowledgements; wishes to be left alone."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from django.db.models import Case, Value, When

from whatsapp import jobs
from whatsapp.clients.answers import bare_id
from whatsapp.models import (
    WAY,
    Connection,
    Contact,
    HookEvent,
    Message,
    MessageKind,
    MessageState,
)
from whatsapp.ports import ChatMessage
from whatsapp.services.contacts import contact_of_chat, is_person
from whatsapp.services.outbox import drop_unasked
from whatsapp.signals import message_received

_LONGEST: Final = 65_536  # WhatsApp's own
_STOPS: Final = frozenset(
    {"стоп", "stop", "тоқта", "токта", "отписка", "отписаться", "unsubscribe", "не пишите"}
)
_STARTS: Final = frozenset({"старт", "start", "баста", "подписаться", "subscribe"})
_STATES: Final[Mapping[int, MessageState]] = {
    1: MessageState.SENT,
    2: MessageState.DELIVERED,
    3: MessageState.READ,
    4: MessageState.READ,  # listened to
}
_REFUSED: Final = -1
_HANDED_OVER: Final = (MessageState.SENDING, MessageState.UNKNOWN, MessageState.SENT)
_RANKS = Case(*(When(state=state, then=Value(rank)) for rank, state in enumerate(WAY)), default=99)


def take_message(event: HookEvent, now: datetime) -> None:
    """Somebody wrote."""
    said: Mapping[str, Any] = event.body["payload"]
    if said.get("fromMe") or not is_person(str(said["from"])):
        return
    message = ChatMessage(
        message_id=bare_id(str(said["id"])),
        chat_id=str(said["from"]),
        text=str(said.get("body") or ""),
        is_ours=False,
        at=datetime.fromtimestamp(said["timestamp"], tz=UTC),
        ack=0,
    )
    receive(event.connection, message, now=now)


def take_ack(event: HookEvent, now: datetime) -> None:
    """A message of ours came further."""
    said: Mapping[str, Any] = event.body["payload"]
    note_ack(event.connection, bare_id(str(said["id"])), int(said["ack"]), now=now)


def receive(connection: Connection, said: ChatMessage, *, now: datetime) -> bool:
    """Store what somebody wrote, once; say whether it was new."""
    contact = contact_of_chat(user=connection.user, chat_id=said.chat_id, now=now)
    row, is_new = Message.rows.get_or_create(
        user_id=connection.user_id,
        message_id=said.message_id[:128],
        state=MessageState.RECEIVED,
        defaults={
            "connection": connection,
            "contact": contact,
            "kind": MessageKind.THEIRS,
            "text": said.text[:_LONGEST].replace("\x00", ""),
            "state_at": now,
            "due_at": now,
            "said_at": said.at,
            "created_at": now,
        },
    )
    if not is_new:
        return False
    _note(contact, said, now)
    if not contact.phone:
        jobs.name_contact(contact_id=contact.pk)
    message_received.send_robust(sender=Message, message_id=row.pk, user_id=connection.user_id)
    return True


def _note(contact: Contact, said: ChatMessage, now: datetime) -> None:
    """Note when they wrote, and whether they want to be written to."""
    word = said.text.strip().strip(".!").casefold()
    changes: dict[str, Any] = {}
    if contact.wrote_at is None or contact.wrote_at < said.at:
        changes["wrote_at"] = said.at
    if word in _STOPS:
        changes["opted_out_at"] = said.at
    elif word in _STARTS:
        changes["opted_out_at"] = None
    Contact.rows.filter(pk=contact.pk).update(**changes)
    if word in _STOPS:
        drop_unasked(contact=contact, now=now)


def note_ack(connection: Connection, message_id: str, ack: int, *, now: datetime) -> None:
    """Move a message of ours forward; what comes late or twice changes nothing."""
    ours = Message.rows.filter(user=connection.user_id, message_id=message_id).exclude(
        state=MessageState.RECEIVED
    )
    if ack == _REFUSED:
        ours.filter(state__in=_HANDED_OVER).update(
            state=MessageState.FAILED, state_at=now, reason="refused-by-whatsapp"
        )
    elif state := _STATES.get(ack):
        behind = ours.alias(rank=_RANKS).filter(rank__lt=WAY.index(state))
        behind.update(state=state, state_at=now, reason="")
