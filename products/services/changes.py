"""The life of a change: durable at each step, so that a crash leaves a row that says what is next.

    PENDING ──read, mark──► SENDING ──answer──► SENT ──Kaspi shows it──► APPLIED
       │                       │  └── no answer: read ──► APPLIED | LOST | OVERDUE
       │                       └────── Kaspi says no ──► REFUSED
       └── overtaken, or no longer allowed ──► SUPERSEDED

The listing is read first; SENDING is written with it before the request leaves. A row found in
SENDING was cut off: it is resolved by reading the catalogue, never by sending again. What Kaspi
shows in the end is compared with the listing as it was: what got lost is stated again, once.
"""

from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet
from django.db.models.functions import Coalesce

from cube_demper.kernel.errors import QuotaUnknown
from kaspi import runtime
from kaspi.ports import Listing, SessionTicket
from kaspi.services.sessions import keep_renewed, ticket_for
from products.engine.model import ChangeOrder, Postponed, PushReport, Ready, Shown
from products.engine.push import read_all, read_back_all, send_all
from products.models import Change, ChangeState, Product
from products.pricing.worth import WINDOW, Spent, may_push
from products.services.deadlines import PUSH_S, READ_S
from products.services.outcomes import record_report
from products.services.rulebook import Rulebook

logger = structlog.get_logger("products.changes")
Trip: TypeAlias = Callable[..., Coroutine[Any, Any, PushReport]]
_WAVE = 3  # changes of one store sent one by one: what a crash leaves to be read back …
_BUNDLED_WAVE = 20  # … and those that go in one bundle
_TURN = timedelta(seconds=4)  # then looks of this shard get theirs; the rest is lent out again
_DOUBTFUL_AFTER = 3  # readings that did not show it: some ten seconds
_REMEMBER_S = 5.0
_PAUSE = timedelta(seconds=3)  # before a change that had to wait is looked at again
_STALE_AFTER = timedelta(minutes=5)  # decided so long ago that it has to be decided anew


def push_changes(*, change_ids: Sequence[int], lease: str, clock: Callable[[], datetime]) -> None:
    """Send the pending changes still under this lease, a wave at a time.

    What time does not allow stays PENDING and is lent out again.
    """
    enough_at = clock() + _TURN
    counts: Counter[str] = Counter()
    while orders := claim_wave(change_ids=change_ids, lease=lease, now=clock()):
        report = _push_wave(orders, lease=lease, clock=clock)
        counts += record_report(orders=orders, report=report, now=clock())
        _remember(orders, report, now=clock())
        if clock() >= enough_at:
            break
    _give_back(change_ids, lease, clock())
    if counts:
        logger.info("products.changes.pushed", **counts)


def _push_wave(
    orders: Sequence[ChangeOrder], *, lease: str, clock: Callable[[], datetime]
) -> PushReport:
    """Read the listings, write down that they are sent, send them: what came of each change."""
    read = _travel(read_all, orders, batch_s=READ_S)
    # The jar is saved before it is used again: the orders that are sent carry it.
    keep_renewed([order.ticket for order in orders], renewed=read.renewed, now=clock())
    ready = [outcome for outcome in read.outcomes if isinstance(outcome, Ready)]
    held_back = [outcome for outcome in read.outcomes if not isinstance(outcome, Ready)]
    sending = begin_sending(ready, lease=lease, now=clock())
    sent = _travel(send_all, sending, batch_s=PUSH_S)
    keep_renewed([order.ticket for order in sending], renewed=sent.renewed, now=clock())
    return PushReport((*held_back, *sent.outcomes), {})


def _travel(trip: Trip, orders: Sequence[ChangeOrder], *, batch_s: float) -> PushReport:
    if not orders:
        return PushReport((), {})
    return runtime.run(
        lambda gateway: trip(orders, open_cabinet=gateway.open_cabinet, batch_s=batch_s),
        timeout_s=batch_s + 2,
    )


