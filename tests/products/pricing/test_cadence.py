from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from products.pricing.cadence import next_look_at

pytestmark = pytest.mark.unit
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
INTERVAL = timedelta(seconds=12)


@pytest.mark.parametrize(
    ("has_moved", "failures", "wait"),
    [
        pytest.param(False, 0, timedelta(seconds=12), id="quiet: the interval"),
        pytest.param(True, 0, timedelta(seconds=3), id="moved: a quarter of it"),
        pytest.param(False, 1, timedelta(seconds=24), id="failed once: twice as long"),
        pytest.param(True, 3, timedelta(seconds=96), id="failed thrice: eight times as long"),
        pytest.param(False, 10_000, timedelta(minutes=10), id="failing for ever: ten minutes"),
    ],
)
def test_the_wait_follows_what_happened(has_moved, failures, wait):
    at = next_look_at(
        now=NOW, interval=INTERVAL, has_moved=has_moved, failures=failures, jitter=0.0
    )

    assert at == NOW + wait


@given(
    interval_s=st.floats(min_value=0, max_value=86_400),
    has_moved=st.booleans(),
    failures=st.integers(min_value=0, max_value=10**9),
    jitter=st.floats(min_value=0, max_value=1, exclude_max=True),
)
def test_law_the_next_look_is_never_in_the_past(interval_s, has_moved, failures, jitter):
    at = next_look_at(
        now=NOW,
        interval=timedelta(seconds=interval_s),
        has_moved=has_moved,
        failures=failures,
        jitter=jitter,
    )

    assert at > NOW
