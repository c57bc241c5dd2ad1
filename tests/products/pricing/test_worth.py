from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cube_demper.kernel.money import Money
from products.pricing.worth import WINDOW, Spent, may_push

pytestmark = pytest.mark.unit
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
LARGE, SMALL = Money.tenge(990), Money.tenge(999)  # from 1 000


def ago(seconds):
    return NOW - timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("price", "spent", "may"),
    [
        pytest.param(SMALL, Spent(0, None), True, id="nothing spent: small goes"),
        pytest.param(SMALL, Spent(119, ago(0)), True, id="less than half spent: small goes"),
        pytest.param(SMALL, Spent(120, ago(14)), False, id="half spent: small keeps apart"),
        pytest.param(SMALL, Spent(120, ago(15)), True, id="half spent, apart: small goes"),
        pytest.param(SMALL, Spent(220, ago(600)), False, id="the rest is kept for large moves"),
        pytest.param(LARGE, Spent(239, ago(0)), True, id="large goes to the end of the quota"),
        pytest.param(LARGE, Spent(240, ago(600)), False, id="and not beyond"),
    ],
)
def test_a_change_is_spent_where_it_is_worth_it(price, spent, may):
    assert may_push(old=Money.tenge(1000), new=price, spent=spent, now=NOW) is may


def test_a_price_that_we_do_not_know_moves_enough():
    assert may_push(old=None, new=SMALL, spent=Spent(200, ago(0)), now=NOW)


@given(moves=st.lists(st.tuples(st.booleans(), st.integers(0, 120)), min_size=300, max_size=700))
def test_law_no_half_hour_holds_more_than_the_quota(moves):
    now = NOW
    sent: list[datetime] = []
    for is_large, pause_s in moves:
        now += timedelta(seconds=pause_s / 10)
        recent = [at for at in sent if at > now - WINDOW]
        spent = Spent(len(recent), max(recent, default=None))
        if may_push(old=Money.tenge(1000), new=LARGE if is_large else SMALL, spent=spent, now=now):
            sent.append(now)

    most = max((sum(at - WINDOW < other <= at for other in sent) for at in sent), default=0)
    assert most <= 240
