"""How far a price may go. What leaks elsewhere is in ``test_leaks.py``."""

import pytest

from cube_demper.kernel.money import Money
from products.pricing.decide import decide
from products.pricing.model import Bound, Clamp, Percent, Reason, Rest
from products.pricing.rules import Ending
from tests.products.pricing.situations import (
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


def test_kaspis_own_minimum_is_a_floor():
    decision = priced(a_rival(5), corridor=a_corridor(floor=1, ceiling=20))

    assert decision.clamps == (Clamp(Bound.KASPI_MINIMUM, Money.tenge(4), Money.tenge(10)),)


def test_a_floor_of_costs_above_the_ceiling_publishes_nothing():
    situation = a_situation(ALPHA, margin_floor=Money(150_001))

    assert decide(situation) == Rest(Reason.EMPTY)
