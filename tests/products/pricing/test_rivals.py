"""Who competes, and of everyone else why not."""

from typing import Any

import pytest

from cube_demper.kernel.money import Money
from products.pricing.model import Delivery, LeftOut, Percent, Reason
from products.pricing.rules import Reach, RivalFilter
from tests.products.pricing.situations import (
    OTHER_SHOP,
    a_corridor,
    a_rival,
    decided,
    ours,
    priced,
)

pytestmark = pytest.mark.unit
ALPHA, BETA = a_rival(1200, "1"), a_rival(1300, "2")


@pytest.mark.parametrize(
    ("chosen", "facts", "why"),
    [
        (RivalFilter(excluded=frozenset({"1"})), {}, LeftOut.EXCLUDED),
        (RivalFilter(with_preorders=False), {"preorder_days": 3}, LeftOut.PREORDER),
        (
            RivalFilter(reach=Reach.TILL_3_DAYS),
            {"delivery": Delivery.TILL_5_DAYS},
            LeftOut.SLOW,
        ),
        (
            RivalFilter(reach=Reach.TILL_5_DAYS),
            {"delivery": Delivery.TILL_7_DAYS},
            LeftOut.SLOW,
        ),
        (RivalFilter(reach=Reach.TODAY_TOMORROW), {}, LeftOut.SLOW),
        (RivalFilter(by_kaspi_only=True), {}, LeftOut.NOT_BY_KASPI),
        (RivalFilter(least_rating=400), {"rating": 399}, LeftOut.LOW_RATING),
        (RivalFilter(least_rating=1), {}, LeftOut.LOW_RATING),
        (RivalFilter(least_reviews=5), {"reviews": 4}, LeftOut.FEW_REVIEWS),
        (RivalFilter(below_cost=Money.tenge(1001)), {}, LeftOut.BELOW_COST),
    ],
)
def test_who_is_left_out_does_not_set_the_price_but_stands_on_the_card(chosen, facts, why):
    out = a_rival(1000, "1", **facts)
    good: dict[str, Any] = {
        "rating": 500,
        "reviews": 50,
        "delivery": Delivery.TODAY,
        "by_kaspi": True,
    }
    kept = a_rival(1300, "2", **good)

    decision = priced(out, kept, rivals=chosen)

    assert (decision.price, decision.position) == (Money.tenge(1299), 2)
    assert decision.left_out == ((out, why),)


@pytest.mark.parametrize(
    ("chosen", "facts"),
    [
        (RivalFilter(), {"preorder_days": 3}),
        (RivalFilter(reach=Reach.TILL_3_DAYS), {"delivery": Delivery.TILL_3_DAYS}),
        (RivalFilter(least_rating=400), {"rating": 400}),
        (RivalFilter(least_rating=0), {}),
        (RivalFilter(least_reviews=5), {"reviews": 5}),
        (RivalFilter(below_cost=Money.tenge(1000)), {}),
    ],
)
def test_who_only_just_passes_competes(chosen, facts):
    rival = a_rival(1000, "1", **facts)

    decision = priced(rival, rivals=chosen)

    assert (decision.rival, decision.left_out) == (rival, ())


def test_our_own_shops_are_no_rivals_and_not_on_the_way():
    other_shop = a_rival(1000, OTHER_SHOP)

    decision = priced(other_shop, ALPHA, ours(1100))

    assert (decision.price, decision.position) == (Money.tenge(1199), 1)
    assert [why for _, why in decision.left_out] == [LeftOut.OWN, LeftOut.OWN]


def test_an_absurd_price_is_left_out_where_others_show_that_it_is():
    absurd = a_rival(12, "9")

    with_others = priced(absurd, ALPHA, BETA)
    alone_with_one = priced(absurd, ALPHA)

    assert (with_others.price, with_others.left_out) == (
        Money.tenge(1199),
        ((absurd, LeftOut.ABSURD),),
    )
    assert (alone_with_one.price, alone_with_one.reason) == (Money.tenge(900), Reason.AT_FLOOR)


def test_an_absurd_price_is_one_far_below_the_middle_of_all():
    five = [a_rival(price, str(price)) for price in (399, 400, 500, 1000, 2000)]
    chosen = RivalFilter(absurd_below=Percent(80_00))

    decision = priced(*five, rivals=chosen, corridor=a_corridor(floor=100))

    # 80 % of 500, and not of 400.
    assert (decision.price, decision.left_out) == (
        Money.tenge(399),
        ((five[0], LeftOut.ABSURD),),
    )


