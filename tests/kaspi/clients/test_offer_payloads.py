"""Reading a card's offers."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cube_demper.kernel.money import Money
from kaspi.clients import payloads
from kaspi.errors import PayloadUnreadable
from kaspi.ports import Offer, OffersPage

pytestmark = pytest.mark.unit

PRICES = st.integers(min_value=1, max_value=10**8)


def an_offer(**changes):
    return {"merchantId": "87654321", "merchantName": "Sample Shop", "price": 900} | changes


@pytest.mark.parametrize(
    ("price", "tiyn"),
    [
        pytest.param(24990, 2499000, id="integer"),
        pytest.param(24990.0, 2499000, id="float"),
        pytest.param(24990.5, 2499050, id="float with half a tenge"),
        pytest.param("24990", 2499000, id="text"),
        pytest.param("24\u00a0990", 2499000, id="grouped text"),
        pytest.param("24990,50", 2499050, id="text with a comma"),
    ],
)
def test_a_price_is_read_exactly_however_it_is_spelled(price, tiyn):
    raw = {"offers": [an_offer(price=price)]}

    page = payloads.offers(raw)

    assert page.offers[0].price == Money(tiyn)


@pytest.mark.parametrize(
    "price", [None, 0, -1, True, "cheap", 1e30, 10**40, 0.001, [], {}, "1" * 5000, "-5", "NaN"]
)
def test_an_offer_without_a_readable_price_spoils_the_page(price):
    raw = {"offers": [an_offer(), an_offer(price=price)]}

    with pytest.raises(PayloadUnreadable) as caught:
        payloads.offers(raw)

    assert caught.value.field == "offers[1].price"


@pytest.mark.parametrize(
    "missing",
    [
        "merchantName",
        "merchantRating",
        "merchantReviewsQuantity",
        "preorder",
        "kaspiDelivery",
        "deliveryDuration",
        "deliveryType",
        "delivery",
        "pickup",
        "locatedInCity",
        "purchaseCount",
        "merchantSku",
    ],
)
def test_what_an_offer_may_lack_may_be_null_as_well(missing):
    plain = payloads.offers({"offers": [an_offer(merchantName=None)]})

    nulled = payloads.offers({"offers": [an_offer(merchantName=None) | {missing: None}]})

    assert nulled == plain


def test_a_merchant_may_be_twice_on_a_card_and_have_a_word_for_an_id():
    raw = {"offers": [an_offer(merchantId="Magnum"), an_offer(merchantId="Magnum", price=800)]}

    page = payloads.offers(raw)

    assert [(offer.merchant_id, offer.price.whole_tenge) for offer in page.offers] == [
        ("Magnum", 900),
        ("Magnum", 800),
    ]


def test_nobody_selling_is_an_answer():
    page = payloads.offers({"offers": [], "total": 0})

    assert page == OffersPage((), 0)


def test_the_recorded_offers_are_read_whole(shared_folder):
    recorded = shared_folder / "data" / "offers_102298404_almaty_2026-09-18.json"

    page = payloads.offers(json.loads(recorded.read_text()))

    assert page.offers[:2] == (
        Offer(
            merchant_id="11271005",
            merchant_name="Tehno Trade",
            price=Money.tenge(361788),
            rating=4.8,
            reviews=231,
            is_kaspi_delivery=True,
            delivery_duration="TILL_5_DAYS",
            delivery_type="TO_DOOR",
            delivered_at=datetime(2026, 9, 21, 18, tzinfo=UTC),
            picked_up_at=datetime(2026, 9, 19, 15, tzinfo=UTC),
            merchant_sku="102298404",
        ),
        Offer(
            merchant_id="30463420",
            merchant_name="MOOD PLACE",
            price=Money.tenge(361794),
            preorder_days=5,
            delivery_duration="TILL_7_DAYS",
            delivery_type="EXPRESS",
            delivered_at=datetime(2026, 9, 24, 9, tzinfo=UTC),
            picked_up_at=datetime(2026, 9, 24, 19, tzinfo=UTC),
            merchant_sku="102298404_940231519",
        ),
    )
    assert (len(page.offers), page.total) == (4, 20)


@pytest.mark.parametrize(
    ("said", "total"),
    [
        ({"total": 20, "offersCount": 4}, 20),
        ({"total": 4, "offersCount": 20}, 20),
        ({"offersCount": 20}, 20),
        ({"total": 0}, 1),
        ({}, 1),
    ],
)
def test_a_card_has_as_many_offers_as_the_larger_count_says(said, total):
    page = payloads.offers({"offers": [an_offer()], **said})

    assert page.total == total


def test_facets_and_badges_are_kept_as_far_as_they_can_be_read():
    raw = {
        "offers": [],
        "deliveryDurationFacetValues": {"TODAY": 3, "OTHER": "many", "TOMORROW": -1},
        "badges": ["TOP", {"code": "SALE"}, {"name": "NEW"}, {"picture": 1}, 7, "TOP"],
    }

    page = payloads.offers(raw)

    assert (page.durations, page.badges) == ({"TODAY": 3}, ("TOP", "SALE", "NEW"))


@pytest.mark.parametrize("odd", [None, 7, "all", [], {"TODAY": None}])
def test_odd_facets_and_badges_spoil_no_offers(odd):
    page = payloads.offers(
        {"offers": [an_offer()], "deliveryDurationFacetValues": odd, "badges": odd}
    )

    assert (len(page.offers), page.durations, page.badges) == (1, {}, ())


MOMENTS = st.integers(10**9, 4 * 10**9).map(lambda s: datetime.fromtimestamp(s, UTC))
OFFERS = st.builds(
    Offer,
    merchant_id=st.from_regex(r"[A-Za-z0-9]{1,12}", fullmatch=True),
    merchant_name=st.sampled_from(["", "Sample Shop", "Магазин"]),
    price=PRICES.map(Money),
    rating=st.none() | st.floats(min_value=0, max_value=5),
    reviews=st.integers(min_value=0, max_value=10**6),
    preorder_days=st.integers(min_value=0, max_value=30),
    is_kaspi_delivery=st.booleans(),
    delivery_duration=st.sampled_from([None, "TODAY", "OTHER"]),
    delivery_type=st.sampled_from([None, "TO_DOOR", "PICKUP"]),
    delivered_at=st.none() | MOMENTS,
    picked_up_at=st.none() | MOMENTS,
    is_in_city=st.none() | st.booleans(),
    purchases=st.integers(min_value=0, max_value=10**6),
    merchant_sku=st.sampled_from(["", "CHAIR-77", "100200301_123456789"]),
)


def rendered(offer):
    return {
        "merchantId": offer.merchant_id,
        "merchantName": offer.merchant_name,
        "price": offer.price.tiyn / 100,
        "merchantRating": offer.rating,
        "merchantReviewsQuantity": offer.reviews,
        "preorder": offer.preorder_days,
        "kaspiDelivery": offer.is_kaspi_delivery,
        "deliveryDuration": offer.delivery_duration,
        "deliveryType": offer.delivery_type,
        "delivery": offer.delivered_at and offer.delivered_at.isoformat(),
        "pickup": offer.picked_up_at and offer.picked_up_at.isoformat(),
        "locatedInCity": offer.is_in_city,
        "purchaseCount": offer.purchases,
        "merchantSku": offer.merchant_sku,
    }


@given(offers=st.lists(OFFERS, max_size=5))
def test_reading_rendered_offers_gives_them_back(offers):
    raw = json.loads(json.dumps({"offers": [rendered(offer) for offer in offers]}))

    page = payloads.offers(raw)

    assert page == OffersPage(tuple(offers), len(offers))


@pytest.mark.parametrize(
    "odd",
    [
        {"merchantReviewsQuantity": "many"},
        {"merchantReviewsQuantity": -1},
        {"merchantReviewsQuantity": 4.5},
        {"purchaseCount": "100+"},
        {"purchaseCount": {}},
        {"kaspiDelivery": "maybe"},
        {"kaspiDelivery": 1},
        {"merchantRating": "best"},
        {"merchantRating": True},
        {"merchantRating": 6},
        {"merchantRating": float("nan")},
    ],
)
def test_what_is_only_good_to_know_spoils_no_page(odd):
    page = payloads.offers({"offers": [an_offer(**odd)], "total": "x", "offersCount": -1})

    plain = payloads.offers({"offers": [an_offer()]})
    assert (page.offers, page.total) == (plain.offers, 1)


def test_a_rating_in_text_is_a_rating():
    [offer] = payloads.offers({"offers": [an_offer(merchantRating="4.8")]}).offers

    assert offer.rating == 4.8
