import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from products.pricing.attention import USUAL_RATE, ChangeRate, Tempo, tempo_for

pytestmark = pytest.mark.unit
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
gaps = st.floats(1, 1e6).map(lambda seconds: timedelta(seconds=seconds))


def watched(*, per_s, looks, gap, dice):
    """Look so often at a market that changes at this rate, by chance."""
    rate = ChangeRate()
    gap_s = gap.total_seconds()
    for _ in range(looks):
        has_changed = dice.random() < 1 - 2.718281828459045 ** (-per_s * gap_s)
        rate = rate.learn(gap=gap, has_changed=has_changed)
    return rate.per_s


def test_before_anything_is_known_a_market_is_a_usual_one():
    assert ChangeRate().per_s == pytest.approx(USUAL_RATE)


@pytest.mark.parametrize("per_hour", [0.1, 1, 6, 20])
def test_a_rate_is_learned_from_one_bit_a_look(per_hour):
    dice = random.Random(3)

    learned = [
        watched(per_s=per_hour / 3600, looks=400, gap=timedelta(minutes=6), dice=dice) * 3600
        for _ in range(20)
    ]

    assert sum(learned) / len(learned) == pytest.approx(per_hour, rel=0.35)


def test_what_was_known_is_forgotten():
    busy = ChangeRate(changes=100, seconds=3600)

    later = busy.learn(gap=timedelta(days=20), has_changed=False)

    assert later.per_s < busy.per_s / 1000


def test_no_gap_teaches_nothing():
    assert ChangeRate().learn(gap=timedelta(0), has_changed=True) == ChangeRate()


@given(gaps, gaps)
def test_a_change_raises_the_rate_and_silence_lowers_it(gap, next_):
    rate = ChangeRate().learn(gap=gap, has_changed=True)

    up = rate.learn(gap=next_, has_changed=True)
    down = rate.learn(gap=next_, has_changed=False)

    assert up.per_s > down.per_s > 0


def test_four_times_the_worth_is_looked_at_twice_as_often():
    tempo = Tempo(100.0, shortest=timedelta(seconds=1), longest=timedelta(days=9))

    gaps = [tempo.gap(worth=worth, rate=ChangeRate()) for worth in (1.0, 4.0)]

    assert gaps[0] / gaps[1] == pytest.approx(2)


@given(st.floats(0, 1e9), st.floats(1e-9, 1e12), gaps)
def test_no_gap_leaves_its_bounds(worth, multiplier, known):
    rate = ChangeRate().learn(gap=known, has_changed=True)

    gap = Tempo(multiplier, MINUTE, HOUR).gap(worth=worth, rate=rate)

    assert MINUTE <= gap <= HOUR


crowds = st.lists(st.tuples(st.floats(1e-9, 1e9), st.integers(1, 1000)), min_size=1, max_size=20)


@given(crowds, st.floats(0.1, 1000))
def test_law_a_tempo_asks_for_the_budget_and_no_more(markets, budget_per_s):
    tempo = tempo_for(markets, budget_per_s=budget_per_s, shortest=MINUTE, promised=HOUR)

    asked = tempo.per_s(markets)
    most = sum(number for _, number in markets) / MINUTE.total_seconds()
    assert asked <= budget_per_s * 1.001
    assert asked >= min(budget_per_s, most) * 0.99


@given(crowds, st.floats(0.1, 1000))
def test_law_a_promise_is_kept_where_the_budget_holds_it(markets, budget_per_s):
    tempo = tempo_for(markets, budget_per_s=budget_per_s, shortest=MINUTE, promised=HOUR)

    number = sum(count for _, count in markets)
    if number / HOUR.total_seconds() <= 0.8 * budget_per_s:
        assert tempo.longest == HOUR
    else:  # for all alike, and no more than it takes
        assert tempo.longest.total_seconds() == pytest.approx(number / (0.8 * budget_per_s))


def test_under_overload_nobody_starves_and_what_moves_still_goes_first():
    markets = [(0.0, 1000), (1.0, 10)]

    tempo = tempo_for(markets, budget_per_s=1.0, shortest=MINUTE, promised=MINUTE)

    quiet, moving = (
        tempo.gap(worth=worth, rate=ChangeRate(changes=1, seconds=1)) for worth in (0.0, 1.0)
    )
    assert quiet == tempo.longest < timedelta(seconds=1263)
    assert moving < quiet / 10


def test_with_budget_to_spare_politeness_is_the_bound():
    tempo = tempo_for([(1.0, 3)], budget_per_s=100.0, shortest=MINUTE, promised=HOUR)

    assert tempo.gap(worth=1.0, rate=ChangeRate(changes=1, seconds=1)) == MINUTE


def test_a_shard_without_markets_has_a_tempo():
    assert tempo_for([], budget_per_s=30.0, shortest=MINUTE, promised=HOUR).longest == HOUR
