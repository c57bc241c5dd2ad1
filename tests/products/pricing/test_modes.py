from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cube_demper.kernel.money import Money
from products.pricing.modes import (
    Mode,
    Outside,
    Stop,
    Tried,
    canary_quiet,
    is_further,
    last_jump,
    leap_percent,
    mode_of,
    outside_of,
    why_stop,
)
from tests.products.pricing.situations import NOON

pytestmark = pytest.mark.unit
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("mode", [Mode.LIVE, Mode.SHADOW, Mode.APPROVE])
def test_a_mode_is_what_the_sheet_says(mode):
    assert mode_of({"mode": mode.value}, 1) is mode


def test_without_a_word_a_product_is_live():
    assert mode_of({}, 1) is Mode.LIVE


@pytest.mark.parametrize(("percent", "number"), [(None, 500), (20, 2000), (0.5, 50)])
def test_a_canary_is_the_stated_share_of_the_products(percent, number):
    sheet = {"mode": "CANARY"} | ({} if percent is None else {"canary_percent": percent})

    live = sum(mode_of(sheet, product_id) is Mode.LIVE for product_id in range(10_000))

    assert live == pytest.approx(number, rel=0.25)


@given(st.integers(1, 10**9), st.floats(0.01, 99), st.floats(0.01, 99))
def test_law_a_larger_canary_holds_the_smaller_one(product_id, one, other):
    small, large = sorted([one, other])

    is_in = mode_of({"mode": "CANARY", "canary_percent": small}, product_id)

    if is_in is Mode.LIVE:
        assert mode_of({"mode": "CANARY", "canary_percent": large}, product_id) is Mode.LIVE


@pytest.mark.parametrize(
    ("tenge", "is_far"),
    [(1000, False), (1150, False), (1151, True), (850, False), (849, True)],
)
def test_a_leap_is_further_than_the_share_of_where_it_begins(tenge, is_far):
    assert is_further(Money.tenge(tenge), base=Money.tenge(1000), percent=15) is is_far


def test_from_nowhere_nothing_is_far():
    assert not is_further(Money.tenge(1), base=None, percent=15)


def test_what_strangers_set_is_left_unless_the_sheet_says_otherwise():
    assert outside_of({}) is Outside.LEAVE
    assert outside_of({"outside": "OVERRIDE"}) is Outside.OVERRIDE


def test_how_far_is_a_leap_may_be_stated():
    assert leap_percent({}) == 15
    assert leap_percent({"leap_percent": 3.5}) == 3.5


def tried(price, *, before=1000, at=NOON, **facts):
    old_price = None if before is None else Money.tenge(before)
    return Tried(at, Money.tenge(price), old_price, **facts)


def test_a_canary_is_quiet_for_a_day_or_as_long_as_is_said():
    assert canary_quiet({}) == timedelta(days=1)
    assert canary_quiet({"canary_quiet_s": 60}) == MINUTE


@pytest.mark.parametrize(
    ("sent", "stop"),
    [
        pytest.param([], None, id="nothing"),
        pytest.param([tried(850), tried(1150)], None, id="as far as it may"),
        pytest.param([tried(999), tried(849)], Stop.LEAP, id="too far down"),
        pytest.param([tried(1151)], Stop.LEAP, id="too far up"),
        pytest.param([tried(500, is_allowed=True)], None, id="with a yes"),
        pytest.param([tried(500, before=None)], None, id="from nowhere"),
        pytest.param([tried(999, is_loss=True), tried(500)], Stop.LOSS, id="a loss"),
    ],
)
def test_a_canary_stops_at_a_leap_or_a_loss(sent, stop):
    assert why_stop(sent, percent=15) is stop


def test_a_canary_is_quiet_since_its_last_jump():
    sent = [
        tried(940, at=NOON),
        tried(1060, at=NOON + MINUTE),
        tried(1050, at=NOON + 2 * MINUTE),
        tried(500, at=NOON + 3 * MINUTE, is_allowed=True),
    ]

    assert last_jump(sent) == NOON + MINUTE
    assert last_jump(sent[2:]) is None
