"""Which of a store's changes go next: chosen together, locked, asked once more, then marked.

What waits is ranked by ``pricing/worth.py``, all of a store's at once, each time anew: a price that
was overtaken while it waited is not there any more.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Min, QuerySet

from kaspi.ports import Listing, SessionTicket
from kaspi.services.sessions import ticket_for
from products.engine.model import Ready
from products.engine.orders import ChangeOrder
from products.models import Change, ChangeState, PreorderChange, Product
from products.pricing.model import Reason
from products.pricing.worth import SPENT_FREELY, Waiting, choose
from products.services.brakes import brake_is_on
from products.services.cities import cities_apart
from products.services.deadlines import LEASE_S
from products.services.quota import hold_store, not_beside, spent_by
from products.services.rulebook import Rulebook
from products.services.sales import sales_a_day

_WAVE = 3  # changes of one store sent one by one: what a crash leaves to be read back …
_BUNDLED_WAVE = 20  # … and those that go in one bundle
_DOUBTFUL_AFTER = 3  # readings that did not show it: some ten seconds
_PAUSE = timedelta(seconds=1)  # where all that was chosen is locked, or was overtaken
_STALE_AFTER = timedelta(minutes=5)  # no look has confirmed it for so long: to be decided anew


@dataclass(frozen=True, slots=True)
class Wave:
    """What goes now, and when the store's line is to be served again; None when nobody waits."""

    orders: Sequence[ChangeOrder]
    next_at: datetime | None


def claim_wave(*, store_id: int, lease: str, now: datetime) -> Wave:
    """Choose what a store sends next, and put it under the lease of its line.

    A change that is stale, or that its seller would no longer allow, is superseded instead; one
    that is not worth a change of the store's quota yet waits.
    """
    most = max(_WAVE, min(settings.KASPI_BUNDLE_MOST, _BUNDLED_WAVE))
    waiting = _pending(store_id).filter(next_step_at__lte=now).exclude(leased_until__gt=now)
    spent = spent_by(store_id, now)
    # What sells matters where not everything can go.
    is_short = len(spent.sent_at) + most > SPENT_FREELY
    sales = sales_a_day(store_id, now=now) if is_short else None
    chosen = choose(_as_waiting(waiting, sales=sales), spent=spent, most=most, now=now)
    changes = _with_other_cities(waiting, chosen.change_ids)
    with transaction.atomic():
        # One that is locked is being decided about right now, and joins the line anew.
        allowed = _allowed(changes.select_for_update(of=("self",), skip_locked=True), now)
        Change.rows.filter(pk__in=[change.pk for change in allowed]).update(
            lease=lease, leased_until=now + timedelta(seconds=LEASE_S)
        )
    if allowed:
        return Wave(orders_of(allowed), chosen.next_at)
    later = _postponed_until(store_id, now)
    next_at = now + _PAUSE if chosen.change_ids else chosen.next_at
    return Wave([], min((at for at in (next_at, later) if at is not None), default=None))


def _with_other_cities(
    waiting: "QuerySet[Change]", change_ids: Collection[int]
) -> QuerySet[Change]:
    """These changes and what waits for other cities of their listings: one push says it all."""
    chosen = Change.rows.filter(pk__in=change_ids)
    return waiting.filter(product__sku__in=chosen.values("product__sku"))


def claim_change(*, change_id: int, lease: str, now: datetime) -> list[ChangeOrder]:
    """Take one change that is under this lease, as ``claim_wave`` would if nobody else waited."""
    with transaction.atomic():
        changes = under_lease([change_id], lease, now).filter(next_step_at__lte=now)
        allowed = _allowed(changes.select_for_update(of=("self",)), now)
    chosen = [
        change
        for change in allowed
        if choose(
            _as_waiting(Change.rows.filter(pk=change.pk)),
            spent=spent_by(change.store_id, now),
            most=1,
            now=now,
        ).change_ids
    ]
    return orders_of(chosen)


def begin_sending(
    ready: Sequence[Ready], *, store_id: int, lease: str, now: datetime
) -> list[ChangeOrder]:
    """Mark a store's changes as being sent, each with the listing it states; return what may go.

    Between the reading and this, a seller may have paused, and the lease may have ended.
    """
    if not ready:
        return []
    listings = {one.change_id: one.listing for one in ready}
    with transaction.atomic():
        hold_store(store_id)
        changes = _allowed(
            under_lease(list(listings), lease, now).select_for_update(of=("self",)), now
        )
        for change in changes:
            change.state = ChangeState.SENDING
            change.listing = listings[change.pk].to_json()
        Change.rows.bulk_update(changes, ("state", "listing"))
    return orders_of(changes)


