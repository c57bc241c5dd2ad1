"""A product's prices over time: ours, the cheapest rival's, and the bounds between them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from accounts.models import User
from cube_demper.kernel.money import Money
from products.chart import Point, thinned
from products.models import Change, ChangeState, DecisionRecord, Product
from products.pricing.gate import Legal, legal
from products.pricing.record import unpack
from products.pricing.rules import Rules
from products.selectors import product_of
from products.services.tape import cheapest_of
from products.services.watches import own_shops

MOST_DAYS = 90
_COLUMNS = 240  # what a small screen shows; four points of each are kept at most


@dataclass(frozen=True, slots=True)
class Chart:
    """Prices as steps: each holds until the next, ``None`` where there was none."""

    since: datetime
    until: datetime
    ours: Sequence[Point]
    rival: Sequence[Point]
    floor: Sequence[Point]
    ceiling: Sequence[Point]


def chart_of(*, user: User, product_id: int, days: int, now: datetime) -> Chart:
    """Some days of a seller's product, thinned for plotting. Raises ProductMissing.

    The rival is the cheapest offer of any shop that is not the seller's, as far back as the tape
    goes; the bounds are those that the recorded decisions were made in.
    """
    product = product_of(user, product_id=product_id)
    since = now - timedelta(days=days)
    records = _decided(product, since)
    bounds = _bounds(records)
    return Chart(
        since,
        now,
        ours=_thin([*_in_force(records), *_applied(product, since)], since, now),
        rival=_thin(_rivals(product, user, since), since, now),
        floor=_thin([(at, found.floor) for at, found in bounds], since, now),
        ceiling=_thin([(at, found.ceiling) for at, found in bounds], since, now),
    )


def _thin(points: Iterable[Point], since: datetime, until: datetime) -> list[Point]:
    """In their order, from ``since`` on; what came before says only how it then was."""
    ordered = sorted(points, key=lambda point: point[0])
    before = [point for point in ordered if point[0] <= since]
    begun = [(since, before[-1][1])] if before else []
    return thinned([*begun, *ordered[len(before) :]], until=until, columns=_COLUMNS)


_Row = tuple[datetime, Money | None, dict[str, Any] | None]


def _decided(product: Product, since: datetime) -> list[_Row]:
    """What was decided since, and once before: when, at which price in force, by which rules."""
    rows = DecisionRecord.rows.filter(product=product).values_list(
        "decided_at", "price_in_force", "situation__rules"
    )
    before = rows.filter(decided_at__lte=since).order_by("-pk")[:1]
    return [*before, *rows.filter(decided_at__gt=since).order_by("pk")]


def _in_force(records: Iterable[_Row]) -> list[Point]:
    return [(at, price) for at, price, _ in records if price is not None]


def _applied(product: Product, since: datetime) -> list[Point]:
    applied = Change.rows.filter(
        product=product, state=ChangeState.APPLIED, settled_at__isnull=False
    )
    rows = applied.values_list("settled_at", "price")
    before = rows.filter(settled_at__lte=since).order_by("-settled_at")[:1]
    return [(at, price) for at, price in [*before, *rows.filter(settled_at__gt=since)] if at]


def _bounds(records: Iterable[_Row]) -> list[tuple[datetime, Legal]]:
    known: dict[bytes, Rules] = {}  # most decisions are made by the same rules
    found = []
    for at, _, packed in records:
        if packed is None:
            continue  # by hand: no rules led to it
        key = orjson.dumps(packed)
        rules = known.get(key) or known.setdefault(key, unpack(Rules, packed))
        found.append((at, legal(rules, at)))
    return found


def _rivals(product: Product, user: User, since: datetime) -> list[Point]:
    if product.market_id is None:
        return []
    ours = {product.store.merchant_id, *own_shops([user.pk])[user.pk]}
    return cheapest_of(product.market_id, besides=ours, since=since)
