import pytest
from hypothesis import given
from hypothesis import strategies as st

from cube_demper.kernel.money import Money
from products.pricing.floors import Costs, MarginFloor, margin_floor
from products.pricing.model import Percent
from tests.products.pricing.situations import percents

pytestmark = pytest.mark.unit
amounts = st.integers(0, 10_000_000).map(Money)


def test_a_floor_pays_for_everything_and_leaves_the_margin():
    costs = Costs(
        cost=Money.tenge(10_000),
        delivery=Money.tenge(900),
        packing=Money.tenge(100),
        tax=Percent(4_00),
        returns=Percent(1_00),
        margin=Percent(10_00),
    )

    floor = margin_floor(costs, commission=Percent(12_50))

    # 11 000 / (1 − 0.275) = 15 172.41…
    assert floor == MarginFloor(
        price=Money.tenge(15_173),
        commission=Money(189_662),
        tax=Money(60_692),
        returns=Money(15_173),
        margin=Money(151_730),
        rounding=Money(43),
        costs=costs,
    )


def test_shares_that_eat_the_whole_price_leave_no_floor():
    costs = Costs(cost=Money.tenge(1), tax=Percent(50_00), margin=Percent(37_50))

    assert margin_floor(costs, commission=Percent(12_50)) is None
    assert margin_floor(costs, commission=Percent(12_49)) is not None


@given(amounts, amounts, percents, percents, percents)
def test_no_lower_price_would_do_and_the_arithmetic_adds_up(cost, other, commission, tax, margin):
    costs = Costs(cost=cost, other=other, tax=tax, margin=margin)
    floor = margin_floor(costs, commission=commission)

    shares = commission.hundredths + tax.hundredths + margin.hundredths
    pieces = (cost + other).tiyn
    if floor is None:
        assert shares >= 10_000
        return
    below = floor.price - Money.tenge(1)
    assert floor.price.tiyn * (10_000 - shares) >= pieces * 10_000
    assert floor.price == Money(0) or below.tiyn * (10_000 - shares) < pieces * 10_000
    parts = (floor.commission, floor.tax, floor.returns, floor.margin, floor.rounding)
    assert floor.price.tiyn == pieces + sum(part.tiyn for part in parts)
