"""Drawings as pictures, on servers that have no fonts."""

from datetime import timedelta

import pytest

from cube_demper.kernel.money import Money
from products.chart import HEIGHT, WIDTH, Line, blank, draw
from products.picture import ZOOM, png
from tests.factories import NOW
from tests.products.pictures import size_of

pytestmark = pytest.mark.unit

CYRILLIC = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
KAZAKH = "әғқңөұүһі"
UNKNOWN = "中"  # no font of ours has it
NOTHING = png(blank(" "))


def test_a_picture_is_twice_as_large_as_the_drawing():
    assert size_of(NOTHING) == (WIDTH * ZOOM, HEIGHT * ZOOM)


@pytest.mark.parametrize(
    "letter", [*CYRILLIC, *CYRILLIC.upper(), *KAZAKH, *KAZAKH.upper(), *"09,:./₸"]
)
def test_every_letter_of_a_chart_is_drawn(letter):
    picture = png(blank(letter))

    assert picture not in {NOTHING, png(blank(UNKNOWN))}


def test_a_line_is_seen():
    points = [(NOW, Money.tenge(1000)), (NOW + timedelta(hours=1), Money.tenge(1100))]
    with_line = draw([Line("", "#1d9a6c", points)], until=NOW + timedelta(hours=2))
    without = draw([Line("", "#fff", points)], until=NOW + timedelta(hours=2))

    assert png(with_line) != png(without)
