"""What a seller may ask for, and what contradicts itself."""

from datetime import timedelta

import pytest

from cube_demper.kernel.money import Money
from products.pricing.model import Percent
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
    RulesContradict,
    Strategy,
    Truce,
    WarPolicy,
)
from tests.products.pricing.situations import a_corridor

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "said",
    [
        pytest.param({"position": 1}, id="a place to hold that is the first"),
        pytest.param({"position": 21}, id="a place beyond the twentieth"),
        pytest.param({"strategy": Strategy.FIXED}, id="a fixed price that is not stated"),
        pytest.param({"fixed": Money(100_001)}, id="a fixed price with tiyn"),
        pytest.param({"truce": Truce(price=Money(100_001))}, id="a price in war with tiyn"),
        pytest.param({"biggest_move": Percent(0)}, id="a move of nothing"),
        pytest.param({"biggest_move": Percent(-1)}, id="a move of less than nothing"),
    ],
)
def test_rules_that_contradict_themselves_can_not_be(said):
    with pytest.raises(RulesContradict):
        Rules(a_corridor(), **said)


@pytest.mark.parametrize(
    "said",
    [
        {"position": 2},
        {"position": 20},
        {"strategy": Strategy.FIXED, "fixed": Money.tenge(1000)},
        {"truce": Truce(price=Money.tenge(1000))},
        {"biggest_move": Percent(1)},
    ],
)
def test_rules_may_go_to_the_very_edge(said):
    rules = Rules(a_corridor(), **said)

    assert {name: getattr(rules, name) for name in said} == said


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        pytest.param(Climb, {"by": Money(0)}, id="a climb of nothing"),
        pytest.param(Climb, {"by": Money(150)}, id="a climb with tiyn"),
        pytest.param(Pace, {"slow_after": timedelta(0)}, id="slow at once"),
        pytest.param(Pace, {"slow_after": timedelta(-1)}, id="slow before it began"),
        pytest.param(Pace, {"drop": Percent(10_000)}, id="a drop of all of it"),
        pytest.param(Pace, {"drop": Percent(-1)}, id="a drop upwards"),
        pytest.param(Pace, {"rise": Percent(-1)}, id="a rise downwards"),
        pytest.param(Truce, {"policy": WarPolicy.SIT_OUT}, id="to sit out at no price"),
        pytest.param(Truce, {"policy": WarPolicy.RETREAT}, id="to retreat to no price"),
        pytest.param(Ending, {"digits": ""}, id="an ending without digits"),
        pytest.param(Ending, {"digits": "00990"}, id="an ending of five digits"),
        pytest.param(Ending, {"digits": "9x"}, id="an ending with a letter"),
        pytest.param(Ending, {"digits": "٩٩"}, id="digits of another script"),
    ],
)
def test_a_part_of_the_rules_that_makes_no_sense_can_not_be(kind, said):
    with pytest.raises(RulesContradict):
        kind(**said)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (Climb, {"by": Money.tenge(1)}),
        (Pace, {"slow_after": timedelta(microseconds=1)}),
        (Pace, {"drop": Percent(9_999)}),
        (Pace, {"rise": Percent(0)}),
        (Truce, {"policy": WarPolicy.MATCH}),
        (Ending, {"digits": "0"}),
        (Ending, {"digits": "9990"}),
    ],
)
def test_a_part_of_the_rules_may_go_to_the_very_edge(kind, said):
    made = kind(**said)

    assert {name: getattr(made, name) for name in said} == said


@pytest.mark.parametrize(
    ("digits", "price", "below", "above"),
    [
        ("990", 361_999, 361_990, 362_990),
        ("990", 361_990, 361_990, 362_990),
        ("990", 361_989, 360_990, 361_990),
        ("0", 7, 0, 10),
        ("990", 500, -10, 990),
    ],
)
def test_an_ending_has_a_price_at_or_below_and_one_above(digits, price, below, above):
    ending = Ending(digits)

    assert ending.at_or_below(Money.tenge(price)) == Money.tenge(below)
    assert ending.above(Money.tenge(price)) == Money.tenge(above)


def test_what_a_seller_does_not_say_is_the_mildest():
    rules = Rules(a_corridor())

    assert (rules.strategy, rules.alone, rules.at_floor, rules.rise) == (
        Strategy.BE_FIRST,
        Alone.CEILING,
        AtFloor.WAIT,
        Rise.AT_ONCE,
    )
    assert (rules.premium, rules.position, rules.is_off) == (Percent(0), 2, False)
    assert (rules.climb.by, rules.climb.every) == (Money.tenge(100), timedelta(hours=1))
    assert rules.climb.quiet == timedelta(minutes=30)
    assert rules.climb.forget_tipping_after == timedelta(days=1)
    assert (rules.truce.policy, rules.truce.lasts) == (WarPolicy.FIGHT, timedelta(hours=2))
    assert (rules.pace.low_stock, rules.pace.rise, rules.pace.drop) == (0, Percent(0), Percent(0))
    assert rules.rivals == RivalFilter(
        excluded=frozenset(),
        least_rating=None,
        least_reviews=0,
        reach=Reach.ANY,
        with_preorders=True,
        by_kaspi_only=False,
        absurd_below=Percent(40_00),
        below_cost=None,
    )


@pytest.mark.parametrize("codes", [Strategy, Alone, AtFloor, Rise, WarPolicy, Reach])
def test_a_stored_choice_is_its_own_name(codes):
    assert [code.value for code in codes] == [code.name for code in codes]
