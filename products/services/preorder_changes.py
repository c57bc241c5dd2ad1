"""Preorder days on their way to Kaspi: the way of a price, without a decision or a corridor.

They wait in their store's line, take one of its changes each, and are never under way together with
a price of the same listing: a statement made of a listing that is about to change would undo that.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Min, QuerySet

from cube_demper.kernel.rows import rewrite
from kaspi.models import Store
from kaspi.ports import Listing, SessionTicket
from kaspi.services.sessions import ticket_for
from products.engine.model import PushReport, Ready
from products.engine.orders import PreorderOrder
from products.models import UNDER_WAY, Change, ChangeState, PreorderChange, Product
from products.pricing.worth import QUOTA, WINDOW
from products.services.brakes import brake_is_on
from products.services.deadlines import LEASE_S
from products.services.lines import join_lines
from products.services.lives import FOLLOWED, advance
from products.services.outcomes import tell_stores
from products.services.quota import hold_store, not_beside, spent_by
from products.services.trips import read_and_send, read_back, remember_changes, state_again
from products.signals import preorder_change_settled

logger = structlog.get_logger("products.preorders")
_OPEN = (ChangeState.PENDING, *UNDER_WAY)
_WAVE = 3
_PAUSE = timedelta(seconds=1)  # where a price of the same listing is under way
_MOST = QUOTA - 10  # as a person's own price: what is left is for prices below their floor
_MOST_OF_THEM = QUOTA // 4  # however many a seller starts at once: prices need the rest
_DOUBTFUL_AFTER = 3


def order_preorders(
    *, product: Product, days: Mapping[str, int], now: datetime
) -> PreorderChange | None:
    """Have a listing's points get these preorder days; 0 ends one. ``product`` is locked.

    What was not sent yet is amended, or dropped where nothing is left of it. While something is
    under way nothing is ordered: ``preorder_change_settled`` says when to come again. Returns what
    is open.
    """
    change: PreorderChange | None = (
        PreorderChange.rows.select_for_update().filter(product=product, state__in=_OPEN).first()
    )
    if change is not None and change.state != ChangeState.PENDING:
        return change
    if not days:
        if change is not None:
            change.state, change.settled_at = ChangeState.SUPERSEDED, now
            change.save(update_fields=("state", "settled_at"))
        return None
    if change is None:
        change = PreorderChange(
            store_id=product.store_id, product=product, decided_at=now, next_step_at=now
        )
    if change.days != days:
        change.days = dict(days)
        change.save()
    join_lines([product.store_id], now=now)
    return change


def drop_preorders(changes: "QuerySet[PreorderChange]", *, failure: str, now: datetime) -> None:
    """Give up those of these that nobody can see through any more. Runs in a transaction."""
    for change in changes.select_for_update(of=("self",)).filter(state__in=_OPEN).order_by("pk"):
        change.state, change.failure, change.settled_at = ChangeState.SUPERSEDED, failure, now
        change.save(update_fields=("state", "failure", "settled_at"))
        preorder_change_settled.send(PreorderChange, change=change, now=now)


def push_preorders(*, store_id: int, lease: str, clock: Callable[[], datetime]) -> int:
    """Send some of the preorder days that wait in a store's line; return how many were tried."""
    orders = claim_preorders(store_id, lease=lease, now=clock())
    if orders:
        report = read_and_send(
            orders,
            begin=lambda ready: begin_preorders(ready, store_id=store_id, lease=lease, now=clock()),
            clock=clock,
        )
        counts = record_preorders(orders, report, now=clock())
        remember_changes(orders, report, now=clock())
        logger.info("products.preorders.pushed", **counts)
    return len(orders)


def settle_preorders(
    *, change_ids: Sequence[int], lease: str, clock: Callable[[], datetime]
) -> None:
    """Read what became of those that are still under this lease."""
    rows = _under_lease(change_ids, lease, clock()).filter(state__in=UNDER_WAY)
    orders = _orders_of(rows.select_related("product__store__session").order_by("pk"))
    if not orders:
        return
    report = read_back(orders)
    now = clock()
    counts = record_preorders(orders, report, now=now)
    logger.info("products.preorders.settled", **counts)
    begun = PreorderChange.rows.filter(pk__in=change_ids, mended_at=now)
    state_again(orders, report, begun=set(begun.values_list("pk", flat=True)))


def next_preorder_at(store_id: int, *, now: datetime) -> datetime | None:
    """When the next of a store's preorder days should be tried; ``None`` while none wait."""
    waiting = _waiting(store_id)
    at: datetime | None = waiting.aggregate(at=Min("next_step_at"))["at"]
    if at is None or at > now:
        return at
    return now + _PAUSE if _room(store_id, now) else now + WINDOW / _MOST_OF_THEM


