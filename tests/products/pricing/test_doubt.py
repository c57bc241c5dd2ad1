import pytest
from hypothesis import given
from hypothesis import strategies as st

from products.pricing.doubt import is_odd
from tests.products.pricing.situations import a_rival, rivals

pytestmark = pytest.mark.unit


def page(*prices):
    return [a_rival(price, f"{n}") for n, price in enumerate(prices) if price]


@pytest.mark.parametrize(
    ("before", "after", "odd"),
    [
        pytest.param((100, 110, 120, 130), (100, 110, 120, 130), False, id="nothing changed"),
        pytest.param((100, 110, 120, 130), (90, 108, 119, 131), False, id="all moved a little"),
        pytest.param((100, 110, 120, 130), (40, 110, 120, 130), False, id="one leapt"),
        pytest.param((100, 110, 120, 130), (60, 60, 120, 130), True, id="half of them leapt"),
        pytest.param((100, 110, 120, 130), (150, 165, 120, 130), False, id="3 : 2 is not far yet"),
        pytest.param((100, 110, 120, 130), (151, 166, 120, 130), True, id="more than that is"),
        pytest.param((100, 110, 120, 130), (100, 110, 0, 0), False, id="half of them went"),
        pytest.param((100, 110, 120, 130), (100, 0, 0, 0), True, id="most of them went"),
        pytest.param((100, 110, 120, 130), (), True, id="all of them went"),
        pytest.param((100, 110, 120), (), False, id="few may go at once"),
        pytest.param((100, 110), (1, 1), True, id="two of two, in dollars"),
        pytest.param((100, 110, 120, 130, 140), (1, 1, 120, 130, 140), False, id="two of five"),
        pytest.param((9, 9, 9, 9, 9), (9, 9, 0, 0, 0), True, id="three of five went"),
        pytest.param((9, 9, 9, 9, 9), (9, 9, 9, 0, 0), False, id="two of five went"),
        pytest.param((100,), (1,), False, id="one alone may do what it likes"),
        pytest.param((), (100, 110, 120, 130), False, id="a card that fills"),
    ],
)
def test_a_page_is_odd_when_most_of_it_changed_together(before, after, odd):
    assert is_odd(page(*before), page(*after)) is odd


def test_a_merchants_best_offer_counts():
    before = [a_rival(100, "1"), a_rival(500, "1"), a_rival(100, "2"), a_rival(500, "2")]
    after = [a_rival(100, "1"), a_rival(100, "2")]

    assert not is_odd(before, after)


@given(st.lists(rivals, max_size=8))
def test_law_a_page_is_never_odd_beside_itself(offers):
    assert not is_odd(offers, list(reversed(offers)))
