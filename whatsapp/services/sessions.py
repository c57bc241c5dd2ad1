"""A seller's session at WhatsApp: begun, shown, followed, ended."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

import orjson
import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from accounts.models import User
from accounts.services import audit
from cube_demper.kernel.errors import DomainError
from whatsapp import jobs
from whatsapp.clients.waha import WahaClient
from whatsapp.errors import SessionMissing, SessionNotReady
from whatsapp.models import Connection, Phase, Wish
from whatsapp.ports import Account, Limits, SessionFacts, SessionStatus
from whatsapp.services.connections import (
    CONTAINERS,
    SHARED,
    connection_of,
    endpoint_of,
    gateway_of,
    has_container,
    wake,
)

logger = structlog.get_logger("whatsapp.sessions")
T = TypeVar("T")
_UNHEARD = timedelta(minutes=5)
_STARTING_UNHEARD = timedelta(seconds=20)
_FRESH = timedelta(seconds=15)
_PATIENCE = timedelta(seconds=60)  # after that "connecting" is no answer any more
_EVENTS = ["message", "message.ack", "session.status"]
_AFTER_TROUBLE = timedelta(seconds=15)
_LONGEST_PAUSE = timedelta(minutes=10)
_MAX_DOUBLINGS = 6


class State(StrEnum):
    """What a seller is told of their WhatsApp. Shown; never renamed."""

    NOT_CONNECTED = "not-connected"
    CONNECTING = "connecting"
    SCAN_CODE = "scan-code"
    FINISH_IN_BROWSER = "finish-in-browser"
    CONNECTED = "connected"
    REPLIES_ONLY = "replies-only"
    LOST = "connection-lost"
    RESTING = "resting"
    UNAVAILABLE = "unavailable"


_SAID: dict[SessionStatus, State] = {
    SessionStatus.SCAN_QR_CODE: State.SCAN_CODE,
    SessionStatus.PASSKEY_REQUIRED: State.FINISH_IN_BROWSER,
    SessionStatus.PASSKEY_CONFIRMATION_REQUIRED: State.FINISH_IN_BROWSER,
    SessionStatus.FAILED: State.LOST,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """How a connection is: a state, and until when it will be so, where that is known.

    ``error`` is a code, where something keeps it from being connected.
    """

    state: State
    until: datetime | None = None
    error: str = ""


def standing_of(connection: Connection, *, now: datetime) -> Standing:
    """Say in one word how a seller's WhatsApp is."""
    if connection.wish == Wish.DELETED:
        return Standing(State.NOT_CONNECTED)
    if connection.phase == Phase.RESTING or connection.wish == Wish.RESTING:
        return Standing(State.RESTING)
    if connection.phase == Phase.READY and connection.status == SessionStatus.WORKING:
        return _connected(connection, now)
    if connection.phase == Phase.READY and connection.status in _SAID:
        return Standing(_SAID[connection.status])
    since = connection.connecting_since or connection.created_at
    since = max(since, connection.started_at or since)
    if connection.phase == Phase.FAILED or now - since > _PATIENCE:
        return Standing(State.UNAVAILABLE, until=connection.retry_at, error=connection.error)
    return Standing(State.CONNECTING, error=connection.error)


def _connected(connection: Connection, now: datetime) -> Standing:
    if connection.locked_until is not None and connection.locked_until > now:
        return Standing(State.REPLIES_ONLY, until=connection.locked_until)
    return Standing(State.REPLIES_ONLY if connection.is_capped else State.CONNECTED)


