"""Sending: one step of one message of one session at a time, each written down before the next.

A step is quick; the pauses between steps lie in the rows and keep nobody. Whoever works on a
session has it by a lease (``sending_until``), and a message moves from state to state only if it
still is where it was: so a worker that was thought dead sends nothing a second time.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import structlog
from django.db.models import Q, QuerySet

from cube_demper.kernel.errors import DomainError
from whatsapp import jobs, manners
from whatsapp.errors import FirstMessagesLocked, NotByThisEngine, SendUnanswered
from whatsapp.manners import Allowance, Hindrance, Wanted
from whatsapp.models import (
    BroadcastState,
    Connection,
    Contact,
    Message,
    MessageState,
    Phase,
    Wish,
)
from whatsapp.ports import SessionStatus, Waha
from whatsapp.selectors import preferences_of, said_lately
from whatsapp.services.connections import gateway_of
from whatsapp.services.outbox import is_answer

logger = structlog.get_logger("whatsapp.sending")
Clock = Callable[[], datetime]
_LEASE = timedelta(seconds=120)  # longer than the calls of one step may take together
_LOOKED_UP_AFTER = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=3))
_AFTER_TROUBLE = timedelta(seconds=20)
_MOST_TRIES = 8
_AT_ONCE = 25
_SOON_S = 30.0


def order_due(*, now: datetime) -> None:
    """Order the sessions whose outbox has something to do now."""
    free = Q(sending_until=None) | Q(sending_until__lte=now)
    rested = Q(sends_next_at=None) | Q(sends_next_at__lte=now)
    due = Message.rows.filter(_may_begin(), state__in=_TO_DO, due_at__lte=now).values("user")
    ready = _working().filter(free, rested, user__in=due)
    for connection_id in ready.values_list("pk", flat=True):
        jobs.deliver(connection_id=connection_id)


_TO_DO = (
    *(MessageState.WAITING, MessageState.TYPING),
    *(MessageState.SENDING, MessageState.UNKNOWN),
)


def deliver(*, connection_id: UUID, clock: Clock, dice: Random) -> None:
    """Do the step of a session that is due now, if any, and order the next."""
    now = clock()
    connection = _leased(connection_id, now)
    if connection is None:
        return
    pause = timedelta(seconds=1)
    try:
        pause = _step(connection, clock, dice)
    finally:
        next_at = clock() + pause
        held = Connection.rows.filter(pk=connection_id, sending_until=now + _LEASE)
        held.update(sending_until=None, sends_next_at=next_at)
    if (
        _open(connection)
        .filter(_may_begin(), due_at__lte=next_at + timedelta(seconds=_SOON_S))
        .exists()
    ):
        jobs.deliver(connection_id=connection_id, delay_s=pause.total_seconds())


def _may_begin() -> Q:
    """What is one of many goes only while its broadcast runs; what is under way goes on."""
    is_single, is_begun = Q(broadcast=None), ~Q(state=MessageState.WAITING)
    return is_single | is_begun | Q(broadcast__state=BroadcastState.RUNNING)


def _leased(connection_id: UUID, now: datetime) -> Connection | None:
    free = Q(sending_until=None) | Q(sending_until__lte=now)
    rested = Q(sends_next_at=None) | Q(sends_next_at__lte=now)
    mine = _working().filter(free, rested, pk=connection_id)
    if not mine.update(sending_until=now + _LEASE):
        return None
    return Connection.rows.select_related("user").get(pk=connection_id)


def _working() -> "QuerySet[Connection]":
    return Connection.rows.filter(
        wish=Wish.RUNNING, phase=Phase.READY, session_status=SessionStatus.WORKING
    )


def _open(connection: Connection) -> "QuerySet[Message]":
    return Message.rows.filter(user=connection.user_id, state__in=_TO_DO).select_related("contact")


def _step(connection: Connection, clock: Clock, dice: Random) -> timedelta:
    """Do one step; return how long the session rests after it."""
    now = clock()
    for message in _open(connection).filter(due_at__lte=now).exclude(state=MessageState.WAITING):
        match message.state:
            case MessageState.TYPING:
                return _send(connection, message, clock, dice)
            case MessageState.SENDING:  # whoever handed it over did not live to hear the answer
                _move(message, MessageState.UNKNOWN, now, due_at=now)
            case MessageState.UNKNOWN:
                _look_up(connection, message, now)
    if _open(connection).filter(state=MessageState.TYPING).exists():
        return timedelta()  # one at a time: it is being typed
    chosen = _chosen(connection, now)
    return timedelta() if chosen is None else _begin(connection, chosen, now, dice)


def _chosen(connection: Connection, now: datetime) -> Message | None:
    """The next that may go; those that may not are put off to when they may."""
    waiting = _open(connection).filter(_may_begin(), state=MessageState.WAITING, due_at__lte=now)
    said = said_lately(connection.user_id, now=now)
    allowance = _allowance(connection)
    for message in waiting.order_by("due_at", "id")[:_AT_ONCE]:
        if message.expires_at is not None and message.expires_at <= now:
            _move(message, MessageState.DROPPED, now, reason="too-late")
            continue
        wanted = Wanted(
            contact_id=message.contact_id,
            is_first=message.contact.wrote_at is None and not _is_own(connection, message),
            is_answer=is_answer(message, own_phone=connection.phone, now=now),
        )
        found = manners.hindrance(wanted, allowance, said, now=now)
        if found is None:
            return message
        _put_off(message, found)
    return None


def _is_own(connection: Connection, message: Message) -> bool:
    return bool(connection.phone) and message.contact.phone == connection.phone


def _allowance(connection: Connection) -> Allowance:
    wishes = preferences_of(connection.user_id)
    return Allowance(
        opens_at=wishes.opens_at,
        closes_at=wishes.closes_at,
        most_an_hour=wishes.most_an_hour,
        most_a_day=wishes.most_a_day,
        most_first_a_day=wishes.most_first_a_day,
        locked_until=connection.locked_until,
        is_capped=connection.is_capped,
    )


def _put_off(message: Message, found: Hindrance) -> None:
    Message.rows.filter(pk=message.pk, state=MessageState.WAITING).update(
        due_at=found.until, reason=found.reason
    )


def _begin(connection: Connection, message: Message, now: datetime, dice: Random) -> timedelta:
    """Find where they are, show that their messages were seen, and begin to type."""
    contact, gateway = message.contact, gateway_of(connection)
    try:
        if not contact.chat_id and not _found(contact, gateway):
            _move(message, MessageState.FAILED, now, reason="not-on-whatsapp")
            return timedelta(seconds=manners.gap_s(is_first=True, dice=dice))
        if contact.wrote_at is not None:
            gateway.show_seen(contact.chat_id)
        gateway.show_typing(contact.chat_id, is_typing=True)
    except DomainError as error:
        return _stumbled(message, error, now)
    pause = timedelta(seconds=manners.typing_s(message.text, dice))
    _move(message, MessageState.TYPING, now, due_at=now + pause)
    return pause


def _found(contact: Contact, gateway: Waha) -> bool:
    chat_id = gateway.chat_of(contact.phone)
    if chat_id is None:
        return False
    Contact.rows.filter(pk=contact.pk).update(chat_id=chat_id)
    contact.chat_id = chat_id
    return True


def _send(connection: Connection, message: Message, clock: Clock, dice: Random) -> timedelta:
    """Hand the text over, once: it is written down before, with the id that it will have."""
    now, gateway, contact = clock(), gateway_of(connection), message.contact
    is_first = contact.wrote_at is None and not _is_own(connection, message)
    try:
        gateway.show_typing(contact.chat_id, is_typing=False)
        message_id = _id_beforehand(gateway)
    except DomainError as error:
        return _stumbled(message, error, now)
    handed_over = {"message_id": message_id, "is_first": is_first, "said_at": now}
    if not _move(message, MessageState.SENDING, now, due_at=now + _LEASE, **handed_over):
        return timedelta()
    try:
        told_id = gateway.send_text(contact.chat_id, message.text, message_id=message_id)
    except SendUnanswered:
        now = clock()
        _move(message, MessageState.UNKNOWN, now, due_at=now + _LOOKED_UP_AFTER[0])
        return timedelta(seconds=manners.gap_s(is_first=is_first, dice=dice))
    except FirstMessagesLocked:
        return _locked(connection, message, gateway, clock())
    except DomainError as error:  # nothing was sent
        return _stumbled(message, error, clock())
    _sent(message, told_id, clock())
    return timedelta(seconds=manners.gap_s(is_first=is_first, dice=dice))


def _id_beforehand(gateway: Waha) -> str:
    try:
        return gateway.new_message_id()
    except NotByThisEngine:
        return ""


def _sent(message: Message, message_id: str, now: datetime) -> None:
    """It is sent; where an acknowledgement was quicker than the answer, that stays."""
    Message.rows.filter(pk=message.pk).update(message_id=message_id)
    message.message_id = message_id
    under_way = (MessageState.SENDING, MessageState.UNKNOWN)
    Message.rows.filter(pk=message.pk, state__in=under_way).update(
        state=MessageState.SENT, state_at=now, reason="", said_at=now
    )
    Contact.rows.filter(pk=message.contact_id).update(written_at=now)


def _locked(connection: Connection, message: Message, gateway: Waha, now: datetime) -> timedelta:
    """WhatsApp lets this account write to nobody first: it waits, and so do all like it."""
    try:
        limits = gateway.session().limits
    except DomainError:
        limits = None
    until = manners.lock_of(limits.locked_until if limits else None, now=now)
    Connection.rows.filter(pk=connection.pk).update(locked_until=until)
    reason = FirstMessagesLocked.code
    _move(message, MessageState.WAITING, now, due_at=until, reason=reason, said_at=None)
    logger.warning("whatsapp.first_messages.locked", connection_id=str(connection.pk))
    return timedelta()


def _look_up(connection: Connection, message: Message, now: datetime) -> None:
    """See whether a message that nobody answered for is in its chat. It is never sent again."""
    try:
        found = _in_chat(gateway_of(connection), message)
    except DomainError as error:
        later = now + _LOOKED_UP_AFTER[-1]
        _move(message, MessageState.UNKNOWN, now, due_at=later, reason=error.code)
        return
    if found:
        _sent(message, found, now)
    elif message.tries + 1 < len(_LOOKED_UP_AFTER):
        later = now + _LOOKED_UP_AFTER[message.tries + 1]
        _move(message, MessageState.UNKNOWN, now, due_at=later, tries=message.tries + 1)
    else:
        _move(message, MessageState.FAILED, now, reason=SendUnanswered.code)


def _in_chat(gateway: Waha, message: Message) -> str:
    """The id under which the chat has it; empty where it has not."""
    chat_id, said_at = message.contact.chat_id, message.said_at or message.state_at
    if message.message_id:
        found = gateway.message(chat_id, message.message_id)
        return found.message_id if found is not None else ""
    since = said_at - timedelta(minutes=1)
    ours = [one for one in gateway.messages(chat_id, since=since, most=100) if one.is_ours]
    known = set(
        Message.rows.filter(contact=message.contact_id)
        .exclude(message_id="")
        .values_list("message_id", flat=True)
    )
    like = (
        one.message_id for one in ours if one.text == message.text and one.message_id not in known
    )
    return next(like, "")


def _stumbled(message: Message, error: DomainError, now: datetime) -> timedelta:
    """Something kept it from being sent: it is tried again later, and not for ever."""
    if message.tries + 1 >= _MOST_TRIES:
        _move(message, MessageState.FAILED, now, reason=error.code)
        return _AFTER_TROUBLE
    later = now + _AFTER_TROUBLE * (1 << message.tries)
    tries = message.tries + 1
    _move(message, MessageState.WAITING, now, due_at=later, reason=error.code, tries=tries)
    logger.warning("whatsapp.message.put_off", message_id=message.pk, code=error.code)
    return _AFTER_TROUBLE


def _move(message: Message, state: MessageState, now: datetime, **changes: object) -> bool:
    """Move a message on, if it still is where it was; say whether it was."""
    changes = {"reason": "", **changes}
    still = Message.rows.filter(pk=message.pk, state=message.state)
    is_moved = bool(still.update(state=state, state_at=now, **changes))
    if is_moved:
        message.state = state
        for name, value in changes.items():
            setattr(message, name, value)
    return is_moved
