"""Orders of clamps that let other engines publish below a floor, above a ceiling, or never repair.

Each is a counter-example to an engine that was read line by line; here it is legal or nothing.
"""

import pytest

from cube_demper.kernel.money import Money
from products.pricing.decide import decide
from products.pricing.model import CorridorEmpty, Percent, Reason, Rest
from products.pricing.rules import AtFloor, Ending, Rise, Strategy, Truce, WarPolicy
from tests.products.pricing.situations import (
    NOON,
    a_corridor,
    a_rival,
    a_situation,
    in_force,
    priced,
)

pytestmark = pytest.mark.unit
FAR_BELOW = a_rival(50)


def test_a_biggest_move_after_the_floor_does_not_stop_below_a_raised_floor():
    """From 100 with a floor of 150 and moves of 10 %, such an engine publishes 110."""
    decision = priced(
        FAR_BELOW,
        corridor=a_corridor(floor=150, ceiling=300),
        biggest_move=Percent(10_00),
        memory=in_force(100),
    )

    assert (decision.price, decision.is_repair) == (Money.tenge(150), True)


def test_a_ceiling_after_the_floor_of_costs_does_not_publish_below_cost():
    """Costs rise to 12 000 over a ceiling of 10 000: such an engine publishes 10 000."""
    situation = a_situation(
        a_rival(9_000),
        corridor=a_corridor(floor=8_000, ceiling=10_000),
        margin_floor=Money.tenge(12_000),
    )

    assert decide(situation) == Rest(Reason.EMPTY)


def test_a_floor_raised_above_the_price_in_force_is_not_waited_below():
    """Such an engine goes to the floor only from above, and stays at 100 for ever."""
    decision = priced(FAR_BELOW, corridor=a_corridor(floor=120, ceiling=300), memory=in_force(100))

    assert (decision.price, decision.reason, decision.is_repair) == (
        Money.tenge(120),
        Reason.AT_FLOOR,
        True,
    )


def test_a_floor_above_the_ceiling_does_not_publish_the_ceiling():
    with pytest.raises(CorridorEmpty):
        a_corridor(floor=300, ceiling=200)


@pytest.mark.parametrize("old", [100, 500])
def test_an_illegal_price_is_not_kept_because_a_legal_one_would_not_win(old):
    """Such an engine moves only to win, so what is illegal already stays so."""
    decision = priced(FAR_BELOW, corridor=a_corridor(floor=120, ceiling=300), memory=in_force(old))

    assert (decision.price, decision.position, decision.is_repair) == (Money.tenge(120), 2, True)


@pytest.mark.parametrize("rise", Rise)
@pytest.mark.parametrize("old", [100, 500])
def test_no_slow_way_up_or_down_delays_a_repair(rise, old):
    decision = priced(
        a_rival(250),
        corridor=a_corridor(floor=120, ceiling=300),
        memory=in_force(old, moved_at=NOON),
        rise=rise,
        biggest_move=Percent(1),
    )

    assert (decision.price, decision.is_repair) == (Money.tenge(249), True)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param({"strategy": Strategy.FIXED, "fixed": Money.tenge(60)}, id="a fixed price"),
        pytest.param(
            {"truce": Truce(WarPolicy.SIT_OUT, Money.tenge(60))}, id="a price to sit a war out at"
        ),
        pytest.param({"ending": Ending("90")}, id="an ending"),
        pytest.param({"at_floor": AtFloor.BEST_PLACE}, id="a best place"),
        pytest.param({"strategy": Strategy.MATCH_FIRST}, id="a rival to match"),
    ],
)
def test_nothing_that_a_seller_states_goes_below_the_floor(said):
    decision = priced(
        FAR_BELOW,
        corridor=a_corridor(floor=120, ceiling=300),
        memory=in_force(200, at_war_since=NOON),
        **said,
    )

    assert Money.tenge(120) <= decision.price <= Money.tenge(190)


def test_a_ceiling_lowered_below_the_price_in_force_holds_at_once():
    decision = priced(
        a_rival(900),
        corridor=a_corridor(floor=100, ceiling=200),
        memory=in_force(500),
        biggest_move=Percent(10_00),
    )

    assert (decision.price, decision.reason) == (Money.tenge(200), Reason.AT_CEILING)
