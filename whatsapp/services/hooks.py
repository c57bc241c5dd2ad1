"""What gateways tell us: proved, kept once, answered at once, taken up after."""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

import orjson
import structlog
from django.db import transaction

from cube_demper.kernel.errors import DomainError
from whatsapp import jobs
from whatsapp.clients.answers import account, limits
from whatsapp.errors import HookUnreadable, SignatureWrong
from whatsapp.models import Connection, HookEvent, Wish
from whatsapp.ports import SessionStatus
from whatsapp.services.receiving import take_ack, take_message
from whatsapp.services.sessions import note_status

logger = structlog.get_logger("whatsapp.hooks")
Taker: TypeAlias = Callable[[HookEvent, datetime], None]
_AT_ONCE = 200
_LONGEST_ID = 64


def receive(*, connection_id: UUID, body: bytes, signature: str, now: datetime) -> None:
    """Keep one event of a connection's gateway, once however often it comes.

    ``body`` is as it came, ``signature`` the hex of its HMAC-SHA512. What a deleted connection's
    gateway still says is dropped. Raises SignatureWrong, also where no such connection ever was,
    and HookUnreadable.
    """
    connection = Connection.rows.filter(pk=connection_id).first()
    key = connection.hook_key.reveal() if connection is not None else "nobody's"
    expected = hmac.new(key.encode(), body, hashlib.sha512).hexdigest()
    if connection is None or not hmac.compare_digest(expected.encode(), signature.lower().encode()):
        raise SignatureWrong
    if connection.wish == Wish.DELETED:
        return
    event_id, kind, document = _read(body)
    with transaction.atomic():
        row = HookEvent(
            connection=connection,
            event_id=event_id,
            kind=kind,
            body=document,
            received_at=now,
        )
        HookEvent.rows.bulk_create([row], ignore_conflicts=True)
        jobs.take_events(connection_id=connection.pk)


def _read(body: bytes) -> tuple[str, str, dict[str, Any]]:
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise HookUnreadable from None
    if not isinstance(said, dict) or not isinstance(said.get("payload"), dict):
        raise HookUnreadable
    event_id, kind = said.get("id"), said.get("event")
    if not isinstance(event_id, str) or not isinstance(kind, str):
        raise HookUnreadable
    if not 0 < len(event_id) <= _LONGEST_ID:
        raise HookUnreadable
    return event_id, kind[:32], _without_nul(said)


def _without_nul(said: Any) -> Any:
    """The same without characters that no column holds: somebody may have typed them."""
    match said:
        case str():
            return said.replace("\x00", "")
        case list():
            return [_without_nul(one) for one in said]
        case dict():
            return {_without_nul(name): _without_nul(one) for name, one in said.items()}
        case _:
            return said


def take_events(*, connection_id: UUID, now: datetime) -> int:
    """Take up what a connection's gateway said, in its order; return how many."""
    taken = 0
    while taken < _AT_ONCE:
        with transaction.atomic():
            # Whoever comes while another is at it waits for them: events are taken in their order.
            Connection.rows.select_for_update().filter(pk=connection_id).first()
            waiting = HookEvent.rows.filter(connection=connection_id, taken_at=None)
            event = waiting.select_related("connection__user").order_by("id").first()
            if event is None:
                return taken
            _take(event, now)
            HookEvent.rows.filter(pk=event.pk).update(taken_at=now, body={})
        taken += 1
    jobs.take_events(connection_id=connection_id)
    return taken


def _take(event: HookEvent, now: datetime) -> None:
    taker = TAKERS.get(event.kind)
    if taker is None or event.connection.wish == Wish.DELETED:
        return
    try:
        with transaction.atomic():
            taker(event, now)
    except (DomainError, ValueError, KeyError, TypeError) as error:
        # One that nobody foresaw is dropped: it would hold up all that follow.
        logger.warning(
            "whatsapp.hook.dropped",
            connection_id=str(event.connection_id),
            kind=event.kind,
            error=type(error).__name__,
        )


def take_status(event: HookEvent, now: datetime) -> None:
    """A session is in another state."""
    said: Mapping[str, Any] = event.body
    me = said.get("me")
    known = me if isinstance(me, Mapping) else {}
    note_status(
        event.connection,
        SessionStatus.read(said["payload"].get("status")),
        account=account(known) if known else None,
        limits=limits(known),
        at=min(_told_at(said), now),
    )


def _told_at(said: Mapping[str, Any]) -> datetime:
    return datetime.fromtimestamp(said["timestamp"] / 1000, tz=UTC)


TAKERS: dict[str, Taker] = {
    "session.status": take_status,
    "message": take_message,
    "message.ack": take_ack,
}


def order_untaken(*, now: datetime) -> None:
    """Order what waits though nobody seems to take it up: an order got lost."""
    late = HookEvent.rows.filter(taken_at=None, received_at__lt=now - timedelta(seconds=10))
    for connection_id in late.order_by().values_list("connection", flat=True).distinct():
        jobs.take_events(connection_id=connection_id)


def forget_events(*, now: datetime, kept: timedelta) -> None:
    """Drop events that nobody will repeat any more."""
    HookEvent.rows.filter(received_at__lt=now - kept).delete()
