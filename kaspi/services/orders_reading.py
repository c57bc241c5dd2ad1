"""Reading a store's orders: what is new, what is still open, and what was bought.

Each page is kept when it comes, and how far we are only when all came: a worker that dies at any
moment leaves whole orders, and the next one reads the same time again.
"""

from collections.abc import Callable, Coroutine, Iterator
from datetime import datetime, timedelta
from typing import Any, TypeVar

import structlog
from django.conf import settings
from django.db.models import Min

from cube_demper.kernel.errors import DomainError, Unavailable
from kaspi import runtime
from kaspi.errors import OrderMissing, OrdersTokenRefused, PayloadUnreadable, RequestRefused
from kaspi.models import ARCHIVE, Order, OrdersAccess
from kaspi.order_ports import EntryFacts, Orders, OrdersPage
from kaspi.services import orders_access as accesses
from kaspi.services.orders import keep_entries, keep_orders

T = TypeVar("T")
logger = structlog.get_logger("kaspi.orders")
FORTNIGHT = timedelta(days=14)  # older orders are asked for one by one
OVERLAP = timedelta(minutes=30)
_CALL_S = 120.0  # one page or order, with its turn, its retries and what tells an address abroad
# What is wrong with one order only, and must not keep the others back.
_ONE_ONLY = (OrderMissing, PayloadUnreadable, RequestRefused)
_ONE_BY_ONE = 50  # old orders, and entries, in one reading


class _LeaseLost(Exception):
    """Another worker reads this store, or its token is another."""


def read_store(*, store_id: int, clock: Callable[[], datetime]) -> None:
    """Read one store's orders, if its turn has come. Every anticipated end is written down."""
    access = accesses.lease(store_id=store_id, now=clock())
    if access is None:
        return
    began = clock()
    ticket = accesses.ticket_for(access)
    try:
        with runtime.held(lambda gateway: gateway.open_orders(ticket), timeout_s=_CALL_S) as orders:
            found = _read(access, orders, began, clock)
    except OrdersTokenRefused as error:
        accesses.note_refusal(access=access, error=error)
    except DomainError as error:
        accesses.note_failure(access=access, error=error, now=clock())
    except TimeoutError:
        late = Unavailable("Reading took longer than we wait.")
        accesses.note_failure(access=access, error=late, now=clock())
    except _LeaseLost:
        logger.info("kaspi.orders.lease_lost", store_id=store_id)
    else:
        accesses.note_read(access=access, began=began, now=clock())
        logger.info("kaspi.orders.read", store_id=store_id, orders=found)


def _read(
    access: OrdersAccess, orders: Orders, began: datetime, clock: Callable[[], datetime]
) -> int:
    _answer(orders.verify())
    found = 0
    for page in _pages(orders, since=_since(access, began), until=began):
        _hold(access, clock)
        keep_orders(
            store=access.store,
            found=page.orders,
            now=clock(),
            is_news=access.read_at is not None,
        )
        for sentence in page.unreadable:
            logger.warning("kaspi.orders.unreadable", store_id=access.store_id, detail=sentence)
        found += len(page.orders)
    _refresh_open(access, orders, began, clock)
    _read_entries(access, orders, clock)
    return found


def _since(access: OrdersAccess, began: datetime) -> datetime:
    """From where to read: what came since the last time, and the oldest order still open.

    Orders are found by when they were placed, so an order that moved is only met again where its
    placing lies in the window.
    """
    if access.read_at is None:
        return began - timedelta(days=settings.ORDERS_FIRST_DAYS)
    still_open = Order.rows.filter(
        store=access.store_id, placed_at__gte=began - FORTNIGHT + OVERLAP
    ).exclude(state=ARCHIVE)
    oldest = still_open.aggregate(at=Min("placed_at"))["at"]
    return min(access.read_at - OVERLAP, oldest or began)


def _pages(orders: Orders, *, since: datetime, until: datetime) -> Iterator[OrdersPage]:
    """Pull pages off the loop one at a time, so that each is kept before the next is read."""
    pages = aiter(orders.orders(since=since, until=until))

    async def pull() -> OrdersPage | None:
        return await anext(pages, None)

    while page := runtime.run(lambda _: pull(), timeout_s=_CALL_S):
        yield page


def _refresh_open(
    access: OrdersAccess, orders: Orders, began: datetime, clock: Callable[[], datetime]
) -> None:
    """Ask by their codes for open orders that were not met, those longest unread first."""
    unmet = Order.rows.filter(store=access.store_id, read_at__lt=began).exclude(state=ARCHIVE)
    for row in unmet.defer("buyer_phone").order_by("read_at")[:_ONE_BY_ONE]:
        _hold(access, clock)
        try:
            facts = _answer(orders.order(row.code))
        except _ONE_ONLY as error:
            _say_unreadable(access, error)
            Order.rows.filter(pk=row.pk).update(read_at=clock())  # it goes to the end of the queue
        else:
            keep_orders(store=access.store, found=[facts], now=clock())


def _read_entries(access: OrdersAccess, orders: Orders, clock: Callable[[], datetime]) -> None:
    """Read what was bought, the newest orders first: a call each, so only some at a time."""
    unread = Order.rows.filter(store=access.store_id, entries_read_at=None)
    for row in unread.defer("buyer_phone").order_by("-placed_at")[:_ONE_BY_ONE]:
        _hold(access, clock)
        found: tuple[EntryFacts, ...] = ()
        try:
            found = _answer(orders.entries(row.kaspi_id))
        except _ONE_ONLY as error:
            _say_unreadable(access, error)
        keep_entries(order=row, found=found, now=clock())


def _hold(access: OrdersAccess, clock: Callable[[], datetime]) -> None:
    if not accesses.renew_lease(access=access, now=clock()):
        raise _LeaseLost


def _answer(asking: Coroutine[Any, Any, T]) -> T:
    return runtime.run(lambda _: asking, timeout_s=_CALL_S)


def _say_unreadable(access: OrdersAccess, error: DomainError) -> None:
    logger.warning("kaspi.orders.unreadable", store_id=access.store_id, detail=error.detail)
