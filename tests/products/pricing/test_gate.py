from datetime import time

import pytest
from hypothesis import given

from cube_demper.kernel.money import Money
from products.pricing.decide import decide
from products.pricing.gate import Legal, legal
from products.pricing.hours import Hours, Span
from products.pricing.model import Decision
from products.pricing.rules import Rules
from tests.products.pricing.situations import NOON, a_corridor, situations

pytestmark = pytest.mark.unit


@given(situation=situations)
def test_no_decision_is_refused_at_the_gate(situation):
    decision = decide(situation)

    if isinstance(decision, Decision):
        assert decision.price in legal(situation.rules, situation.at)


@pytest.mark.parametrize(
    ("tenge", "passes"), [(899, False), (900, True), (1500, True), (1501, False)]
)
def test_the_corridor_ends_at_its_ends(tenge, passes):
    bounds = legal(Rules(a_corridor()), NOON)

    assert (Money.tenge(tenge) in bounds) is passes


def test_a_fraction_of_a_tenge_does_not_pass():
    assert Money(90_050) not in legal(Rules(a_corridor()), NOON)


def test_the_highest_floor_holds():
    costs = Rules(a_corridor(), margin_floor=Money.tenge(950))
    cheap = Rules(a_corridor(floor=5, ceiling=20))

    assert legal(costs, NOON) == Legal(Money.tenge(950), Money.tenge(1500))
    assert legal(cheap, NOON) == Legal(Money.tenge(10), Money.tenge(20))


def test_the_corridor_of_the_hour_holds():
    night = Hours(corridors=((Span(time(12), time(13)), a_corridor(floor=700, ceiling=800)),))

    assert legal(Rules(a_corridor(), hours=night), NOON) == Legal(
        Money.tenge(700), Money.tenge(800)
    )


def test_nothing_passes_where_the_floor_is_above_the_ceiling():
    bounds = legal(Rules(a_corridor(), margin_floor=Money.tenge(2000)), NOON)

    assert Money.tenge(1500) not in bounds
    assert Money.tenge(2000) not in bounds
