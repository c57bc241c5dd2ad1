from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from products.pricing.cadence import next_look_at

pytestmark = pytest.mark.unit
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
GAP = timedelta(seconds=12)


@pytest.mark.parametrize(
    ("failures", "wait"),
    [
        pytest.param(0, timedelta(seconds=12), id="the gap"),
        pytest.param(1, timedelta(seconds=24), id="failed once: twice as long"),
        pytest.param(3, timedelta(seconds=96), id="failed thrice: eight times as long"),
        pytest.param(10_000, timedelta(minutes=10), id="failing for ever: ten minutes"),
    ],
)
def test_the_wait_follows_what_happened(failures, wait):
    assert next_look_at(now=NOW, gap=GAP, failures=failures, jitter=0.0) == NOW + wait


def test_failures_never_bring_the_next_look_forward():
    at = next_look_at(now=NOW, gap=timedelta(hours=1), failures=3, jitter=0.0)

    assert at == NOW + timedelta(hours=1)


def test_what_was_looked_at_together_spreads_over_the_last_tenth_of_the_gap():
    ats = [next_look_at(now=NOW, gap=GAP, failures=0, jitter=place / 10) for place in range(10)]

    assert len(set(ats)) == 10
    assert all(NOW + GAP * 0.9 <= at <= NOW + GAP for at in ats)


@given(
    gap_s=st.floats(min_value=0, max_value=86_400),
    failures=st.integers(min_value=0, max_value=10**9),
    jitter=st.floats(min_value=0, max_value=1, exclude_max=True),
)
def test_law_the_next_look_is_never_in_the_past(gap_s, failures, jitter):
    at = next_look_at(now=NOW, gap=timedelta(seconds=gap_s), failures=failures, jitter=jitter)

    assert at > NOW


def test_nothing_is_looked_at_twice_within_a_second():
    at = next_look_at(now=NOW, gap=timedelta(0), failures=0, jitter=0.0)

    assert at == NOW + timedelta(seconds=1)
