"""What an operator does with a seller's connection. Each is left in the seller's audit."""

from collections.abc import Callable, Mapping
from datetime import datetime

from django.conf import settings
from django.db import transaction

from accounts.models import User
from accounts.services import audit
from whatsapp import jobs
from whatsapp.errors import NotConnected, NotInThisLayout
from whatsapp.models import Connection, Wish
from whatsapp.services import connections
from whatsapp.services.connections import CONTAINERS

Verb = Callable[[Connection, datetime], None]


def act(*, verb: str, connection: Connection, by: User, now: datetime) -> None:
    """Do one of ``VERBS`` with a connection.

    Raises NotConnected where it was forgotten, NotInThisLayout, and as the gateway does.
    """
    if connection.wish == Wish.DELETED:
        raise NotConnected
    with transaction.atomic():
        VERBS[verb](connection, now)
        audit.record_operation(
            by=by,
            of=connection.user,
            action=f"connection.{verb}",
            subject="connection",
            subject_id=connection.pk,
            now=now,
        )


def _restart(connection: Connection, now: datetime) -> None:
    if settings.WAHA_LAYOUT != CONTAINERS:
        connections.gateway_of(connection).restart()
        return
    Connection.rows.filter(pk=connection.pk).update(restart_asked_at=now, retry_at=None)
    jobs.reconcile()


def _rest(connection: Connection, _now: datetime) -> None:
    """Till somebody needs it: sending, connecting and looking at the code wake it."""
    if settings.WAHA_LAYOUT != CONTAINERS:
        raise NotInThisLayout
    Connection.rows.filter(pk=connection.pk).update(wish=Wish.RESTING, retry_at=None)
    jobs.reconcile()


def _forget(connection: Connection, now: datetime) -> None:
    connections.disconnect(user=connection.user, now=now)


VERBS: Mapping[str, Verb] = {"restart": _restart, "rest": _rest, "forget": _forget}
