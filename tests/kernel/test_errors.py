import pickle
from datetime import UTC, datetime

import pytest

from cube_demper.kernel.errors import Conflict, DomainError, RateExceeded, Unavailable

pytestmark = pytest.mark.unit

SOON = datetime(2026, 3, 2, 9, 5, tzinfo=UTC)


class ShelfFull(Conflict):
    """The shelf holds no more.

    Whoever reads on learns why.
    """

    code = "shelf-full"


class Bare(DomainError):
    pass


def test_the_title_is_the_first_line_of_the_docstring():
    assert ShelfFull.title() == "The shelf holds no more."


def test_an_error_without_words_says_its_title():
    error = ShelfFull()

    assert (error.detail, str(error)) == ("The shelf holds no more.", "The shelf holds no more.")


def test_an_error_says_what_it_was_told_and_when_to_come_back():
    error = ShelfFull("12 of 12 places are taken.", retry_at=SOON)

    assert (error.detail, str(error), error.retry_at) == (
        "12 of 12 places are taken.",
        "12 of 12 places are taken.",
        SOON,
    )


def test_an_error_class_without_docstring_is_called_by_its_name():
    assert Bare.title() == "Bare"


def test_a_spent_budget_is_a_kind_of_unavailability():
    assert issubclass(RateExceeded, Unavailable)


def test_an_error_survives_the_way_to_another_process():
    error = pickle.loads(pickle.dumps(ShelfFull("12 of 12.", retry_at=SOON)))  # noqa: S301 -- our own

    assert (error.detail, error.retry_at) == ("12 of 12.", SOON)
