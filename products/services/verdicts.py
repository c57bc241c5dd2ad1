"""From verdicts to rows: what was decided, and which decisions are worth a change.

A decision is recorded when it differs from the one before, or leads to a change. A change is made
when the wanted price is not the one in force and nothing of the product is on its way; a pending
change that is overtaken before it was sent makes room for the new one. Where prices go by price
list, the change is published right here (``published.py``).

Locks are taken in one order everywhere: markets, products, changes; each by rising id.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from products.engine.model import Verdict
from products.models import OPEN_CHANGE_STATES, Change, ChangeState, DecisionRecord, Product
from products.services.published import (
    Stated,
    publish,
    settle_shown,
    stated_prices,
    wants_statement,
)

# The storefront follows the catalogue with a delay: right after a change of ours, what buyers see
# may still be the price before it.
_STOREFRONT_LAG = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Recorded:
    """``moved`` are the products whose decision changed; ``change_ids`` the changes to be sent.

    ``published`` counts those that stand in a price list already.
    """

    moved: frozenset[int]
    change_ids: list[int]
    published: int = 0


def record_verdicts(verdicts: Sequence[Verdict], *, now: datetime) -> Recorded:
    """Write decisions and pending changes. Runs inside the caller's transaction."""
    products = _locked_products(verdict.product_id for verdict in verdicts)
    # A seller may have changed or withdrawn the corridor since the watch was loaded.
    valid = [
        verdict
        for verdict in verdicts
        if verdict.product_id in products
        and products[verdict.product_id].corridor == verdict.corridor
    ]
    open_changes = _open_changes(products)
    settle_shown(open_changes, valid, now=now)
    fresh = _freshly_settled(products, now)
    stated = stated_prices(products)
    moved: set[int] = set()
    records: list[DecisionRecord] = []
    changes: list[Change] = []
    for verdict in valid:
        product = products[verdict.product_id]
        open_change = open_changes.get(product.pk)
        is_quiet = open_change is None and product.pk not in fresh
        if verdict.shown is not None and (is_quiet or product.pk in stated):
            product.price = verdict.shown  # somebody changed it outside: the page is the truth
        is_new = _has_moved(product, verdict)
        wants_change = _wants_change(product, verdict, open_change, stated.get(product.pk), now)
        if is_new:
            moved.add(product.pk)
        if is_new or wants_change:
            records.append(_record(product, verdict, now))
        if wants_change:
            changes.append(_change(product, verdict, records[-1], now))
        _apply(product, verdict, now)
    _supersede(open_changes.values(), {verdict.product_id: verdict for verdict in valid}, now)
    DecisionRecord.rows.bulk_create(records)
    published = [change for change in changes if change.product_id in stated]
    if published:
        publish(published, now=now)
    Change.rows.bulk_create(changes)
    Product.rows.bulk_update(
        products.values(),
        ("price", "wanted_price", "reason", "explanation", "position", "decided_at"),
    )
    to_send = [change.pk for change in changes if change.product_id not in stated]
    return Recorded(frozenset(moved), to_send, len(published))


def _locked_products(product_ids: Iterable[int]) -> dict[int, Product]:
    rows = Product.objects.across_users(reason="one look decides for every seller on a card")
    return {
        product.pk: product
        for product in rows.select_for_update().filter(pk__in=list(product_ids)).order_by("pk")
    }


def _open_changes(product_ids: Iterable[int]) -> dict[int, Change]:
    changes = Change.objects.across_users(reason="the same look")
    return {
        change.product_id: change
        for change in changes.select_for_update(of=("self",))
        .filter(product__in=list(product_ids), state__in=OPEN_CHANGE_STATES)
        .order_by("pk")
    }


def _freshly_settled(product_ids: Iterable[int], now: datetime) -> set[int]:
    changes = Change.objects.across_users(reason="the same look")
    return set(
        changes.filter(
            product__in=list(product_ids), settled_at__gt=now - _STOREFRONT_LAG
        ).values_list("product_id", flat=True)
    )


def _has_moved(product: Product, verdict: Verdict) -> bool:
    decision = verdict.decision
    return (product.wanted_price, product.reason, product.explanation) != (
        decision.price,
        decision.reason,
        verdict.explanation,
    )


def _wants_change(
    product: Product,
    verdict: Verdict,
    open_change: Change | None,
    stated: Stated | None,
    now: datetime,
) -> bool:
    price = verdict.decision.price
    if stated is not None:
        return wants_statement(
            product, stated=stated, price=price, open_change=open_change, now=now
        )
    if price == product.price or (product.push_after is not None and product.push_after > now):
        return False
    if open_change is None:
        return True
    return open_change.state == ChangeState.PENDING and open_change.price != price


def _supersede(open_changes: Iterable[Change], verdicts: dict[int, Verdict], now: datetime) -> None:
    overtaken = [
        change.pk
        for change in open_changes
        if change.state in {ChangeState.PENDING, ChangeState.PUBLISHED}
        and change.product_id in verdicts
        and change.price != verdicts[change.product_id].decision.price
    ]
    Change.rows.filter(pk__in=overtaken).update(state=ChangeState.SUPERSEDED, settled_at=now)


def _record(product: Product, verdict: Verdict, now: datetime) -> DecisionRecord:
    decision = verdict.decision
    return DecisionRecord(
        product=product,
        decided_at=now,
        price_in_force=product.price,
        wanted_price=decision.price,
        reason=decision.reason,
        explanation=verdict.explanation,
        rival_price=decision.rival.price if decision.rival else None,
        rival_name=decision.rival.name[:200] if decision.rival else "",
        position=decision.position,
    )


def _change(product: Product, verdict: Verdict, record: DecisionRecord, now: datetime) -> Change:
    return Change(
        product=product,
        decision=record,
        old_price=product.price,
        price=verdict.decision.price,
        floor=verdict.corridor.floor,
        ceiling=verdict.corridor.ceiling,
        decided_at=now,
        next_step_at=now,
    )


def _apply(product: Product, verdict: Verdict, now: datetime) -> None:
    product.wanted_price = verdict.decision.price
    product.reason = verdict.decision.reason
    product.explanation = verdict.explanation
    product.position = verdict.decision.position
    product.decided_at = now
