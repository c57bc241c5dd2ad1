"""What Kaspi said, written down: on the change, on the product, on the store.

Locks are taken in the order of ``verdicts.py``: products before changes, by rising id.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from cube_demper.kernel.rows import rewrite
from kaspi.models import Attention
from kaspi.services.sessions import call_attention, end_session, keep_renewed
from products.engine.model import ChangeOutcome, Postponed, PushReport, Refused, Shown, Unread
from products.engine.orders import PushOrder
from products.models import OPEN_CHANGE_STATES, Change, ChangeState, Market, Product
from products.services.lives import FOLLOWED, advance
from products.services.telling import tell_of_applied

_REST_AFTER_REFUSAL = timedelta(minutes=30)
_REST_AFTER_LOSS = timedelta(seconds=30)


def record_report(
    *, orders: Sequence[PushOrder], report: PushReport, now: datetime
) -> Counter[str]:
    """Write every outcome and return how many there were of each state."""
    with transaction.atomic():
        products, changes = _lock([order.change_id for order in orders])
        for outcome in report.outcomes:
            change = changes[outcome.change_id]
            _record(change, products[change.product_id], outcome, now)
        rewrite(Change.rows, changes.values(), FOLLOWED)
        rewrite(Product.rows, products.values(), ("price", "push_after", "missing_since"))
        tell_of_applied((one for one in changes.values() if one.settled_at == now), now=now)
    tell_stores(orders=orders, report=report, now=now)
    _look_soon(products.values(), changes.values(), now)
    return Counter(change.state.lower() for change in changes.values())


def _lock(change_ids: Sequence[int]) -> tuple[dict[int, Product], dict[int, Change]]:
    changes = Change.objects.across_users(reason="outcomes of a lease that spans sellers").filter(
        pk__in=change_ids
    )
    products = Product.rows.filter(pk__in=changes.values("product")).order_by("pk")
    locked_products = {product.pk: product for product in products.select_for_update()}
    rows = changes.select_for_update().order_by("pk")
    return locked_products, {change.pk: change for change in rows}


def _record(change: Change, product: Product, outcome: ChangeOutcome, now: datetime) -> None:
    if change.state not in OPEN_CHANGE_STATES:
        return  # another was decided while its listing was read, or its store was taken away
    advance(change, outcome, now=now)
    if isinstance(outcome, Shown) and outcome.is_settled and change.settled_at is not None:
        product.price = outcome.price
    match change.state:
        case ChangeState.APPLIED if not change.losses:
            product.push_after = None
        case ChangeState.LOST:
            product.push_after = now + _REST_AFTER_LOSS
        case ChangeState.APPLIED | ChangeState.OVERDUE | ChangeState.REFUSED:
            product.push_after = now + _REST_AFTER_REFUSAL
    if isinstance(outcome, Refused) and outcome.code == "listing-missing":
        product.missing_since = now


def tell_stores(*, orders: Sequence[PushOrder], report: PushReport, now: datetime) -> None:
    """Write down what a trip told of the stores themselves: their sessions, bans and walls."""
    tickets = {order.change_id: order.ticket for order in orders}
    told: set[tuple[int, str]] = set()
    for outcome in report.outcomes:
        if not isinstance(outcome, Postponed | Unread):
            continue
        ticket = tickets[outcome.change_id]
        if (ticket.store_id, outcome.code) in told:
            continue
        told.add((ticket.store_id, outcome.code))
        if outcome.code == "session-dead":
            end_session(ticket=ticket, now=now)
        elif outcome.code in {Attention.PUSHES_BANNED, Attention.WALLED_OFF}:
            call_attention(
                store_id=ticket.store_id,
                attention=Attention(outcome.code),
                now=now,
                wait_s=outcome.wait_s,
            )
    keep_renewed(list(tickets.values()), renewed=report.renewed, now=now)


def _look_soon(products: Iterable[Product], changes: Iterable[Change], now: datetime) -> None:
    """Look at once where a change has ended and the price in force is not the wanted one."""
    ended = {change.product_id for change in changes if change.settled_at is not None}
    behind = [
        product.market_id
        for product in products
        if product.pk in ended
        and product.price != product.wanted_price
        and product.market_id is not None
    ]
    if behind:
        Market.objects.filter(pk__in=behind, next_look_at__gt=now).update(next_look_at=now)
