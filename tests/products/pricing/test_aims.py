"""The edges of what a strategy asks. What it asks in the middle is in ``test_decide.py``."""

from datetime import timedelta

import pytest

from cube_demper.kernel.money import Money
from products.pricing.model import Corridor, Memory, Percent, Reason
from products.pricing.rules import Alone, AtFloor, Climb, Pace, Rise, Strategy, Truce, WarPolicy
from tests.products.pricing.situations import (
    NOON,
    a_corridor,
    a_rival,
    decided,
    in_force,
    ours,
    priced,
)

pytestmark = pytest.mark.unit
ALPHA, BETA, GAMMA = a_rival(1200, "1"), a_rival(1300, "2"), a_rival(1400, "3")


def test_a_fixed_price_that_is_not_the_strategy_says_nothing():
    assert decided(ALPHA, fixed=Money.tenge(1000)) == (1199, Reason.UNDERCUT, 1)


def test_just_behind_the_first_is_before_the_second_and_not_before_the_last():
    second = a_rival(1203, "2")

    result = decided(ALPHA, second, GAMMA, corridor=a_corridor(step=5), strategy=_BEHIND)

    assert result == (1200, Reason.BEHIND, 2)


_BEHIND = Strategy.BEHIND_FIRST


def test_just_behind_the_first_is_never_before_it():
    second = a_rival(1201, "2")

    assert decided(ALPHA, second, corridor=a_corridor(step=5), strategy=_BEHIND)[0] == 1200


def test_a_premium_over_one_is_no_more_than_what_beats_the_other():
    worse, better = a_rival(1200, "1", rating=400), a_rival(1210, "2", rating=500, reviews=90)
    here = ours(1400, rating=450, reviews=50)

    decision = priced(worse, better, here, strategy=Strategy.PREMIUM, premium=Percent(5_00))

    assert (decision.price, decision.reason, decision.rival) == (
        Money.tenge(1209),
        Reason.UNDERCUT,
        better,
    )


def test_without_an_offer_of_ours_nobody_is_worse():
    result = decided(ALPHA, strategy=Strategy.PREMIUM, premium=Percent(5_00))

    assert result == (1199, Reason.UNDERCUT, 1)


@pytest.mark.parametrize(
    ("rating", "reason"), [(1, Reason.PREMIUM), (0, Reason.UNDERCUT)], ids=["worse", "no worse"]
)
def test_who_has_no_rating_has_none_of_the_stars(rating, reason):
    rival = a_rival(1200, "1", rating=None, reviews=5)
    here = ours(1400, rating=rating, reviews=5)

    decision = priced(rival, here, strategy=Strategy.PREMIUM, premium=Percent(5_00))

    assert decision.reason is reason


@pytest.mark.parametrize(
    ("tipping", "result"),
    [
        pytest.param({"tipping": Money.tenge(1150)}, Reason.UNDERCUT, id="nobody knows since when"),
        pytest.param({"tipped_at": NOON}, Reason.UNDERCUT, id="nobody knows where"),
        pytest.param(
            {"tipping": Money.tenge(1200), "tipped_at": NOON},
            Reason.UNDERCUT,
            id="no lower than where we would be anyway",
        ),
        pytest.param(
            {"tipping": Money.tenge(1199), "tipped_at": NOON}, Reason.CREPT, id="a tenge lower"
        ),
    ],
)
def test_a_tipping_point_holds_us_back_where_it_is_lower(tipping, result):
    memory = in_force(1198, moved_at=NOON - timedelta(hours=1), **tipping)

    assert priced(ALPHA, strategy=Strategy.CREEP, memory=memory).reason is result


@pytest.mark.parametrize("at_floor", AtFloor)
def test_first_at_the_floor_itself_is_first(at_floor):
    corridor = a_corridor(floor=1199)

    assert decided(ALPHA, corridor=corridor, at_floor=at_floor) == (1199, Reason.UNDERCUT, 1)


def test_the_best_place_may_be_the_floor_itself():
    second = a_rival(1251, "2")
    corridor = a_corridor(floor=1250)

    result = decided(ALPHA, second, corridor=corridor, at_floor=AtFloor.BEST_PLACE)

    assert result == (1250, Reason.BEST_PLACE, 2)


@pytest.mark.parametrize(
    ("facts", "price"),
    [
        pytest.param({"strategy": Strategy.FIXED, "fixed": Money.tenge(1000)}, 1000, id="fixed"),
        pytest.param({"truce": Truce(WarPolicy.SIT_OUT, Money.tenge(1000))}, 1000, id="sat out"),
        pytest.param({"truce": Truce(WarPolicy.RETREAT, Money.tenge(1400))}, 1400, id="retreated"),
    ],
)
def test_a_price_that_is_stated_is_neither_raised_nor_dropped_nor_climbed_to(facts, price):
    pace = Pace(low_stock=9, rise=Percent(10_00))
    memory = in_force(950, stock=3, at_war_since=NOON)

    decision = priced(ALPHA, memory=memory, pace=pace, rise=Rise.BY_STEPS, **facts)

    assert (decision.price, decision.clamps) == (Money.tenge(price), ())


