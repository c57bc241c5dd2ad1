from datetime import timedelta

import pytest

from cube_demper.kernel.money import Money
from products.pricing.rules import Truce, WarPolicy
from products.pricing.wars import (
    Best,
    Fingerprint,
    Front,
    War,
    find_war,
    fingerprint,
    is_cycling,
    war_on,
)
from tests.products.pricing.situations import NOON

pytestmark = pytest.mark.unit
US, BOT, THIRD = "us", "bot", "third"
OURS = frozenset({US})


def tape(*moves, begins=NOON, every=timedelta(minutes=10)):
    """Best prices in tenge and whose they are, one after another."""
    return [
        Best(begins + every * place, Money.tenge(price), merchant_id)
        for place, (price, merchant_id) in enumerate(moves)
    ]


def by_turns(*, first=1000, step=5, count=20, every=timedelta(minutes=10), rival=BOT):
    moves = [(first - step * n, US if n % 2 == 0 else rival) for n in range(count)]
    return tape(*moves, every=every)


def found(moves, *, step=5, floor=700, at=None):
    return find_war(
        moves,
        ours=OURS,
        step=Money.tenge(step),
        floor=Money.tenge(floor),
        at=at or moves[-1].at,
    )


def test_two_who_go_down_by_turns_are_at_war():
    moves = by_turns()

    assert found(moves) == War(BOT, moves[-1].at, Money.tenge(95))


@pytest.mark.parametrize(
    "moves",
    [
        pytest.param(by_turns(count=6), id="five falls only"),
        pytest.param(by_turns(step=20), id="too large for war"),
        pytest.param(by_turns(every=timedelta(minutes=31)), id="too slow"),
        pytest.param(by_turns(step=1), id="not far enough"),
        pytest.param(
            tape(*[(1000 - 5 * n, BOT if n % 4 else US) for n in range(20)]), id="one side only"
        ),
        pytest.param(
            tape(*[(1000 - 5 * n, (US, BOT, THIRD)[n % 3]) for n in range(20)]), id="three"
        ),
        pytest.param(tape((1000, US), (1100, BOT)), id="upwards"),
    ],
)
def test_not_every_fall_is_a_war(moves):
    assert found(moves) is None


def test_what_is_long_past_is_no_war():
    moves = by_turns()

    assert found(moves, at=moves[-1].at + timedelta(hours=5)) is None


def test_a_market_below_our_floor_is_not_ours_to_fight_for():
    assert found(by_turns(), floor=1000) is None


HOUR = timedelta(hours=1)
SIT_OUT = Truce(WarPolicy.SIT_OUT, Money.tenge(1200), HOUR)


def told(moves, *, known=None, peace_since=None, truce=SIT_OUT, at=None):
    front = Front(OURS, Money.tenge(5), Money.tenge(700), truce, known, peace_since)
    return war_on(moves, front, at=at or moves[-1].at)


def test_a_known_war_lasts_as_long_as_its_policy_says():
    known = War(BOT, NOON)

    assert told([], known=known, at=NOON + HOUR - timedelta(seconds=1)) is known
    assert told([], known=known, at=NOON + HOUR) is None


def test_what_fell_before_a_war_was_told_makes_no_other():
    moves = by_turns()
    known = War(BOT, moves[-1].at)

    assert told(moves, known=known, at=moves[-1].at + HOUR) is None
    assert told(moves, peace_since=moves[-1].at) is None


def test_a_war_that_flares_up_again_begins_anew():
    moves = by_turns()

    again = told(moves, known=War(BOT, NOON), at=moves[-1].at)
    after_peace = told(moves, peace_since=NOON)

    assert again == after_peace == War(BOT, moves[-1].at, Money.tenge(95))


def test_who_fights_on_has_fought_since_the_first_day():
    moves = by_turns()
    known = War(BOT, NOON)

    assert told(moves, known=known, truce=Truce(lasts=HOUR)) is known


def test_who_fights_another_rival_now_is_in_another_war():
    moves = by_turns()
    known = War(THIRD, NOON)

    assert told(moves, known=known, truce=Truce(lasts=HOUR)) == found(moves)


def test_days_of_small_falls_and_a_large_rise_are_a_cycle():
    saw = [(1000 - 5 * (n % 20), US if n % 2 else BOT) for n in range(60)]

    assert is_cycling(tape(*saw, every=timedelta(hours=2)))
    assert not is_cycling(tape(*saw, every=timedelta(minutes=10)))
    assert not is_cycling(tape(*reversed(saw), every=timedelta(hours=2)))


def test_a_rival_is_known_by_its_answers():
    down = by_turns(first=1000, step=5, count=8)
    left = Best(down[-1].at + timedelta(minutes=10), Money.tenge(960), US)

    habits = fingerprint([*down, left], BOT, ours=OURS)

    assert habits == Fingerprint(
        moves=4,
        reaction=timedelta(minutes=10),
        step=Money.tenge(5),
        hours=frozenset({12, 13}),
        floor=Money.tenge(965),
    )


def test_a_floor_is_only_known_once_the_rival_let_us_stand_below_it():
    habits = fingerprint(by_turns(count=8), BOT, ours=OURS)

    assert habits is not None
    assert habits.floor is None


def test_two_moves_tell_nothing():
    assert fingerprint(by_turns(count=5), BOT, ours=OURS) is None
