"""What each strategy asks, by example. What holds for all of them is in ``test_laws.py``."""

from datetime import time, timedelta

import pytest

from cube_demper.kernel.money import Money
from products.pricing.decide import decide
from products.pricing.hours import Hours, Span
from products.pricing.model import (
    Bound,
    Clamp,
    Decision,
    Delivery,
    Memory,
    Percent,
    Reason,
    Rest,
)
from products.pricing.rules import (
    Alone,
    AtFloor,
    Climb,
    Pace,
    Rise,
    Strategy,
    Truce,
    WarPolicy,
)
from tests.products.pricing.situations import (
    NOON,
    a_corridor,
    a_rival,
    a_situation,
    decided,
    in_force,
    ours,
)

pytestmark = pytest.mark.unit
ALPHA, BETA, GAMMA = a_rival(1200, "1"), a_rival(1300, "2"), a_rival(1400, "3")


# ── Where to stand ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("rules", "result"),
    [
        ({"strategy": Strategy.BE_FIRST}, (1199, Reason.UNDERCUT, 1)),
        ({"strategy": Strategy.MATCH_FIRST}, (1200, Reason.MATCHED, 2)),
        ({"strategy": Strategy.BEHIND_FIRST}, (1201, Reason.BEHIND, 2)),
        ({"strategy": Strategy.HOLD_POSITION}, (1299, Reason.HELD_POSITION, 2)),
        ({"strategy": Strategy.HOLD_POSITION, "position": 3}, (1399, Reason.HELD_POSITION, 3)),
        ({"strategy": Strategy.HOLD_POSITION, "position": 4}, (1500, Reason.HELD_POSITION, 4)),
        ({"strategy": Strategy.CREEP}, (1199, Reason.UNDERCUT, 1)),
        ({"strategy": Strategy.FIXED, "fixed": Money.tenge(1250)}, (1250, Reason.FIXED, 2)),
    ],
)
def test_a_strategy_asks_for_its_place(rules, result):
    assert decided(GAMMA, ALPHA, BETA, **rules) == result


def test_just_behind_the_first_stays_before_the_second():
    second = a_rival(1203, "2")

    result = decided(ALPHA, second, corridor=a_corridor(step=5), strategy=Strategy.BEHIND_FIRST)

    assert result == (1200, Reason.BEHIND, 2)


def test_first_in_the_class_leaves_out_who_delivers_later():
    slow = a_rival(1000, "1", delivery=Delivery.TILL_5_DAYS)
    fast = a_rival(1300, "2", delivery=Delivery.TOMORROW)
    here = ours(1400, delivery=Delivery.TOMORROW)

    result = decided(slow, fast, here, strategy=Strategy.FIRST_IN_CLASS)

    # First in its class, and second on the card.
    assert result == (1299, Reason.UNDERCUT, 2)


@pytest.mark.parametrize(
    ("rating", "reviews", "result"),
    [
        pytest.param(490, 90, (1260, Reason.PREMIUM, 2), id="better in both"),
        pytest.param(490, 40, (1260, Reason.PREMIUM, 2), id="better in one, the same in the other"),
        pytest.param(490, 39, (1199, Reason.UNDERCUT, 1), id="better in one, worse in the other"),
        pytest.param(480, 40, (1199, Reason.UNDERCUT, 1), id="the same"),
        pytest.param(None, 90, (1199, Reason.UNDERCUT, 1), id="none"),
    ],
)
def test_a_better_rating_is_worth_a_premium(rating, reviews, result):
    rival = a_rival(1200, "1", rating=480, reviews=40)
    here = ours(1400, rating=rating, reviews=reviews)

    assert decided(rival, here, strategy=Strategy.PREMIUM, premium=Percent(500)) == result


def test_a_step_may_be_a_share_of_the_rivals_price():
    corridor = a_corridor()
    one_percent = type(corridor)(corridor.floor, corridor.ceiling, Percent(100))

    assert decided(ALPHA, corridor=one_percent) == (1188, Reason.UNDERCUT, 1)


# ── Alone, at the floor, upwards ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("alone", "memory", "result"),
    [
        (Alone.CEILING, in_force(1000), (1500, Reason.ALONE, 1)),
        (Alone.KEEP, in_force(1000), (1000, Reason.KEPT, 1)),
        (Alone.KEEP, Memory(), (1500, Reason.ALONE, 1)),
        (Alone.CLIMB, in_force(1000), (1100, Reason.CLIMBING, 1)),
        (Alone.CLIMB, in_force(1450), (1500, Reason.ALONE, 1)),
        (Alone.CLIMB, in_force(1000, moved_at=NOON), (1000, Reason.CLIMBING, 1)),
    ],
)
def test_alone_on_the_card(alone, memory, result):
    assert decided(ours(1000), alone=alone, memory=memory) == result


@pytest.mark.parametrize(
    ("at_floor", "result"),
    [
        (AtFloor.WAIT, (1250, Reason.AT_FLOOR, 2)),
        (AtFloor.BEST_PLACE, (1299, Reason.BEST_PLACE, 2)),
        (AtFloor.CEILING, (1500, Reason.GAVE_WAY, 4)),
    ],
)
def test_when_first_can_not_be_had_above_the_floor(at_floor, result):
    corridor = a_corridor(floor=1250)

    assert decided(ALPHA, BETA, GAMMA, corridor=corridor, at_floor=at_floor) == result


def test_where_nobody_can_be_beaten_the_floor_is_the_best_place():
    corridor = a_corridor(floor=1450)

    result = decided(ALPHA, BETA, corridor=corridor, at_floor=AtFloor.BEST_PLACE)

    assert result == (1450, Reason.AT_FLOOR, 3)


