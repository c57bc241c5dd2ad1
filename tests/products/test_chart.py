from datetime import UTC, datetime, timedelta

import pytest

from cube_demper.kernel.money import Money
from products.chart import Line, draw

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
