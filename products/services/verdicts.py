"""From verdicts to rows: what was decided, and which decisions are worth a change.

A decision is recorded when it differs from the one before, or leads to a change. A change is made
when the wanted price is not the one in force and nothing of the product is on its way; a pending
change that is overtaken before it was sent makes room for the new one. Where prices go by price
list, the change is published right here (``published.py``).

Locks are taken in one order everywhere: markets, products, changes; each by rising id.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cube_demper.kernel.rows import rewrite
from products.engine.model import Verdict
from products.models import OPEN_CHANGE_STATES, Change, ChangeState, DecisionRecord, Product
from products.pricing.explain import Language, explain
from products.pricing.gate import legal
from products.pricing.model import Decision, Rest
from products.pricing.modes import Mode
from products.pricing.record import pack
from products.pricing.worth import learned_hold
from products.services.brakes import brake_is_on
from products.services.holds import hold, move_anchor, within_radius
from products.services.memories import kept, note_war
from products.services.outside import is_left_alone, known_prices, see_price
from products.services.published import (
    Stated,
    publish,
    settle_shown,
    stated_prices,
    wants_statement,
)
from products.services.telling import Ear, tell_of_proposals

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
        and products[verdict.product_id].corridor == verdict.product.corridor
        and products[verdict.product_id].rules == verdict.product.sheet
    ]
    open_changes = _open_changes(products)
    settle_shown(open_changes, valid, now=now)
    fresh = _freshly_settled(products, now)
    stated = stated_prices(products)
    known = known_prices(valid, products, now=now)
    is_braked = brake_is_on()
    moved: set[int] = set()
    touched: list[Product] = []
    records: list[DecisionRecord] = []
    changes: list[Change] = []
    live: dict[int, Verdict] = {}
    ear = Ear()
    for verdict in valid:
        product = products[verdict.product_id]
        open_change = open_changes.get(product.pk)
        is_waiting = open_change is None or open_change.state == ChangeState.PROPOSED
        is_quiet = is_waiting and product.pk not in fresh
        before = _columns(product)
        if verdict.shown is not None and (is_quiet or product.pk in stated):
            see_price(product, verdict.shown, known, now=now)
        is_idle = is_braked or _is_idle(product, verdict, now)
        is_new = _has_moved(product, verdict)
        wants_change = not is_idle and _wants_change(
            product, verdict, open_change, stated.get(product.pk), now
        )
        if is_new:
            moved.add(product.pk)
        if is_new or wants_change:
            records.append(_record(product, verdict, now))
        if wants_change:
            open_change = _change(product, verdict, records[-1], open_change, now)
            changes.append(open_change)
        if not is_idle:
            live[product.pk] = verdict
            move_anchor(product, verdict, open_change)
        _apply(product, verdict, now, is_new=is_new)
        if _columns(product) != before:
            touched.append(product)
            ear.hear(product, was=dict(zip(_COLUMNS, before, strict=True)))
    _supersede(open_changes.values(), live, now)
    DecisionRecord.rows.bulk_create(records)
    to_send, published = _write(changes, stated, now)
    rewrite(Product.rows, touched, _COLUMNS)
    ear.tell(now=now)
    decided = [verdict.product_id for verdict in valid]
    Product.rows.filter(pk__in=decided).update(decided_at=now)
    return Recorded(frozenset(moved), to_send, published)


def _is_idle(product: Product, verdict: Verdict, now: datetime) -> bool:
    is_in_shadow = verdict.product.mode is Mode.SHADOW
    return is_in_shadow or is_left_alone(product, verdict, now=now)


def _write(
    changes: Sequence[Change], stated: Mapping[int, Stated], now: datetime
) -> tuple[list[int], int]:
    """Write the changes that may be made: the ids of those to be sent, and how many are stated."""
    changes = within_radius(changes, now=now)
    to_go = [change for change in changes if not change.hold]
    published = [change for change in to_go if change.product_id in stated]
    if published:
        publish(published, now=now)
    Change.rows.bulk_create(changes)
    tell_of_proposals(changes, now=now)
    to_send = [change.pk for change in to_go if change.product_id not in stated]
    return to_send, len(published)


_COLUMNS = (
    *("price", "wanted_price", "wanted_since", "hold_s", "anchor"),
    *("reason", "explanation", "position", "memory", "at_war_since", "war_rival"),
    "outside_at",
)


_NOT_NEEDED = ("title", "search", "city_prices", "points", "listed_at", "applied_before")


def _columns(product: Product) -> list[object]:
    return [getattr(product, name) for name in _COLUMNS]


def _locked_products(product_ids: Iterable[int]) -> dict[int, Product]:
    rows = Product.objects.across_users(reason="one look decides for every seller on a card")
    return {
        product.pk: product
        for product in rows.select_for_update()
        .filter(pk__in=list(product_ids))
        .defer(*_NOT_NEEDED)
        .order_by("pk")
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
    said = product.explanation.get(Language.EN)
    return (product.wanted_price, product.reason, said) != (
        verdict.price,
        verdict.decision.reason,
        explain(verdict.decision, Language.EN),
    )


def _wants_change(
    product: Product,
    verdict: Verdict,
    open_change: Change | None,
    stated: Stated | None,
    now: datetime,
) -> bool:
    price = verdict.price
    if price is None:
        return False
    if stated is not None:
        return wants_statement(
            product, stated=stated, price=price, open_change=open_change, now=now
        )
    if price == product.price or (product.push_after is not None and product.push_after > now):
        return False
    if open_change is None:
        return True
    is_unsent = open_change.state in {ChangeState.PENDING, ChangeState.PROPOSED}
    return is_unsent and open_change.price != price


def _supersede(open_changes: Iterable[Change], verdicts: dict[int, Verdict], now: datetime) -> None:
    overtaken = [
        change.pk
        for change in open_changes
        if change.state in {ChangeState.PROPOSED, ChangeState.PENDING, ChangeState.PUBLISHED}
        and change.product_id in verdicts
        and change.price != verdicts[change.product_id].price
    ]
    Change.rows.filter(pk__in=overtaken).update(state=ChangeState.SUPERSEDED, settled_at=now)


def _record(product: Product, verdict: Verdict, now: datetime) -> DecisionRecord:
    decision = verdict.decision
    rival = decision.rival if isinstance(decision, Decision) else None
    return DecisionRecord(
        product=product,
        decided_at=now,
        price_in_force=product.price,
        wanted_price=verdict.price,
        reason=decision.reason,
        explanation=_explained(decision),
        situation=pack(verdict.situation),
        rival_price=rival.price if rival else None,
        rival_name=rival.name[:200] if rival else "",
        position=decision.position if isinstance(decision, Decision) else None,
    )


def _explained(decision: Decision | Rest) -> dict[str, str]:
    return {language.value: explain(decision, language) for language in Language}


def _change(
    product: Product,
    verdict: Verdict,
    record: DecisionRecord,
    overtaken: Change | None,
    now: datetime,
) -> Change:
    bounds = legal(verdict.situation.rules, verdict.situation.at)
    is_edited = product.edited_at is not None and (
        product.decided_at is None or product.decided_at <= product.edited_at
    )
    change = Change(
        store_id=product.store_id,
        product=product,
        decision=record,
        old_price=product.price,
        price=verdict.price,
        floor=bounds.floor,
        ceiling=bounds.ceiling,
        decided_at=now,
        # One that takes another's place in the line has its age, and whoever waits for it.
        waiting_since=now if overtaken is None else overtaken.waiting_since,
        is_own=is_edited or (overtaken is not None and overtaken.is_own),
        next_step_at=now,
    )
    hold(change, product, verdict)
    return change


def _apply(product: Product, verdict: Verdict, now: datetime, *, is_new: bool) -> None:
    decision = verdict.decision
    if product.wanted_price != verdict.price:
        if product.wanted_since is not None:
            held_s = (now - product.wanted_since).total_seconds()
            product.hold_s = learned_hold(product.hold_s, held_s=held_s)
        product.wanted_since = now
    product.wanted_price = verdict.price
    product.reason = decision.reason
    if is_new:
        product.explanation = _explained(decision)
    product.position = decision.position if isinstance(decision, Decision) else None
    product.memory = kept(verdict.memory)
    note_war(product, verdict.product.war)
