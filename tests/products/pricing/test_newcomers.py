import pytest

from cube_demper.kernel.money import Money
from products.pricing.newcomers import newcomers
from products.pricing.rules import RulesContradict

pytestmark = pytest.mark.unit
SHEET = {"new_from": "PRICE", "new_floor_percent": 90, "new_ceiling_percent": 120.5}


def corridor(*, price=None, cost=None, **said):
    found = newcomers({**SHEET, **said})
    return found and found.corridor(price=price, cost=cost)


def test_nothing_is_said_of_newcomers_unless_a_basis_is():
    assert newcomers({"new_floor_percent": 90, "new_ceiling_percent": 120}) is None


def test_a_corridor_is_made_of_the_price():
    assert corridor(price=Money.tenge(1000), cost=Money.tenge(1)) == (
        Money.tenge(900),
        Money.tenge(1205),
    )


def test_a_corridor_is_made_of_the_cost():
    assert corridor(new_from="COST", price=Money.tenge(1), cost=Money.tenge(2000)) == (
        Money.tenge(1800),
        Money.tenge(2410),
    )


def test_bounds_are_whole_tenge_and_never_outside_what_was_said():
    assert corridor(price=Money.tenge(1001)) == (Money.tenge(901), Money.tenge(1206))


@pytest.mark.parametrize("price", [None, Money(0), Money(1)])
def test_of_nothing_there_is_no_corridor(price):
    assert corridor(price=price) is None


@pytest.mark.parametrize(
    "sheet",
    [
        {"new_from": "PRICE"},
        {"new_from": "PRICE", "new_floor_percent": 90},
        {**SHEET, "new_ceiling_percent": 89.99},
    ],
)
def test_half_a_corridor_and_one_upside_down_contradict(sheet):
    with pytest.raises(RulesContradict):
        newcomers(sheet)
