"""Connections as sellers ask for them: wished for here, made real elsewhere."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.models import User
from accounts.services import audit
from billing.services.entitlements import check_feature
from billing.terms import Feature
from cube_demper.kernel.sealing import Secret
from whatsapp import jobs
from whatsapp.clients.waha import WahaClient
from whatsapp.errors import ConnectionNotReady, NotConnected, WhatsAppOff
from whatsapp.models import Connection, Phase, Remnant, Wish
from whatsapp.ports import Endpoint, SessionStatus, Waha

OFF, SHARED, CONTAINERS = "off", "shared", "containers"
LAYOUTS = (OFF, SHARED, CONTAINERS)
_KEY_BYTES = 32
_USED_LATELY = timedelta(minutes=1)


def connect(*, user: User, now: datetime) -> Connection:
    """Have a seller connected: a first time, or again. What runs already is left as it is.

    Raises WhatsAppOff where this installation has no gateway, and FeatureNotInPlan.
    """
    if settings.WAHA_LAYOUT == OFF:
        raise WhatsAppOff
    check_feature(user.pk, Feature.WHATSAPP_ALERTS, now=now)  # whatever has more has this too
    with transaction.atomic():
        connection, is_new = Connection.rows.exclude(wish=Wish.DELETED).get_or_create(
            user=user,
            defaults={
                "api_key": Secret(secrets.token_urlsafe(_KEY_BYTES)),
                "hook_key": Secret(secrets.token_urlsafe(_KEY_BYTES)),
                "used_at": now,
                "created_at": now,
                "connecting_since": now,
            },
        )
        if not is_new:
            Connection.rows.filter(pk=connection.pk).update(retry_at=None)
            _wake(connection, now=now)
        audit.record(
            seller=user,
            action="whatsapp.connected",
            subject="whatsapp",
            subject_id=connection.pk,
            now=now,
        )
        _order(connection)
    return connection


def wake(connection: Connection, *, now: datetime) -> None:
    """Note that somebody needs a connection now; one that rests or gave up is to run again."""
    if _is_awake(connection) and now - connection.used_at < _USED_LATELY:
        return
    with transaction.atomic():
        _wake(connection, now=now)
        if connection.phase != Phase.READY:
            _order(connection)


def disconnect(*, user: User, now: datetime) -> Connection:
    """Log a seller's phone out and forget the connection. Raises NotConnected."""
    with transaction.atomic():
        connection = _locked(user)
        connection.wish, connection.deleted_at = Wish.DELETED, now
        connection.phone = connection.lid = connection.push_name = ""
        connection.retry_at = None
        connection.save(
            update_fields=("wish", "deleted_at", "phone", "lid", "push_name", "retry_at")
        )
        audit.record(
            seller=user,
            action="whatsapp.disconnected",
            subject="whatsapp",
            subject_id=connection.pk,
            now=now,
        )
        _order(connection)
    return connection


def connection_of(user: User) -> Connection:
    """The seller's connection. Raises NotConnected."""
    own = Connection.objects.for_user(user).exclude(wish=Wish.DELETED)
    connection: Connection | None = own.first()
    if connection is None:
        raise NotConnected
    return connection


def gateway_of(connection: Connection) -> Waha:
    """The client for a connection whose gateway answers. Raises ConnectionNotReady."""
    if connection.phase != Phase.READY:
        raise ConnectionNotReady
    return WahaClient(endpoint_of(connection))


def endpoint_of(connection: Connection) -> Endpoint:
    """Where a connection's session is, and with what key it is opened.

    In the shared layout one gateway holds everybody's sessions, each under its connection's name.
    """
    if settings.WAHA_LAYOUT == SHARED:
        return Endpoint(
            settings.WAHA_SHARED_URL, settings.WAHA_SHARED_API_KEY, f"demper-{connection.pk.hex}"
        )
    return Endpoint(connection.address, connection.api_key.reveal(), "default")


def has_container(connection: Connection) -> bool:
    """Say whether a connection's own gateway stands, so that its session can be prepared."""
    is_up = connection.phase in {Phase.STARTING, Phase.READY} and bool(connection.address)
    return is_up and connection.wish == Wish.RUNNING


def remember_remnant(connection: Connection, *, now: datetime) -> None:
    """Keep in mind what a connection that is being erased may have on the engine."""
    if connection.phase != Phase.GONE and settings.WAHA_LAYOUT == CONTAINERS:
        Remnant.objects.get_or_create(connection_id=connection.pk, defaults={"left_at": now})
        jobs.reconcile()


def _order(connection: Connection) -> None:
    """Have somebody bring a connection nearer to its wish, now."""
    if settings.WAHA_LAYOUT == CONTAINERS:
        jobs.reconcile()
    jobs.prepare(connection_id=connection.pk)


def _wake(connection: Connection, *, now: datetime) -> None:
    changes: dict[str, Any] = {"used_at": now}
    if not _is_awake(connection):
        changes |= {"wish": Wish.RUNNING, "connecting_since": now, "retry_at": None}
    # One that was forgotten meanwhile stays so.
    Connection.rows.filter(pk=connection.pk).exclude(wish=Wish.DELETED).update(**changes)
    connection.refresh_from_db()


def _is_awake(connection: Connection) -> bool:
    return connection.wish == Wish.RUNNING and connection.status != SessionStatus.FAILED


def _locked(user: User) -> Connection:
    own = Connection.objects.for_user(user).exclude(wish=Wish.DELETED)
    connection: Connection | None = own.select_for_update().first()
    if connection is None:
        raise NotConnected
    return connection
