import pytest

from cube_demper.local.pauses import Pauses

pytestmark = pytest.mark.unit


def test_pauses_double_up_to_the_longest():
    pauses = Pauses(first_s=0.5, longest_s=15)
    previous = [None, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0]

    taken = [pauses.next(previous_s=pause_s, lived_s=1) for pause_s in previous]

    assert taken == [0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0]


def test_a_program_that_lived_a_while_starts_afresh():
    pauses = Pauses(first_s=0.5, longest_s=15, forgiven_after_s=30)

    pause = pauses.next(previous_s=15, lived_s=30)

    assert pause == 0.5
