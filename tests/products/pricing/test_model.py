"""Prices, shares and corridors: what they are, and what can't be one."""

import pytest

from cube_demper.kernel.money import Money
from products.pricing.model import (
    Bound,
    Corridor,
    CorridorEmpty,
    Delivery,
    LeftOut,
    Percent,
    Reason,
    Rest,
    Rival,
    step_from,
)
from tests.products.pricing.situations import a_corridor

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("share", "amount", "part"),
    [
        (Percent(100_00), 12_345, 12_345),
        (Percent(1_50), 10_000, 150),
        (Percent(33_33), 100, 33),
        (Percent(0), 10_000, 0),
    ],
)
def test_a_share_of_an_amount_is_rounded_down_to_the_tiyn(share, amount, part):
    assert share.of(Money(amount)) == Money(part)


@pytest.mark.parametrize(
    ("hundredths", "is_part"), [(-1, False), (0, True), (9_999, True), (10_000, False)]
)
def test_a_part_is_nothing_or_some_and_never_all(hundredths, is_part):
    assert Percent(hundredths).is_part is is_part


@pytest.mark.parametrize(
    ("step", "tenge"),
    [
        pytest.param(Money.tenge(7), 7, id="an amount is itself"),
        pytest.param(Percent(100), 12, id="a share is in whole tenge"),
        pytest.param(Percent(1), 1, id="a share is one tenge at least"),
        pytest.param(Percent(0), 0, id="no share is no step"),
    ],
)
def test_a_step_at_a_price(step, tenge):
    assert step_from(Money.tenge(1299), step) == Money.tenge(tenge)


@pytest.mark.parametrize(
    ("floor", "ceiling", "step"),
    [
        pytest.param(1001 * 100, 1000 * 100, Money(100), id="the floor above the ceiling"),
        pytest.param(0, 1000 * 100, Money(100), id="a floor of nothing"),
        pytest.param(100_050, 200_000, Money(100), id="a floor with tiyn"),
        pytest.param(100_000, 200_001, Money(100), id="a ceiling with tiyn"),
        pytest.param(100_000, 200_000, Money(150), id="a step with tiyn"),
        pytest.param(100_000, 200_000, Money(-100), id="a step upwards"),
        pytest.param(100_000, 200_000, Percent(10_000), id="a step of everything"),
        pytest.param(100_000, 200_000, Percent(-1), id="a share upwards"),
    ],
)
def test_a_corridor_without_a_price_in_it_can_not_be(floor, ceiling, step):
    with pytest.raises(CorridorEmpty):
        Corridor(Money(floor), Money(ceiling), step)


@pytest.mark.parametrize(
    ("floor", "ceiling", "step"),
    [
        pytest.param(100, 100, Money(0), id="one price, no step"),
        pytest.param(100, 200, Percent(0), id="no share"),
        pytest.param(100, 200, Percent(9_999), id="nearly everything"),
    ],
)
def test_a_corridor_may_be_narrow(floor, ceiling, step):
    assert Money(100) in Corridor(Money(floor), Money(ceiling), step)


def test_both_ends_lie_in_a_corridor():
    corridor = a_corridor(floor=900, ceiling=1500)

    assert [Money.tenge(tenge) in corridor for tenge in (899, 900, 1500, 1501)] == [
        False,
        True,
        True,
        False,
    ]


def test_deliveries_are_ranked_the_soonest_first():
    assert [delivery.rank for delivery in Delivery] == [0, 1, 2, 3, 4, 5]
    assert [*Delivery][:2] == [Delivery.TODAY, Delivery.TOMORROW]


@pytest.mark.parametrize("codes", [Reason, Bound, LeftOut, Delivery])
def test_a_stored_code_is_its_own_name(codes):
    assert [code.value for code in codes] == [code.name for code in codes]


def test_what_nobody_says_of_a_rival_is_not_known_or_none():
    rival = Rival("1", "ProUnit", Money.tenge(1000))

    assert (rival.rating, rival.reviews, rival.delivery) == (None, 0, None)
    assert (rival.preorder_days, rival.by_kaspi) == (0, False)


def test_a_rest_leaves_out_nobody_unless_it_says_so():
    assert Rest(Reason.OFF).left_out == ()
