"""Background work of this app: each task is a door to one service."""

from typing import Any
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from kaspi.jobs import READ_ORDERS, RENEW_SESSION, WALK_LOGIN
from kaspi.services import (
    logins,
    orders,
    orders_access,
    orders_reading,
    renewals,
    sessions,
    syncs,
    walks,
)


@shared_task(name=str(WALK_LOGIN))
def walk_login(*, login_id: str, **_: Any) -> None:
    walks.walk_login(login_id=UUID(login_id), clock=timezone.now)


@shared_task(name=str(RENEW_SESSION))
def renew_session(*, session_id: int, **_: Any) -> None:
    renewals.renew_session(session_id=session_id, clock=timezone.now)


@shared_task(name="kaspi.renew_sessions")
def renew_sessions(**_: Any) -> None:
    renewals.order_renewals(now=timezone.now())


@shared_task(name="kaspi.expire_logins")
def expire_logins(**_: Any) -> None:
    logins.expire_logins(now=timezone.now())


@shared_task(name="kaspi.restart_stale_syncs")
def restart_stale_syncs(**_: Any) -> None:
    syncs.restart_stale_syncs(now=timezone.now())


@shared_task(name="kaspi.calm_stores")
def calm_stores(**_: Any) -> None:
    sessions.calm_stores(now=timezone.now())


@shared_task(name=str(READ_ORDERS))
def read_orders(*, store_id: int, **_: Any) -> None:
    orders_reading.read_store(store_id=store_id, clock=timezone.now)


@shared_task(name="kaspi.order_due_readings")
def order_due_readings(**_: Any) -> None:
    orders_access.order_due_readings(now=timezone.now())


@shared_task(name="kaspi.erase_buyers")
def erase_buyers(**_: Any) -> None:
    orders.erase_buyers(now=timezone.now())
