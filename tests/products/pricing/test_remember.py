from dataclasses import replace
from datetime import timedelta

import pytest

from cube_demper.kernel.money import Money
from products.pricing.decide import decide
from products.pricing.model import Memory
from products.pricing.remember import remember
from products.pricing.rules import Rise, Strategy
from tests.products.pricing.situations import NOON, a_rival, a_situation

pytestmark = pytest.mark.unit


def lived(situation):
    """The situation with what was learned from its decision."""
    return replace(situation, memory=remember(situation, decide(situation)))


def test_a_new_price_is_in_force_from_now_on():
    memory = lived(a_situation(a_rival(1200), memory=Memory(in_force=Money.tenge(1300)))).memory

    assert memory == Memory(in_force=Money.tenge(1199), moved_at=NOON)


def test_a_price_that_stays_is_no_move():
    before = Memory(in_force=Money.tenge(1199), moved_at=NOON - timedelta(hours=1))

    assert lived(a_situation(a_rival(1200), memory=before)).memory == before


def test_room_above_is_counted_from_when_it_came():
    waiting = lived(
        a_situation(a_rival(1200), rise=Rise.AFTER_QUIET, memory=Memory(in_force=Money.tenge(1000)))
    )
    later = lived(replace(waiting, at=NOON + timedelta(minutes=29)))
    gone = lived(replace(later, offers=(a_rival(900),)))

    assert (waiting.memory.room_since, later.memory.room_since) == (NOON, NOON)
    assert (later.memory.in_force, gone.memory.room_since) == (Money.tenge(1000), None)


def test_where_a_rival_answers_a_climb_is_the_tipping_point():
    climbing = lived(
        a_situation(
            a_rival(1300), strategy=Strategy.CREEP, memory=Memory(in_force=Money.tenge(1100))
        )
    )
    answered = lived(replace(climbing, offers=(a_rival(1199),), at=NOON + timedelta(minutes=5)))

    assert climbing.memory.climbed_to == Money.tenge(1200)
    assert (answered.memory.tipping, answered.memory.tipped_at) == (
        Money.tenge(1200),
        NOON + timedelta(minutes=5),
    )
    # Back under the rival, and from there never again as high while it is remembered.
    assert answered.memory.in_force == Money.tenge(1198)
    free = replace(answered, offers=(a_rival(1400),), at=NOON + timedelta(hours=3))
    assert lived(free).memory.in_force == Money.tenge(1199)


def test_a_rival_who_comes_below_without_a_climb_of_ours_teaches_nothing():
    memory = Memory(in_force=Money.tenge(1200), moved_at=NOON - timedelta(hours=1))

    assert lived(a_situation(a_rival(1100), memory=memory)).memory.tipping is None
