"""Among other agents ours keeps to its corridor, and being first earns what it is worth."""

import random

import pytest

from bench.agents import CEILING, FLOOR, MARKETS, SEATS, naive, play

pytestmark = pytest.mark.unit
SEED, DAYS = 3, 1


@pytest.mark.parametrize("market", MARKETS)
@pytest.mark.parametrize("seat", SEATS)
def test_no_rival_drives_us_out_of_the_corridor(seat, market):
    result = play(SEATS[seat](), MARKETS[market](random.Random(SEED)), days=DAYS)

    assert FLOOR <= result.lowest <= result.highest <= CEILING
    assert result.changes > 0


@pytest.mark.parametrize("market", MARKETS)
def test_being_first_earns_at_least_what_naive_undercutting_does(market):
    theirs = play(naive(), MARKETS[market](random.Random(SEED)), days=DAYS)

    ours = play(SEATS["be first"](), MARKETS[market](random.Random(SEED)), days=DAYS)

    assert ours.earned >= theirs.earned
    assert ours.first >= theirs.first


def test_creeping_wears_cyclers_out():
    cyclers = MARKETS["two cyclers"]
    theirs = play(naive(), cyclers(random.Random(SEED)), days=DAYS)

    ours = play(SEATS["creep"](), cyclers(random.Random(SEED)), days=DAYS)

    assert ours.earned > theirs.earned * 1.2
    assert ours.changes < theirs.changes


def test_the_same_seed_plays_the_same_market():
    results = [
        play(SEATS["creep"](), MARKETS["one of each"](random.Random(SEED)), days=DAYS)
        for _ in range(2)
    ]

    assert results[0] == results[1]