def settle_changes(*, change_ids: Sequence[int], lease: str, clock: Callable[[], datetime]) -> None:
    """Read what became of the changes still under this lease."""
    rows = _under_lease(change_ids, lease, clock()).filter(
        state__in=(ChangeState.SENDING, ChangeState.SENT)
    )
    orders = _orders(rows)
    if not orders:
        return
    report = _travel(read_back_all, orders, batch_s=PUSH_S)
    now = clock()
    counts = record_report(orders=orders, report=report, now=now)
    logger.info("products.changes.settled", **counts)
    _mend(orders, report, begun_at=now)


def _mend(orders: Sequence[ChangeOrder], report: PushReport, *, begun_at: datetime) -> None:
    """State again what got lost, where it was just written down that this begins: once."""
    mends = {
        outcome.change_id: outcome.mend
        for outcome in report.outcomes
        if isinstance(outcome, Shown) and outcome.mend is not None
    }
    begun = set(
        Change.objects.across_users(reason="a lease spans sellers")
        .filter(pk__in=mends, mended_at=begun_at)
        .values_list("pk", flat=True)
    )
    _travel(
        send_all,
        [
            replace(order, listing=mends[order.change_id])
            for order in orders
            if order.change_id in begun and order.price in order.corridor
        ],
        batch_s=READ_S,
    )


def claim_wave(*, change_ids: Sequence[int], lease: str, now: datetime) -> list[ChangeOrder]:
    """Choose the next few changes of every store.

    A change that is stale, or that its seller would no longer allow, is superseded instead; one
    that is not worth a change of the store's quota yet waits.
    """
    with transaction.atomic():
        return _orders(_worth_it(_allowed(change_ids, lease, now, next_step_at__lte=now), now))


def begin_sending(ready: Sequence[Ready], *, lease: str, now: datetime) -> list[ChangeOrder]:
    """Mark changes as being sent, each with the listing it states; return what may be sent now.

    Between the reading and this, a seller may have paused, and the lease may have ended.
    """
    listings = {one.change_id: one.listing for one in ready}
    with transaction.atomic():
        changes = _allowed(list(listings), lease, now)
        for change in changes:
            change.state = ChangeState.SENDING
            change.listing = listings[change.pk].to_json()
        Change.rows.bulk_update(changes, ("state", "listing"))
    return _orders(changes)


def _allowed(change_ids: Sequence[int], lease: str, now: datetime, **more: Any) -> list[Change]:
    """Lock the pending changes that may be sent, and supersede those that may not any more."""
    pending = list(
        _under_lease(change_ids, lease, now)
        .filter(state=ChangeState.PENDING, **more)
        .select_for_update(of=("self",))
    )
    book = Rulebook.of({change.product.store.user_id for change in pending}, now=now)
    allowed = [change for change in pending if _is_allowed(change, book, now)]
    dropped = {change.pk for change in pending} - {change.pk for change in allowed}
    Change.rows.filter(pk__in=dropped).update(state=ChangeState.SUPERSEDED, settled_at=now)
    return allowed


def _is_allowed(change: Change, book: Rulebook, now: datetime) -> bool:
    product = change.product
    return (
        book.allows(product, change.price, at=now)
        and not product.is_paused
        and (product.paused_until is None or product.paused_until <= now)
        and product.store.may_push
        and change.decided_at > now - _STALE_AFTER
    )


def _worth_it(changes: Sequence[Change], now: datetime) -> list[Change]:
    """The largest moves of every store first, a few at a time, as far as its quota goes."""
    spent = _spent({change.product.store_id for change in changes}, now)
    most = max(_WAVE, min(settings.KASPI_BUNDLE_MOST, _BUNDLED_WAVE))
    taken: Counter[int] = Counter()
    wave = []
    for change in sorted(changes, key=_move, reverse=True):
        store_id = change.product.store_id
        if taken[store_id] == most:
            continue
        if may_push(old=change.old_price, new=change.price, spent=spent[store_id], now=now):
            wave.append(change)
            taken[store_id] += 1
            spent[store_id] = Spent(spent[store_id].changes + 1, now)
    return wave