@pytest.mark.parametrize(
    ("rise", "memory", "result"),
    [
        (Rise.AT_ONCE, in_force(1000), (1199, Reason.UNDERCUT, 1)),
        (Rise.BY_STEPS, in_force(1000), (1100, Reason.CLIMBING, 1)),
        (Rise.BY_STEPS, in_force(1150), (1199, Reason.UNDERCUT, 1)),
        (Rise.BY_STEPS, in_force(1300), (1199, Reason.UNDERCUT, 1)),
        (Rise.AFTER_QUIET, in_force(1000), (1000, Reason.QUIET_FIRST, 1)),
        (
            Rise.AFTER_QUIET,
            in_force(1000, room_since=NOON - timedelta(minutes=29)),
            (1000, Reason.QUIET_FIRST, 1),
        ),
        (
            Rise.AFTER_QUIET,
            in_force(1000, room_since=NOON - timedelta(minutes=30)),
            (1199, Reason.UNDERCUT, 1),
        ),
    ],
)
def test_rivals_that_rise_are_followed_as_the_seller_wants(rise, memory, result):
    assert decided(ALPHA, rise=rise, memory=memory) == result


def test_a_price_below_the_floor_climbs_in_one_step():
    result = decided(ALPHA, rise=Rise.BY_STEPS, memory=in_force(500))

    assert result == (1199, Reason.UNDERCUT, 1)


@pytest.mark.parametrize(
    ("tipped_at", "result"),
    [
        (NOON, (1149, Reason.CREPT, 1)),
        (NOON - timedelta(days=1), (1199, Reason.UNDERCUT, 1)),
    ],
)
def test_creeping_stops_under_the_tipping_point_until_it_is_forgotten(tipped_at, result):
    memory = in_force(1140, tipping=Money.tenge(1150), tipped_at=tipped_at)

    assert decided(ALPHA, strategy=Strategy.CREEP, memory=memory) == result


# ── When, and what else ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"is_off": True}, Reason.OFF),
        ({"memory": Memory(stock=0)}, Reason.SOLD_OUT),
        ({"hours": Hours(working=(Span(time(13), time(12)),))}, Reason.ASLEEP),
    ],
)
def test_nothing_is_published_and_the_reason_says_why(facts, why):
    assert decide(a_situation(ALPHA, **facts)) == Rest(why)


def test_another_corridor_holds_at_its_hours():
    lunch = Hours(corridors=((Span(time(12), time(13)), a_corridor(floor=1300)),))

    assert decided(ALPHA, hours=lunch) == (1300, Reason.AT_FLOOR, 2)
    assert decided(ALPHA, hours=lunch, at=NOON + timedelta(hours=1))[0] == 1199


@pytest.mark.parametrize(
    ("pace", "memory", "price"),
    [
        (Pace(low_stock=2, rise=Percent(1000)), Memory(stock=2), 1318),
        (Pace(low_stock=2, rise=Percent(1000)), Memory(stock=3), 1199),
        (Pace(low_stock=2, rise=Percent(1000)), Memory(), 1199),
        (
            Pace(slow_after=timedelta(days=1), drop=Percent(1000)),
            Memory(sold_at=NOON - timedelta(days=2)),
            971,
        ),
        (
            Pace(slow_after=timedelta(days=1), drop=Percent(1000)),
            Memory(sold_at=NOON - timedelta(hours=23)),
            1199,
        ),
    ],
)
def test_stock_and_sales_move_the_price(pace, memory, price):
    assert decided(ALPHA, pace=pace, memory=memory)[0] == price


def test_slow_goods_go_down_from_the_ceiling_where_the_aim_is_above_it():
    pace = Pace(slow_after=timedelta(days=1), drop=Percent(10_00))
    corridor = a_corridor(floor=900, ceiling=1000)
    memory = Memory(sold_at=NOON - timedelta(days=1))

    decision = decide(a_situation(ALPHA, corridor=corridor, pace=pace, memory=memory))

    assert isinstance(decision, Decision)
    assert decision.price == Money.tenge(900)
    assert decision.clamps == (
        Clamp(Bound.CEILING, Money.tenge(1199), Money.tenge(1000)),
        Clamp(Bound.SLOW_GOODS, Money.tenge(1000), Money.tenge(900)),
    )


@pytest.mark.parametrize(
    ("policy", "result"),
    [
        (WarPolicy.FIGHT, (1199, Reason.UNDERCUT, 1)),
        (WarPolicy.MATCH, (1200, Reason.MATCHED, 2)),
        (WarPolicy.SIT_OUT, (1350, Reason.SAT_OUT, 2)),
        (WarPolicy.RETREAT, (1350, Reason.RETREATED, 2)),
    ],
)
def test_a_war_is_met_as_the_seller_wants_for_as_long_as_that_lasts(policy, result):
    truce = Truce(policy=policy, price=Money.tenge(1350), lasts=timedelta(hours=2))
    at_war = Memory(at_war_since=NOON - timedelta(hours=1))
    long_ago = Memory(at_war_since=NOON - timedelta(hours=2))

    assert decided(ALPHA, truce=truce, memory=at_war) == result
    assert decided(ALPHA, truce=truce, memory=long_ago) == (1199, Reason.UNDERCUT, 1)


def test_a_climb_has_its_own_size_and_pace():
    climb = Climb(by=Money.tenge(30), every=timedelta(minutes=5))
    memory = in_force(1000, moved_at=NOON - timedelta(minutes=5))

    assert decided(ALPHA, rise=Rise.BY_STEPS, climb=climb, memory=memory)[0] == 1030
