from dataclasses import replace
from datetime import timedelta

import pytest

from cube_demper.kernel.money import Money
from products.pricing.decide import decide
from products.pricing.model import Memory
from products.pricing.remember import remember
from products.pricing.rules import Rise, Strategy
from tests.products.pricing.situations import NOON, a_corridor, a_rival, a_situation

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


def test_the_first_price_is_a_move():
    memory = lived(a_situation(a_rival(1200))).memory

    assert memory == Memory(in_force=Money.tenge(1199), moved_at=NOON)


@pytest.mark.parametrize(
    ("offers", "tipping"),
    [
        pytest.param([a_rival(1201)], None, id="a rival just above"),
        pytest.param([a_rival(1200)], Money.tenge(1200), id="a rival who comes to our price"),
        pytest.param([a_rival(1199)], Money.tenge(1200), id="a rival who goes below"),
        pytest.param([], None, id="nobody is left"),
    ],
)
def test_an_answer_to_a_climb_is_a_rival_at_our_price_or_below(offers, tipping):
    climbed = Memory(in_force=Money.tenge(1200), climbed_to=Money.tenge(1200), moved_at=NOON)

    memory = lived(a_situation(*offers, strategy=Strategy.CREEP, memory=climbed)).memory

    assert memory.tipping == tipping


def test_an_answer_counts_once_even_where_our_price_stays():
    corridor = a_corridor(floor=1000)
    climbed = Memory(in_force=Money.tenge(1000), climbed_to=Money.tenge(1000), moved_at=NOON)

    memory = lived(a_situation(a_rival(990), corridor=corridor, memory=climbed)).memory

    assert memory == Memory(
        in_force=Money.tenge(1000), moved_at=NOON, tipping=Money.tenge(1000), tipped_at=NOON
    )


def test_a_way_down_is_no_climb():
    climbed = Memory(in_force=Money.tenge(1300), climbed_to=Money.tenge(1300))

    assert lived(a_situation(a_rival(1301), memory=climbed)).memory.climbed_to is not None
    assert lived(a_situation(a_rival(1200), memory=climbed)).memory.climbed_to is None