def prepare(*, connection_id: UUID, now: datetime) -> None:
    """Do the next that brings a connection nearer to its wish, where its gateway answers.

    In the layout of containers those alone that stand are prepared, once they answer.
    """
    connection = Connection.rows.select_related("user").filter(pk=connection_id).first()
    if connection is None or (connection.retry_at is not None and connection.retry_at > now):
        return
    if settings.WAHA_LAYOUT == CONTAINERS and not has_container(connection):
        return
    client = WahaClient(endpoint_of(connection))
    try:
        if connection.wish == Wish.DELETED:
            client.delete()
            Connection.rows.filter(pk=connection.pk).update(phase=Phase.GONE)
            return
        facts = client.create(session_config(connection))
        if facts.status == SessionStatus.STOPPED or _is_to_begin_again(connection, facts):
            client.restart()
            facts = client.session()
    except DomainError as error:
        _note_trouble(connection, error, now)
        return
    Connection.rows.filter(pk=connection.pk).update(
        phase=Phase.READY, failures=0, retry_at=None, error=""
    )
    note_facts(connection, facts, at=now)


def _is_to_begin_again(connection: Connection, facts: SessionFacts) -> bool:
    """One that gave up begins again when its seller asks for that, and not by itself for ever."""
    asked_at, heard_at = connection.connecting_since, connection.session_status_at
    is_asked = asked_at is not None and (heard_at is None or heard_at <= asked_at)
    return facts.status == SessionStatus.FAILED and is_asked


def order_due(*, now: datetime) -> None:
    """Order what brings connections nearer to their wish; ask of those not heard of for long."""
    may_try = Q(retry_at=None) | Q(retry_at__lte=now)
    due = Q(wish=Wish.RUNNING, phase=Phase.READY, session_status_at__lt=now - _UNHEARD)
    # Of one that starts it is soon known whether it is stuck, even where its news got lost.
    due |= Q(
        wish=Wish.RUNNING,
        phase=Phase.READY,
        session_status=SessionStatus.STARTING,
        session_status_at__lt=now - _STARTING_UNHEARD,
    )
    if settings.WAHA_LAYOUT == CONTAINERS:
        jobs.reconcile()
        jobs.hear_engine(since=None)
    elif settings.WAHA_LAYOUT == SHARED:
        due |= Q(wish=Wish.RUNNING) & ~Q(phase=Phase.READY)
        due |= Q(wish=Wish.DELETED) & ~Q(phase=Phase.GONE)
    else:
        return
    for connection_id in Connection.rows.filter(may_try, due).values_list("pk", flat=True):
        jobs.prepare(connection_id=connection_id)


def session_config(connection: Connection) -> dict[str, Any]:
    """What WAHA is told of a session: text of single people only, and where its events go."""
    address = reverse("whatsapp-hook", kwargs={"connection_id": connection.pk})
    config: dict[str, Any] = {
        "webhooks": [
            {
                "url": f"{settings.WAHA_HOOKS_URL}{address}",
                "events": _EVENTS,
                "hmac": {"key": connection.hook_key.reveal()},
                "retries": {"policy": "exponential", "delaySeconds": 2, "attempts": 10},
            }
        ],
        "ignore": {"status": True, "groups": True, "channels": True, "broadcast": True},
        # Somebody who is online has a phone that does not ring.
        "noweb": {"markOnline": False, "store": {"enabled": True, "fullSync": False}},
    }
    digest = hashlib.sha256(orjson.dumps(config)).hexdigest()
    return {**config, "metadata": {"connection": str(connection.pk), "config": digest}}


def look(connection: Connection, *, now: datetime) -> None:
    """Ask the gateway how the session is, unless that was heard just now. Trouble is kept."""
    heard_at = connection.session_status_at
    if connection.phase != Phase.READY or (heard_at is not None and now - heard_at < _FRESH):
        return
    try:
        facts = gateway_of(connection).session()
    except SessionMissing:
        facts = SessionFacts(SessionStatus.STOPPED, account=None)
    except DomainError as error:
        connection.error, connection.error_at = error.code, now
        connection.save(update_fields=("error", "error_at"))
        return
    note_facts(connection, facts, at=now)


def note_facts(connection: Connection, facts: SessionFacts, *, at: datetime) -> None:
    """Write down how a session is, unless something newer was heard meanwhile."""
    note_status(connection, facts.status, account=facts.account, limits=facts.limits, at=at)