def claim_preorders(store_id: int, *, lease: str, now: datetime) -> list[PreorderOrder]:
    room = 0 if brake_is_on() else _room(store_id, now)
    most = min(room, max(_WAVE, settings.KASPI_BUNDLE_MOST))
    with transaction.atomic():
        due = not_beside(_waiting(store_id), Change).filter(next_step_at__lte=now)
        taken = due.select_for_update(skip_locked=True, of=("self",)).order_by("next_step_at", "pk")
        rows = _pushable(taken[: max(most, 0)])
        PreorderChange.rows.filter(pk__in=[row.pk for row in rows]).update(
            lease=lease, leased_until=now + timedelta(seconds=LEASE_S)
        )
    return _orders_of(rows)


def _room(store_id: int, now: datetime) -> int:
    theirs = PreorderChange.rows.filter(store=store_id, sent_at__gt=now - WINDOW).count()
    return min(_MOST - len(spent_by(store_id, now).sent_at), _MOST_OF_THEM - theirs)


def begin_preorders(
    ready: Sequence[Ready], *, store_id: int, lease: str, now: datetime
) -> list[PreorderOrder]:
    """Mark those that may go as being sent, each with the listing it states."""
    listings = {one.change_id: one.listing for one in ready}
    if not listings or brake_is_on():
        return []
    with transaction.atomic():
        hold_store(store_id)
        waiting = _under_lease(list(listings), lease, now).filter(state=ChangeState.PENDING)
        rows = _pushable(not_beside(waiting, Change).select_for_update(of=("self",)))
        for row in rows:
            row.state = ChangeState.SENDING
            row.listing = listings[row.pk].to_json()
        PreorderChange.rows.bulk_update(rows, ("state", "listing"))
    return _orders_of(rows)


def record_preorders(
    orders: Sequence[PreorderOrder], report: PushReport, *, now: datetime
) -> Counter[str]:
    ids = [order.change_id for order in orders]
    with transaction.atomic():
        # Products before changes, by rising id, as every other writer takes them.
        own = PreorderChange.rows.filter(pk__in=ids).values("product")
        products = Product.rows.filter(pk__in=own).order_by("pk")
        by_id = {product.pk: product for product in products.select_for_update()}
        rows = PreorderChange.rows.select_for_update().filter(pk__in=ids).order_by("pk")
        changes = {change.pk: change for change in rows}
        for outcome in report.outcomes:
            if changes[outcome.change_id].state in _OPEN:
                advance(changes[outcome.change_id], outcome, now=now)
        rewrite(PreorderChange.rows, changes.values(), FOLLOWED)
        settled = [change for change in changes.values() if change.settled_at == now]
        for change in settled:
            if change.state == ChangeState.APPLIED:
                _keep_days(by_id[change.product_id], change.days)
            preorder_change_settled.send(PreorderChange, change=change, now=now)
        # Prices of these listings waited for this.
        join_lines({change.store_id for change in settled}, now=now)
    tell_stores(orders=orders, report=report, now=now)
    return Counter(change.state.lower() for change in changes.values())


def _keep_days(product: Product, days: Mapping[str, int]) -> None:
    """Write down what Kaspi shows now, until the catalogue is read again."""
    for point in product.points:
        if point["id"] in days:
            point.pop("preorder", None)
            if days[point["id"]]:
                point["preorder"] = days[point["id"]]
    its_rows = Product.rows.filter(store=product.store_id, sku=product.sku)
    its_rows.update(points=product.points)


def _waiting(store_id: int) -> "QuerySet[PreorderChange]":
    changes: QuerySet[PreorderChange] = PreorderChange.objects.across_users(
        reason="a store's line is served"
    )
    return changes.filter(store=store_id, state=ChangeState.PENDING)


def _under_lease(ids: Sequence[int], lease: str, now: datetime) -> "QuerySet[PreorderChange]":
    changes: QuerySet[PreorderChange] = PreorderChange.objects.across_users(
        reason="a lease spans sellers"
    )
    return changes.filter(pk__in=ids, lease=lease, leased_until__gt=now)


def _pushable(rows: "QuerySet[PreorderChange]") -> list[PreorderChange]:
    loaded = rows.select_related("product__store__session")
    return [row for row in loaded if row.product.store.may_push]


def _orders_of(rows: Iterable[PreorderChange]) -> list[PreorderOrder]:
    tickets: dict[int, SessionTicket] = {}
    orders = []
    for row in rows:
        store: Store = row.product.store
        orders.append(
            PreorderOrder(
                change_id=row.pk,
                ticket=tickets.setdefault(store.pk, ticket_for(store)),
                sku=row.product.sku,
                days=row.days,
                listing=Listing.from_json(row.listing) if row.listing else None,
                job_id=row.job_id,
                sent_at=row.sent_at,
                is_doubtful=row.checks >= _DOUBTFUL_AFTER,
            )
        )
    return orders
