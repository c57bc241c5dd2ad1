from datetime import UTC, datetime, timedelta

import pytest

from cube_demper.kernel.money import Money
from products.chart import Line, blank, draw, thinned
from products.pricing.hours import ALMATY

pytestmark = pytest.mark.unit
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def test_nothing_to_draw_is_an_empty_text():
    assert draw([Line("Our price", "#000", [])], floor=None, ceiling=None) == ""


def test_a_price_holds_until_the_next_one():
    points = [(NOW, Money.tenge(1000)), (NOW + timedelta(hours=1), Money.tenge(900))]

    svg = draw([Line("Our price", "#1d9a6c", points)], floor=None, ceiling=None)

    assert '<path d="M90.0,32.0 H748.0 V176.0 H748.0"' in svg


def test_a_single_point_and_a_flat_line_are_drawn():
    svg = draw([Line("x", "#000", [(NOW, Money.tenge(1000))])], floor=None, ceiling=None)

    assert "<path" in svg


def test_labels_are_text_and_never_markup():
    line = Line("<script>alert(1)</script>", "#000", [(NOW, Money.tenge(1000))])

    svg = draw([line], floor=None, ceiling=None)

    assert "<script>" not in svg
    assert "&lt;script&gt;" in svg


def test_the_corridor_is_shaded_as_far_as_it_shows():
    line = Line("x", "#000", [(NOW, Money.tenge(1000))])

    svg = draw([line], floor=Money.tenge(1), ceiling=Money.tenge(100_000))

    assert '<rect x="90" y="14.0" width="658" height="180.0"' in svg


def test_a_gap_lifts_the_pen():
    points = [
        (NOW, Money.tenge(1000)),
        (NOW + timedelta(hours=1), None),
        (NOW + timedelta(hours=2), Money.tenge(900)),
    ]

    svg = draw([Line("x", "#000", points)], until=NOW + timedelta(hours=4))

    assert '<path d="M90.0,32.0 H254.5 M419.0,176.0 H748.0"' in svg


def test_times_are_told_by_the_clock_of_a_zone():
    svg = draw([Line("x", "#000", [(NOW, Money.tenge(1000))])], zone=ALMATY)

    assert "22.11 14:00:00 Asia/Almaty" in svg


def test_a_drawing_of_nothing_says_so_and_never_as_markup():
    assert ">&lt;b&gt;</text>" in blank("<b>")


def a_step(minutes, price):
    return (NOW + timedelta(minutes=minutes), None if price is None else Money.tenge(price))


def test_a_price_that_is_the_same_as_before_is_left_out():
    points = [a_step(0, 10), a_step(1, 10), a_step(2, 11), a_step(3, 11)]

    assert thinned(points, until=NOW, columns=100) == [a_step(0, 10), a_step(2, 11)]


def test_of_each_column_what_a_drawing_would_show_stays():
    column = [a_step(minute, price) for minute, price in enumerate([50, 40, 90, None, 60, 10, 70])]
    rest = [a_step(60, 55)]

    kept = thinned([*column, *rest], until=NOW + timedelta(minutes=120), columns=2)

    assert kept == [
        *(a_step(0, 50), a_step(2, 90), a_step(3, None), a_step(5, 10), a_step(6, 70)),
        *rest,
    ]


def test_a_long_line_is_thinned_to_a_few_points_a_column():
    points = [a_step(minute, 1000 + minute % 17) for minute in range(20_000)]

    kept = thinned(points, until=NOW + timedelta(minutes=20_000), columns=240)

    assert len(kept) <= 4 * 241
    assert (kept[0], kept[-1]) == (points[0], points[-1])