def test_a_price_that_is_kept_is_not_raised_each_time():
    pace = Pace(low_stock=9, rise=Percent(10_00))

    decision = priced(alone=Alone.KEEP, memory=in_force(1000, stock=3), pace=pace)

    assert (decision.price, decision.reason) == (Money.tenge(1000), Reason.KEPT)


@pytest.mark.parametrize(
    ("pace", "memory", "price"),
    [
        pytest.param(
            Pace(low_stock=3, rise=Percent(10_00), slow_after=timedelta(1), drop=Percent(10_00)),
            Memory(stock=3, sold_at=NOON - timedelta(days=9)),
            1318,
            id="little left, and slow: dearer",
        ),
        pytest.param(
            Pace(low_stock=3, slow_after=timedelta(days=1), drop=Percent(10_00)),
            Memory(stock=3, sold_at=NOON - timedelta(days=1)),
            1079,
            id="little left and no rise for it, and slow: cheaper",
        ),
        pytest.param(
            Pace(slow_after=timedelta(days=1), drop=Percent(10_00)),
            Memory(sold_at=NOON - timedelta(days=1)),
            1079,
            id="slow from the first moment on",
        ),
        pytest.param(
            Pace(slow_after=timedelta(days=1), drop=Percent(10_00)),
            Memory(sold_at=NOON + timedelta(days=9)),
            1199,
            id="sold in the future",
        ),
        pytest.param(
            Pace(slow_after=timedelta(days=1), drop=Percent(10_00)),
            Memory(stock=1),
            1199,
            id="never sold",
        ),
        pytest.param(
            Pace(slow_after=timedelta(days=1), drop=Percent(1_00)),
            Memory(sold_at=NOON - timedelta(days=20)),
            972,
            id="twenty times",
        ),
        pytest.param(
            Pace(slow_after=timedelta(days=1), drop=Percent(1_00)),
            Memory(sold_at=NOON - timedelta(days=900)),
            972,
            id="and no oftener",
        ),
    ],
)
def test_goods_grow_dearer_and_cheaper_up_to_a_point(pace, memory, price):
    assert decided(ALPHA, pace=pace, memory=memory)[0] == price


@pytest.mark.parametrize("old", [900, 1000, 1500])
def test_a_legal_price_in_force_is_no_repair(old):
    assert priced(ALPHA, memory=in_force(old)).is_repair is False


@pytest.mark.parametrize("old", [899, 1501])
def test_an_illegal_price_in_force_is_a_repair(old):
    assert priced(ALPHA, memory=in_force(old)).is_repair is True


@pytest.mark.parametrize(
    ("offers", "facts", "result"),
    [
        pytest.param(
            [ALPHA],
            {"rise": Rise.BY_STEPS, "memory": in_force(900)},
            (1000, Reason.CLIMBING),
            id="from the floor itself it goes by steps",
        ),
        pytest.param(
            [a_rival(1600)],
            {"rise": Rise.AFTER_QUIET, "memory": in_force(1500)},
            (1500, Reason.AT_CEILING),
            id="at the ceiling there is nothing to wait for",
        ),
        pytest.param(
            [],
            {"rise": Rise.AFTER_QUIET, "memory": in_force(1000)},
            (1500, Reason.ALONE),
            id="alone there is nobody to wait for",
        ),
        pytest.param(
            [ALPHA],
            {"alone": Alone.CLIMB, "memory": in_force(1000)},
            (1199, Reason.UNDERCUT),
            id="steps for when we are alone are not for rivals",
        ),
        pytest.param(
            [],
            {"alone": Alone.CLIMB, "rise": Rise.AT_ONCE, "memory": in_force(1000)},
            (1100, Reason.CLIMBING),
            id="alone by steps",
        ),
    ],
)
def test_the_way_up(offers, facts, result):
    decision = priced(*offers, **facts)

    assert (decision.price, decision.reason) == (Money.tenge(result[0]), result[1])


def test_a_corridor_of_another_hour_bounds_the_climb_too():
    climb = Climb(by=Money.tenge(500))

    decision = priced(GAMMA, rise=Rise.BY_STEPS, climb=climb, memory=in_force(1000))

    assert (decision.price, decision.clamps) == (Money.tenge(1399), ())


def test_half_a_tenge_of_a_rival_is_never_asked():
    rival = a_rival(1200, "1")
    exact = type(rival)("1", "ProUnit", Money(119_999))
    corridor = Corridor(Money.tenge(900), Money.tenge(1500), Money(0))

    assert [decided(one, corridor=corridor)[0] for one in (rival, exact)] == [1200, 1199]