def test_an_absurd_price_does_not_hide_what_else_its_merchant_asks():
    absurd, sensible, dear = (a_rival(price, "9") for price in (12, 1100, 1150))

    decision = priced(absurd, sensible, dear, ALPHA, BETA)

    assert (decision.price, decision.rival) == (Money.tenge(1099), sensible)
    assert decision.left_out == ((absurd, LeftOut.ABSURD), (dear, LeftOut.TWICE))


def test_the_middle_is_that_of_merchants_and_not_of_offers():
    many = [a_rival(price, "9") for price in (2000, 2001, 2002)]
    chosen = RivalFilter(absurd_below=Percent(80_00))

    decision = priced(*many, ALPHA, BETA, rivals=chosen)

    assert decision.rival == ALPHA


def test_three_rivals_have_a_middle():
    assert priced(a_rival(12, "9"), ALPHA, BETA).left_out[0][1] is LeftOut.ABSURD
    assert priced(a_rival(12, "9"), BETA).left_out == ()


def test_a_seller_may_believe_every_price():
    absurd = a_rival(12, "9")

    decision = priced(absurd, ALPHA, BETA, rivals=RivalFilter(absurd_below=None))

    assert (decision.rival, decision.left_out) == (absurd, ())


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        pytest.param({"preorder_days": 0}, {"preorder_days": 1}, id="there, before to be ordered"),
        pytest.param({"delivery": Delivery.TODAY}, {}, id="soon, before who knows when"),
        pytest.param({"delivery": Delivery.OTHER}, {}, id="late, before who knows when"),
        pytest.param({"by_kaspi": True}, {"by_kaspi": False}, id="delivered by Kaspi"),
        pytest.param({"rating": 500}, {"rating": 499}, id="rated better"),
        pytest.param({"rating": 1}, {}, id="rated, before not rated"),
        pytest.param({"rating": 1}, {"rating": 0}, id="rated worst, before nothing"),
        pytest.param({"rating": 0}, {}, id="rated nothing, before not rated"),
        pytest.param({"reviews": 2}, {"reviews": 1}, id="known better"),
        pytest.param({"name": "A"}, {"name": "B"}, id="by its name, so that it is always the same"),
    ],
)
def test_of_a_merchants_offers_at_one_price_the_best_counts(better, worse):
    chosen = a_rival(1200, "1", **better)
    other = a_rival(1200, "1", **worse)

    decisions = [priced(chosen, other), priced(other, chosen)]

    assert [one.rival for one in decisions] == [chosen, chosen]
    assert [one.left_out for one in decisions] == [((other, LeftOut.TWICE),)] * 2


def test_a_merchant_who_is_there_twice_counts_once_at_the_best_that_competes():
    preorder, now, later = (
        a_rival(1000, "1", preorder_days=5),
        a_rival(1200, "1"),
        a_rival(1250, "1"),
    )

    decision = priced(later, now, preorder, rivals=RivalFilter(with_preorders=False))

    assert (decision.price, decision.rival, decision.position) == (Money.tenge(1199), now, 2)
    assert decision.left_out == ((preorder, LeftOut.PREORDER), (later, LeftOut.TWICE))


def test_same_or_faster_is_by_our_own_offer_and_means_anybody_while_we_have_none():
    slow = a_rival(1000, "1", delivery=Delivery.TILL_5_DAYS)
    chosen = RivalFilter(reach=Reach.SAME_OR_FASTER)
    here = ours(1400, delivery=Delivery.TODAY)

    assert decided(slow, BETA, here, rivals=chosen)[0] == 1500
    assert decided(slow, BETA, rivals=chosen)[0] == 999


def test_of_our_offers_the_cheapest_says_how_soon_we_deliver():
    slow = a_rival(1000, "1", delivery=Delivery.TILL_5_DAYS)
    chosen = RivalFilter(reach=Reach.SAME_OR_FASTER)
    cheap, dear = ours(1300, delivery=Delivery.TILL_5_DAYS), ours(1400, delivery=Delivery.TODAY)

    assert decided(slow, cheap, dear, rivals=chosen)[0] == 999


def test_a_stated_reach_does_not_ask_how_soon_we_deliver():
    slow = a_rival(1000, "1", delivery=Delivery.TILL_5_DAYS)
    here = ours(1400, delivery=Delivery.TILL_7_DAYS)

    assert decided(slow, here, rivals=RivalFilter(reach=Reach.TILL_3_DAYS))[0] == 1500
