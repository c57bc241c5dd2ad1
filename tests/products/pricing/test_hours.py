from datetime import UTC, datetime, time, timedelta

import pytest

from products.pricing.hours import ALMATY, EVERY_DAY, Hours, Span
from tests.products.pricing.situations import a_corridor

pytestmark = pytest.mark.unit
MONDAY, TUESDAY, SUNDAY = 14, 15, 20  # of September 2026


def almaty(day, hour, minute=0):
    return datetime(2026, 9, day, hour, minute, tzinfo=UTC) - FIVE_HOURS


FIVE_HOURS = timedelta(hours=5)


@pytest.mark.parametrize(
    ("span", "at", "is_in"),
    [
        (Span(time(9), time(18)), almaty(MONDAY, 9), True),
        (Span(time(9), time(18)), almaty(MONDAY, 17, 59), True),
        (Span(time(9), time(18)), almaty(MONDAY, 18), False),
        (Span(time(9), time(18)), almaty(MONDAY, 8, 59), False),
        (Span(time(9), time(18), frozenset({0})), almaty(MONDAY, 12), True),
        (Span(time(9), time(18), frozenset({0})), almaty(TUESDAY, 12), False),
        (Span(time(22), time(6)), almaty(MONDAY, 23), True),
        (Span(time(22), time(6)), almaty(MONDAY, 22), True),
        (Span(time(22), time(6)), almaty(MONDAY, 21, 59), False),
        (Span(time(22), time(6)), almaty(MONDAY, 5, 59), True),
        (Span(time(22), time(6)), almaty(MONDAY, 6), False),
        # A night belongs to the day on which it began.
        (Span(time(22), time(6), frozenset({0})), almaty(TUESDAY, 2), True),
        (Span(time(22), time(6), frozenset({0})), almaty(MONDAY, 2), False),
        (Span(time(22), time(6), frozenset({6})), almaty(MONDAY, 2), True),
        (Span(time(22), time(6), frozenset({6})), almaty(SUNDAY, 23), True),
        (Span(time(9), time(9)), almaty(MONDAY, 3), True),
    ],
)
def test_a_span_of_the_day(span, at, is_in):
    assert (at in span) is is_in


def test_the_clock_and_the_week_are_those_of_almaty():
    assert (str(ALMATY), sorted(EVERY_DAY)) == ("Asia/Almaty", [0, 1, 2, 3, 4, 5, 6])


@pytest.mark.parametrize(("hour", "is_open"), [(8, False), (9, True), (13, False), (14, True)])
def test_it_is_open_in_any_of_the_working_hours(hour, is_open):
    hours = Hours(working=(Span(time(9), time(13)), Span(time(14), time(18))))

    assert hours.is_open(almaty(MONDAY, hour)) is is_open


def test_without_hours_it_is_always_open_and_the_corridor_is_the_usual():
    usual = a_corridor()

    assert Hours().is_open(almaty(MONDAY, 3))
    assert Hours().corridor(almaty(MONDAY, 3), usual) is usual


def test_the_first_corridor_that_fits_holds():
    night, always = a_corridor(floor=1100), a_corridor(floor=1200)
    hours = Hours(corridors=((Span(time(22), time(6)), night), (Span(time(0), time(0)), always)))

    assert hours.corridor(almaty(MONDAY, 23), a_corridor()) is night
    assert hours.corridor(almaty(MONDAY, 12), a_corridor()) is always