def note_status(
    connection: Connection,
    status: SessionStatus,
    *,
    account: Account | None,
    limits: Limits | None = None,
    at: datetime,
) -> None:
    """Write down a session's status as of ``at``."""
    with transaction.atomic():
        row = Connection.rows.select_for_update().get(pk=connection.pk)
        if row.session_status_at is None or row.session_status_at <= at:
            is_back = status == SessionStatus.WORKING != row.session_status
            if is_back:
                jobs.read_missed(connection_id=row.pk)
            if row.session_status != status:
                row.session_status_since = at
                logger.info(
                    "whatsapp.session.status", connection_id=str(row.pk), status=str(status)
                )
            row.session_status, row.session_status_at = status, at
            if account is not None:
                row.phone, row.lid = account.phone[:16], account.lid[:64]
                row.push_name = account.name[:100]
            if limits is not None:
                row.locked_until, row.is_capped = limits.locked_until, limits.is_capped
            row.save()
    connection.refresh_from_db()


def qr_picture(*, user: User, now: datetime) -> bytes:
    """The code that a seller scans now, as PNG. Raises as ``qr_text``."""
    connection = _to_scan(user, now)
    return _scanned(connection, now, lambda: gateway_of(connection).qr_picture())


def qr_text(*, user: User, now: datetime) -> str:
    """The code that a seller scans now. Whoever has it has their WhatsApp: it is kept nowhere.

    Raises NotConnected, ConnectionNotReady, WahaGone, and SessionNotReady where there is nothing
    to scan.
    """
    connection = _to_scan(user, now)
    return _scanned(connection, now, lambda: gateway_of(connection).qr_text())


def pairing_code(*, user: User, phone: str, now: datetime) -> str:
    """A code to type on the phone instead. Raises as ``qr_text``, and PairingRefused."""
    connection = _to_scan(user, now)
    return _scanned(connection, now, lambda: gateway_of(connection).pairing_code(phone))


def log_out(*, user: User, now: datetime) -> Connection:
    """Forget whose phone it is; another may be connected. Raises as ``qr_text``."""
    connection = connection_of(user)
    gateway_of(connection).logout()
    with transaction.atomic():
        audit.record(
            seller=user,
            action="whatsapp.logged-out",
            subject="whatsapp",
            subject_id=connection.pk,
            now=now,
        )
        Connection.rows.filter(pk=connection.pk).update(
            session_status=SessionStatus.STARTING,
            session_status_at=now,
            connecting_since=now,
            phone="",
            lid="",
            push_name="",
        )
    connection.refresh_from_db()
    return connection


def _to_scan(user: User, now: datetime) -> Connection:
    """A connection whose seller looks at it: one that gave up begins again."""
    connection = connection_of(user)
    has_failed = connection.status == SessionStatus.FAILED
    wake(connection, now=now)
    if connection.phase == Phase.READY and has_failed:
        gateway_of(connection).restart()
        note_status(connection, SessionStatus.STARTING, account=None, at=now)
    return connection


def _scanned(connection: Connection, now: datetime, ask: Callable[[], T]) -> T:
    """Ask for a code; where there is none, write down what the session does instead."""
    try:
        return ask()
    except SessionNotReady as error:
        note_status(connection, SessionStatus.read(error.status), account=None, at=now)
        raise


def pause_after(failures: int) -> timedelta:
    """How long to wait before the next try, after so many failures before this one."""
    doublings = min(failures, _MAX_DOUBLINGS)
    return min(_AFTER_TROUBLE * (1 << doublings), _LONGEST_PAUSE)


def _note_trouble(connection: Connection, error: DomainError, now: datetime) -> None:
    pause = pause_after(connection.failures)
    Connection.rows.filter(pk=connection.pk).update(
        failures=connection.failures + 1, retry_at=now + pause, error=error.code, error_at=now
    )
    logger.warning("whatsapp.connection.trouble", connection_id=str(connection.pk), code=error.code)
