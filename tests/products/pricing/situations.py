"""Situations by hand and by chance."""

import os
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from cube_demper.kernel.money import Money
from products.pricing.decide import Situation, decide
from products.pricing.hours import Hours, Span
from products.pricing.model import Corridor, Decision, Delivery, Memory, Percent, Rival
from products.pricing.rules import (
    Alone,
    AtFloor,
    Climb,
    Ending,
    Pace,
    Reach,
    Rise,
    RivalFilter,
    Rules,
    Strategy,
    Truce,
    WarPolicy,
)

# How many cases a law sees: a sample here, and many of them with `make laws`.
LAWS = settings(max_examples=int(os.environ.get("LAWS", "100")), deadline=None)

OUR_SHOP, OTHER_SHOP = "30000001", "30000002"
NOON = datetime(2026, 9, 14, 7, tzinfo=UTC)  # a Monday, noon in Almaty


def a_corridor(*, floor: int = 900, ceiling: int = 1500, step: int = 1) -> Corridor:
    return Corridor(floor=Money.tenge(floor), ceiling=Money.tenge(ceiling), step=Money.tenge(step))


def a_rival(
    price: int, merchant_id: str = "87654321", name: str = "ProUnit", **facts: Any
) -> Rival:
    return Rival(merchant_id, name, Money.tenge(price), **facts)


def ours(price: int, **facts: Any) -> Rival:
    return a_rival(price, OUR_SHOP, name="We", **facts)


def a_situation(
    *offers: Rival,
    corridor: Corridor | None = None,
    memory: Memory | None = None,
    at: datetime = NOON,
    **rules: Any,
) -> Situation:
    return Situation(
        merchant_id=OUR_SHOP,
        own_merchant_ids=frozenset({OUR_SHOP, OTHER_SHOP}),
        offers=offers,
        rules=Rules(corridor or a_corridor(), **rules),
        memory=memory or Memory(),
        at=at,
    )


def priced(*offers: Rival, **facts: Any) -> Decision:
    decision = decide(a_situation(*offers, **facts))
    assert isinstance(decision, Decision)
    return decision


def decided(*offers, **facts):
    """The price in tenge, the reason, and the place on the card."""
    decision = priced(*offers, **facts)
    return decision.price.tiyn / 100, decision.reason, decision.position


def in_force(price, **facts):
    return Memory(in_force=Money.tenge(price), **facts)


tenge = st.integers(1, 3000).map(Money.tenge)
tiyn = st.integers(1, 300_000).map(Money)
percents = st.integers(0, 9_999).map(Percent)
moments = st.integers(-200_000, 200_000).map(lambda s: NOON + timedelta(seconds=s))
spans_of_time = st.integers(1, 200_000).map(lambda s: timedelta(seconds=s))
merchants = st.sampled_from([OUR_SHOP, OTHER_SHOP, "1", "2", "3", "4", "5"])

rivals = st.builds(
    Rival,
    merchant_id=merchants,
    name=st.sampled_from(["ProUnit", "Best {0} Shop", ""]),
    price=tiyn,
    rating=st.none() | st.integers(0, 500),
    reviews=st.integers(0, 50),
    delivery=st.none() | st.sampled_from(Delivery),
    preorder_days=st.integers(0, 2),
    by_kaspi=st.booleans(),
)
corridors = st.builds(
    lambda low, high, step: Corridor(min(low, high), max(low, high), step),
    tenge,
    tenge,
    st.integers(0, 50).map(Money.tenge) | percents,
)
filters = st.builds(
    RivalFilter,
    excluded=st.frozensets(merchants, max_size=2),
    least_rating=st.none() | st.integers(0, 500),
    least_reviews=st.integers(0, 50),
    reach=st.sampled_from(Reach),
    with_preorders=st.booleans(),
    by_kaspi_only=st.booleans(),
    absurd_below=st.none() | percents,
    below_cost=st.none() | tenge,
)
days = st.frozensets(st.integers(0, 6))
spans = st.builds(Span, begins=st.times(), ends=st.times(), weekdays=days)
truces = st.builds(
    Truce, policy=st.sampled_from(WarPolicy), price=tenge, lasts=spans_of_time
) | st.just(Truce())
paces = st.builds(
    Pace,
    low_stock=st.integers(0, 3),
    rise=st.integers(0, 20_000).map(Percent),
    slow_after=st.none() | spans_of_time,
    drop=percents,
)
climbs = st.builds(
    Climb,
    by=tenge,
    every=spans_of_time,
    quiet=spans_of_time,
    forget_tipping_after=spans_of_time,
)
rules = st.builds(
    Rules,
    corridor=corridors,
    strategy=st.sampled_from(Strategy),
    position=st.integers(2, 6),
    premium=percents,
    fixed=tenge,
    alone=st.sampled_from(Alone),
    at_floor=st.sampled_from(AtFloor),
    rise=st.sampled_from(Rise),
    climb=climbs,
    rivals=filters,
    margin_floor=st.none() | tiyn,
    ending=st.none() | st.sampled_from(["0", "90", "990", "0000"]).map(Ending),
    biggest_move=st.none() | st.integers(1, 30_000).map(Percent),
    truce=truces,
    pace=paces,
    hours=st.builds(
        Hours,
        working=st.lists(spans, max_size=1).map(tuple),
        corridors=st.lists(st.tuples(spans, corridors), max_size=1).map(tuple),
    ),
    is_off=st.integers(0, 9).map(lambda n: n == 0),
)
memories = st.builds(
    Memory,
    in_force=st.none() | tiyn,
    moved_at=st.none() | moments,
    climbed_to=st.none() | tenge,
    room_since=st.none() | moments,
    tipping=st.none() | tenge,
    tipped_at=st.none() | moments,
    at_war_since=st.none() | moments,
    is_cycling=st.booleans(),
    stock=st.none() | st.integers(0, 5),
    sold_at=st.none() | moments,
)
situations = st.builds(
    Situation,
    merchant_id=st.just(OUR_SHOP),
    own_merchant_ids=st.sampled_from([frozenset[str](), frozenset({OUR_SHOP, OTHER_SHOP})]),
    offers=st.lists(rivals, max_size=8).map(tuple),
    rules=rules,
    memory=memories,
    at=moments,
)
