import pytest
from hypothesis import given
from hypothesis import strategies as st

from cube_demper.kernel.limiting.ports import Bucket

pytestmark = pytest.mark.unit


@given(st.integers(min_value=1, max_value=100_000))
def test_so_many_turns_as_a_second_allows_take_a_whole_second(rate_per_s):
    assert Bucket("fleet", rate_per_s).interval_us * rate_per_s >= 1_000_000


@given(st.floats(min_value=0.001, max_value=10_000))
def test_no_more_than_one_microsecond_is_given_away_per_turn(rate_per_s):
    interval_us = Bucket("fleet", rate_per_s).interval_us

    assert interval_us - 1 < 1_000_000 / rate_per_s <= interval_us
