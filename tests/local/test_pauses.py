import pytest

from cube_demper.local.pauses import Pauses

pytestmark = pytest.mark.unit


def test_pauses_double_up_to_the_longest():
    pauses = Pauses(first_s=0.5, longest_s=15)
    taken = [None]

    for _ in range(7):
        taken.append(pauses.next(previous_s=taken[-1], lived_s=1))

    assert taken[1:] == [0.5, 1.0, 2.0, 4.0, 8.0, 15, 15]


def test_a_program_that_lived_a_while_starts_afresh():
    pauses = Pauses(first_s=0.5, longest_s=15, forgiven_after_s=30)

    pause = pauses.next(previous_s=15, lived_s=30)

    assert pause == 0.5
