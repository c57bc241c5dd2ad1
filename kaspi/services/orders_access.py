"""Tokens for orders, and whose turn it is to be read: leases, successes and failures."""

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import User
from accounts.services import audit
from cube_demper.kernel.errors import DomainError
from cube_demper.kernel.sealing import Secret
from kaspi.errors import OrdersTokenMissing, StoreMissing
from kaspi.jobs import read_orders
from kaspi.models import OrdersAccess, OrdersState, Store
from kaspi.order_ports import OrdersTicket
from kaspi.signals import orders_token_refused

logger = structlog.get_logger("kaspi.orders")
LEASE = timedelta(minutes=5)
_LONGEST_PAUSE = timedelta(hours=1)


def set_token(*, user: User, store_id: int, token: str, now: datetime) -> OrdersAccess:
    """Keep the store's token and have it tried at once: the first reading proves it.

    Raises StoreMissing for a foreign id.
    """
    with transaction.atomic():
        store = _store(user, store_id)
        access, _ = OrdersAccess.rows.update_or_create(
            store=store,
            defaults={
                "token": Secret(token),
                "state": OrdersState.UNPROVED,
                "set_at": now,
                "next_read_at": now,
                "leased_until": None,
                "failures": 0,
                "reason": "",
                "detail": "",
            },
        )
        audit.record(
            seller=user, action="orders-token.set", subject="store", subject_id=store.pk, now=now
        )
        read_orders(store_id=store.pk)
    return access


def remove_token(*, user: User, store_id: int, now: datetime) -> None:
    """Forget the token; the orders stay. Raises StoreMissing and OrdersTokenMissing."""
    with transaction.atomic():
        deleted, _ = OrdersAccess.rows.filter(store=_store(user, store_id)).delete()
        if not deleted:
            raise OrdersTokenMissing
        audit.record(
            seller=user,
            action="orders-token.removed",
            subject="store",
            subject_id=store_id,
            now=now,
        )


def _store(user: User, store_id: int) -> Store:
    store: Store | None = (
        Store.objects.for_user(user)
        .filter(pk=store_id, released_at=None)
        .select_for_update()
        .first()
    )
    if store is None:
        raise StoreMissing
    return store


def order_due_readings(*, now: datetime) -> None:
    """Order a reading of every store whose time has come."""
    due = OrdersAccess.objects.across_users(reason="orders of everybody are read").filter(
        _is_free(now), next_read_at__lte=now, store__released_at=None
    )
    with transaction.atomic():
        for store_id in due.order_by("next_read_at").values_list("store_id", flat=True):
            read_orders(store_id=store_id)


def _is_free(now: datetime) -> Q:
    is_unleased = Q(leased_until=None) | Q(leased_until__lte=now)
    return ~Q(state=OrdersState.REFUSED) & is_unleased


def lease(*, store_id: int, now: datetime) -> OrdersAccess | None:
    """Take the store for this worker; ``None`` if another reads it, or nothing is due."""
    until = now + LEASE
    is_mine = OrdersAccess.rows.filter(
        _is_free(now), store=store_id, next_read_at__lte=now, store__released_at=None
    ).update(leased_until=until)
    if not is_mine:
        return None
    return OrdersAccess.rows.select_related("store").filter(store=store_id).first()


def renew_lease(*, access: OrdersAccess, now: datetime) -> bool:
    """Keep the store a while longer. False when it is not ours any more: then stop."""
    until = now + LEASE
    is_mine = _held(access).update(leased_until=until)
    access.leased_until = until
    return bool(is_mine)


def _held(access: OrdersAccess) -> "QuerySet[OrdersAccess]":
    """The row, while this lease of it stands. A new token ends it."""
    return OrdersAccess.rows.filter(pk=access.pk, leased_until=access.leased_until)


def ticket_for(access: OrdersAccess) -> OrdersTicket:
    """What a client needs to read this store's orders, and no other's."""
    return OrdersTicket(
        store_id=access.store_id,
        merchant_id=access.store.merchant_id,
        token=access.token.reveal(),
    )


def note_read(*, access: OrdersAccess, began: datetime, now: datetime) -> None:
    """Everything that was placed before ``began`` is read."""
    _held(access).update(
        state=OrdersState.LIVE,
        read_at=began,
        next_read_at=now + timedelta(seconds=settings.ORDERS_INTERVAL_S),
        leased_until=None,
        failures=0,
        reason="",
        detail="",
    )


def note_failure(*, access: OrdersAccess, error: DomainError, now: datetime) -> None:
    """Try again after a pause that doubles, no sooner than Kaspi asked for."""
    pause = timedelta(seconds=settings.ORDERS_INTERVAL_S) * 2 ** min(access.failures, 10)
    retry_at = max(now + min(pause, _LONGEST_PAUSE), error.retry_at or now)
    _held(access).update(
        next_read_at=retry_at,
        leased_until=None,
        failures=min(access.failures + 1, 1000),
        reason=error.code,
        detail=error.detail[:300],
    )
    logger.warning("kaspi.orders.failed", store_id=access.store_id, reason=error.code)


def note_refusal(*, access: OrdersAccess, error: DomainError) -> None:
    """Kaspi refused the token: nobody tries it again, and the seller is told."""
    with transaction.atomic():
        is_current = _held(access).update(
            state=OrdersState.REFUSED,
            leased_until=None,
            reason=error.code,
            detail=error.detail[:300],
        )
        if is_current:
            orders_token_refused.send(OrdersAccess, store_id=access.store_id)
    logger.warning("kaspi.orders.refused", store_id=access.store_id)
