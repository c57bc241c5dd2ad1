"""What gateways could not tell us: their queue of webhooks lives in memory and gives up in an hour.

So the chats of every connection are looked through from time to time, and whenever a session is
back; what is known already changes nothing.
"""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db.models import F, Q

from cube_demper.kernel.errors import DomainError
from whatsapp import jobs
from whatsapp.models import Connection, Phase, Wish
from whatsapp.ports import ChatMessage, SessionStatus
from whatsapp.services.connections import gateway_of
from whatsapp.services.contacts import is_person
from whatsapp.services.receiving import note_ack, receive

logger = structlog.get_logger("whatsapp.missed")
_EVERY = timedelta(minutes=10)
_OVERLAP = timedelta(minutes=2)  # clocks differ, and what is on its way comes late
_FURTHEST = timedelta(days=3)
_MOST_CHATS, _MOST_MESSAGES = 100, 200
_AT_ONCE = 50


def order_due(*, now: datetime) -> None:
    """Order the connections that were not looked through for a while, longest ago first."""
    late = Q(read_until=None) | Q(read_until__lt=now - _EVERY)
    due = Connection.rows.filter(
        late, wish=Wish.RUNNING, phase=Phase.READY, session_status=SessionStatus.WORKING
    ).order_by(F("read_until").asc(nulls_first=True))
    for connection_id in due.values_list("pk", flat=True)[:_AT_ONCE]:
        jobs.read_missed(connection_id=connection_id)


def read_missed(*, connection_id: UUID, now: datetime) -> int:
    """Read what was said since the last look; return how many messages were new."""
    connection = Connection.rows.select_related("user").filter(pk=connection_id).first()
    if connection is None or connection.wish != Wish.RUNNING:
        return 0
    if connection.read_until is None:  # a phone just connected: what it held before is its own
        Connection.rows.filter(pk=connection_id).update(read_until=now)
        return 0
    since = max(connection.read_until - _OVERLAP, now - _FURTHEST)
    found = 0
    try:
        gateway = gateway_of(connection)
        for chat_id in gateway.chats(since=since, most=_MOST_CHATS):
            if is_person(chat_id):
                said = gateway.messages(chat_id, since=since, most=_MOST_MESSAGES)
                found += sum(_kept(connection, one, now) for one in said)
    except DomainError as error:
        logger.warning("whatsapp.missed.unread", connection_id=str(connection_id), code=error.code)
        return found
    Connection.rows.filter(pk=connection_id).update(read_until=now)
    if found:
        logger.info("whatsapp.missed.found", connection_id=str(connection_id), messages=found)
    return found


def _kept(connection: Connection, said: ChatMessage, now: datetime) -> bool:
    if said.is_ours:
        note_ack(connection, said.message_id, said.ack, now=now)
        return False
    return receive(connection, said, now=now)