def under_lease(change_ids: Sequence[int], lease: str, now: datetime) -> "QuerySet[Change]":
    """Those of the changes that are lent to whoever holds this lease."""
    changes: QuerySet[Change] = Change.objects.across_users(reason="a lease spans sellers")
    return changes.filter(pk__in=change_ids, lease=lease, leased_until__gt=now)


def _allowed(changes: "QuerySet[Change]", now: datetime) -> list[Change]:
    """The pending ones of these that may be sent; those that may not any more are superseded."""
    if brake_is_on():
        return []
    pending = list(
        not_beside(changes.filter(state=ChangeState.PENDING), PreorderChange)
        .select_related("product__store__session", "product__listing", "decision")
        .order_by("pk")
    )
    book = Rulebook.of({change.product.store.user_id for change in pending}, now=now)
    allowed = [change for change in pending if _is_allowed(change, book, now)]
    dropped = {change.pk for change in pending} - {change.pk for change in allowed}
    Change.rows.filter(pk__in=dropped).update(state=ChangeState.SUPERSEDED, settled_at=now)
    return allowed


def _is_allowed(change: Change, book: Rulebook, now: datetime) -> bool:
    product = change.product
    confirmed_at = change.decided_at
    if product.wanted_price == change.price and product.decided_at is not None:
        confirmed_at = max(confirmed_at, product.decided_at)
    return (
        book.allows(product, change.price, at=now)
        and not product.is_paused
        and (product.paused_until is None or product.paused_until <= now)
        and product.store.may_push
        and (change.decision.reason == Reason.UNDONE or confirmed_at > now - _STALE_AFTER)
    )


_OF_WAITING = (
    *("pk", "product__price", "price", "floor", "decision__rival_price", "waiting_since"),
    *("decided_at", "product__hold_s", "product__sku", "product__is_priority", "is_own"),
)


def _as_waiting(
    changes: "QuerySet[Change]", *, sales: Mapping[str, float] | None = None
) -> list[Waiting]:
    rows = changes.values_list(*_OF_WAITING)
    return [
        Waiting(
            change_id=pk,
            old=old,
            new=new,
            floor=floor,
            rival=rival,
            since=since,
            steady_since=steady_since,
            hold_s=hold_s,
            sales_a_day=None if sales is None else sales[sku],
            is_priority=first,
            is_own=is_own,
        )
        for pk, old, new, floor, rival, since, steady_since, hold_s, sku, first, is_own in rows
    ]


def _pending(store_id: int) -> "QuerySet[Change]":
    changes: QuerySet[Change] = Change.objects.across_users(reason="a store's line is served")
    pending = changes.filter(store=store_id, state=ChangeState.PENDING)
    return not_beside(pending, PreorderChange)


def _postponed_until(store_id: int, now: datetime) -> datetime | None:
    """When a change that met trouble is to be tried again."""
    later = _pending(store_id).filter(next_step_at__gt=now)
    found: datetime | None = later.aggregate(at=Min("next_step_at"))["at"]
    return found


def orders_of(changes: Iterable[Change]) -> list[ChangeOrder]:
    """What crosses to the loop, each with its own store's session."""
    changes = list(changes)
    apart = cities_apart([change.product_id for change in changes])
    tickets: dict[int, SessionTicket] = {}
    orders = []
    for change in changes:
        product: Product = change.product
        corridor = product.corridor
        if corridor is None:
            continue
        ticket = tickets.setdefault(product.store_id, ticket_for(product.store))
        orders.append(
            ChangeOrder(
                change_id=change.pk,
                ticket=ticket,
                sku=product.sku,
                city_id=product.priced_city_id,
                price=change.price,
                corridor=corridor,
                is_city=product.listing_id is not None,
                apart=apart[product.pk],
                listing=Listing.from_json(change.listing) if change.listing else None,
                job_id=change.job_id,
                sent_at=change.sent_at,
                is_doubtful=change.checks >= _DOUBTFUL_AFTER,
            )
        )
    return orders
