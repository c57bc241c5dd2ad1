"""How far a price may go. What leaks elsewhere is in ``test_leaks.py``."""

import pytest

from cube_demper.kernel.money import Money
from products.pricing.decide import decide
from products.pricing.model import Bound, Clamp, Percent, Reason, Rest
from products.pricing.rules import Ending, Rise
from tests.products.pricing.situations import (
    NOON,
    a_corridor,
    a_rival,
    a_situation,
    in_force,
    priced,
)

pytestmark = pytest.mark.unit
ALPHA = a_rival(1200, "1")


@pytest.mark.parametrize(
    ("rules", "clamps"),
    [
        ({"corridor": a_corridor(floor=1250)}, [(Bound.FLOOR, 1199, 1250)]),
        ({"margin_floor": Money(125_001)}, [(Bound.MARGIN_FLOOR, 1199, 1251)]),
        ({"corridor": a_corridor(ceiling=1100)}, [(Bound.CEILING, 1199, 1100)]),
        ({"ending": Ending("990")}, [(Bound.ENDING, 1199, 990)]),
        (
            {"ending": Ending("990"), "corridor": a_corridor(floor=1000, ceiling=2000)},
            [(Bound.ENDING, 1199, 1990)],
        ),
        ({"ending": Ending("990"), "corridor": a_corridor(floor=1000)}, []),
        (
            {"biggest_move": Percent(1000), "memory": in_force(1000)},
            [(Bound.BIGGEST_MOVE, 1199, 1100)],
        ),
        (
            {"biggest_move": Percent(1000), "memory": in_force(1400)},
            [(Bound.BIGGEST_MOVE, 1199, 1260)],
        ),
        ({"biggest_move": Percent(1), "memory": in_force(899)}, []),
    ],
)
def test_a_bound_says_what_it_did(rules, clamps):
    decision = priced(ALPHA, **rules)

    told = [(one.bound, one.before.tiyn / 100, one.after.tiyn / 100) for one in decision.clamps]
    assert told == clamps


EXACTLY = [
    pytest.param(
        {"ending": Ending("990"), "corridor": a_corridor(floor=990)},
        990,
        [Bound.ENDING],
        id="an ending at the floor",
    ),
    pytest.param(
        {"ending": Ending("990"), "corridor": a_corridor(floor=1000, ceiling=1990)},
        1990,
        [Bound.ENDING],
        id="an ending at the ceiling",
    ),
    pytest.param(
        {"margin_floor": Money.tenge(1500)}, 1500, [Bound.MARGIN_FLOOR], id="one price left"
    ),
    pytest.param(
        {"margin_floor": Money.tenge(1250), "corridor": a_corridor(floor=1250)},
        1250,
        [Bound.FLOOR],
        id="two floors alike: the seller's own is named",
    ),
    pytest.param(
        {"biggest_move": Percent(10_00), "memory": in_force(900)},
        990,
        [Bound.BIGGEST_MOVE],
        id="a move from the floor",
    ),
    pytest.param(
        {
            "biggest_move": Percent(10_00),
            "memory": in_force(1500),
            "corridor": a_corridor(floor=100),
        },
        1350,
        [Bound.BIGGEST_MOVE],
        id="a move from the ceiling",
    ),
    pytest.param(
        {"biggest_move": Percent(1), "memory": in_force(1000)},
        1001,
        [Bound.BIGGEST_MOVE],
        id="a move is a tenge at least",
    ),
    pytest.param(
        {
            "biggest_move": Percent(10_00),
            "memory": in_force(1400),
            "corridor": a_corridor(floor=1260),
        },
        1260,
        [Bound.FLOOR],
        id="a move just to the floor",
    ),
    pytest.param(
        {
            "biggest_move": Percent(10_00),
            "memory": in_force(1000),
            "corridor": a_corridor(ceiling=1100),
        },
        1100,
        [Bound.CEILING],
        id="a move just to the ceiling",
    ),
]


@pytest.mark.parametrize(("rules", "price", "clamped"), EXACTLY)
def test_a_bound_may_be_met_exactly(rules, price, clamped):
    decision = priced(ALPHA, **rules)

    assert (decision.price, [clamp.bound for clamp in decision.clamps]) == (
        Money.tenge(price),
        clamped,
    )


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ({"corridor": a_corridor(floor=1250)}, Reason.AT_FLOOR),
        ({"margin_floor": Money.tenge(1250)}, Reason.AT_FLOOR),
        ({"corridor": a_corridor(ceiling=1100)}, Reason.AT_CEILING),
        ({"ending": Ending("990")}, Reason.UNDERCUT),
        ({"biggest_move": Percent(10_00), "memory": in_force(1000)}, Reason.UNDERCUT),
    ],
)
def test_a_floor_or_a_ceiling_that_holds_a_price_is_its_reason(rules, reason):
    assert priced(ALPHA, **rules).reason is reason


def test_kaspis_own_minimum_is_a_floor():
    decision = priced(a_rival(5), corridor=a_corridor(floor=1, ceiling=20))

    assert decision.reason is Reason.AT_FLOOR
    assert decision.clamps == (Clamp(Bound.KASPI_MINIMUM, Money.tenge(4), Money.tenge(10)),)


def test_a_floor_of_costs_above_the_ceiling_publishes_nothing():
    situation = a_situation(ALPHA, margin_floor=Money(150_001))

    assert decide(situation) == Rest(Reason.EMPTY)


@pytest.mark.parametrize(
    ("rival", "facts", "price"),
    [
        pytest.param(
            4001, {"biggest_move": Percent(10_00), "memory": in_force(990)}, 1089, id="up"
        ),
        pytest.param(
            1001, {"biggest_move": Percent(1_00), "memory": in_force(1990)}, 1971, id="down"
        ),
        pytest.param(
            4001,
            {"biggest_move": Percent(10_00), "memory": in_force(1989)},
            1990,
            id="up to the ending, where it is on the way",
        ),
        pytest.param(
            1501,
            {"biggest_move": Percent(1_00), "memory": in_force(1500)},
            1485,
            id="down towards the ending, from the price that was aimed at",
        ),
        pytest.param(
            4001, {"rise": Rise.BY_STEPS, "memory": in_force(990)}, 1090, id="up by steps"
        ),
        pytest.param(
            4001,
            {"rise": Rise.BY_STEPS, "memory": in_force(1090, moved_at=NOON)},
            1090,
            id="a rest between two steps",
        ),
        pytest.param(
            4001, {"rise": Rise.AFTER_QUIET, "memory": in_force(1090)}, 1090, id="a quiet time"
        ),
    ],
)
def test_an_ending_does_not_undo_a_move_that_is_under_way(rival, facts, price):
    corridor = a_corridor(floor=900, ceiling=5000)

    decision = priced(a_rival(rival), corridor=corridor, ending=Ending("990"), **facts)

    assert decision.price == Money.tenge(price)


def test_an_ending_may_leave_the_price_as_it_is():
    corridor = a_corridor(floor=900, ceiling=5000)

    decision = priced(a_rival(2500), corridor=corridor, ending=Ending("990"), memory=in_force(1990))

    assert decision.price == Money.tenge(1990)