def _move(change: Change) -> float:
    """The size of a move as a share of the price; an unknown price moves most."""
    if change.old_price is None:
        return float("inf")
    return float(abs(change.price.tiyn - change.old_price.tiyn) / max(change.old_price.tiyn, 1))


def _spent(store_ids: Iterable[int], now: datetime) -> dict[int, Spent]:
    counted: dict[int, Spent] = dict.fromkeys(store_ids, Spent(0, None))
    changes = Change.objects.across_users(reason="the quota of every store in the wave")
    rows = (
        changes.filter(product__store__in=counted)
        .filter(Q(sent_at__gt=now - WINDOW) | Q(state=ChangeState.SENDING))
        .values_list("product__store")
        .annotate(Count("id"), Max("sent_at"))
    )
    return counted | {store_id: Spent(number, last_at) for store_id, number, last_at in rows}


def _remember(orders: Sequence[ChangeOrder], report: PushReport, *, now: datetime) -> None:
    """Tell the limiter, where it lost its memory, when these stores' changes were sent."""
    refused = {
        outcome.change_id
        for outcome in report.outcomes
        if isinstance(outcome, Postponed) and outcome.code == QuotaUnknown.code
    }
    merchants = {
        order.ticket.store_id: order.ticket.merchant_id
        for order in orders
        if order.change_id in refused
    }
    for store_id, merchant_id in merchants.items():
        used_at = _used_at(store_id, now)
        runtime.run(
            lambda gateway, who=merchant_id, when=used_at: gateway.remember_changes(  # type: ignore[misc]  # bound per store
                who, used_at=when
            ),
            timeout_s=_REMEMBER_S,
        )


def _used_at(store_id: int, now: datetime) -> list[datetime]:
    changes = Change.objects.across_users(reason="the quota of a store in the wave")
    # One that is being sent may have been: it counts from when it was decided.
    sent = Coalesce("sent_at", "decided_at")
    rows = changes.filter(product__store=store_id).filter(
        Q(sent_at__gt=now - WINDOW) | Q(state=ChangeState.SENDING)
    )
    return list(rows.annotate(used_at=sent).values_list("used_at", flat=True))


def _under_lease(change_ids: Sequence[int], lease: str, now: datetime) -> "QuerySet[Change]":
    changes: QuerySet[Change] = (
        Change.objects.across_users(reason="a lease spans sellers")
        .filter(pk__in=change_ids, lease=lease, leased_until__gt=now)
        .select_related("product__store__session")
        .order_by("pk")
    )
    return changes


def _orders(changes: Iterable[Change]) -> list[ChangeOrder]:
    tickets: dict[int, SessionTicket] = {}
    orders = []
    for change in changes:
        product: Product = change.product
        ticket = tickets.setdefault(product.store_id, ticket_for(product.store))
        corridor = product.corridor
        if corridor is not None:
            city_id = product.store.city_id
            listing = Listing.from_json(change.listing) if change.listing else None
            orders.append(
                ChangeOrder(
                    change_id=change.pk,
                    ticket=ticket,
                    sku=product.sku,
                    city_id=city_id,
                    price=change.price,
                    corridor=corridor,
                    listing=listing,
                    job_id=change.job_id,
                    sent_at=change.sent_at,
                    is_doubtful=change.checks >= _DOUBTFUL_AFTER,
                )
            )
    return orders


def _give_back(change_ids: Sequence[int], lease: str, now: datetime) -> None:
    values: dict[str, Any] = {"lease": "", "leased_until": None, "next_step_at": now + _PAUSE}
    Change.objects.across_users(reason="a lease spans sellers").filter(
        pk__in=change_ids, lease=lease, state=ChangeState.PENDING
    ).update(**values)
