import pytest
from hypothesis import given
from hypothesis import strategies as st

from cube_demper.kernel.money import Money
from kaspi.clients import payloads
from kaspi.clients.config import PriceShape
from kaspi.clients.statement import statement
from kaspi.errors import ListingWithoutPoints, PushRejected
from kaspi.ports import Listing, Point

pytestmark = pytest.mark.unit

POINTS = st.builds(
    Point,
    point_id=st.from_regex(r"12345678_PP[1-9]", fullmatch=True),
    is_available=st.booleans(),
    stock_count=st.none() | st.integers(min_value=0, max_value=9999),
    is_stock_enabled=st.none() | st.booleans(),
    preorder_days=st.none() | st.integers(min_value=0, max_value=30),
)


def a_listing(*points, city_prices=None):
    return Listing(
        sku="CHAIR-77",
        master_sku="100200301",
        title="Стул",
        card_title="Стул",
        brand="",
        category="",
        category_codes=(),
        price=Money.tenge(900),
        city_prices=city_prices or {},
        points=points,
        is_on_sale=True,
        is_settled=True,
        shop_link="",
    )


def test_a_statement_says_the_whole_offer_again_with_the_new_price_everywhere():
    listing = a_listing(
        Point("12345678_PP1", True, 4, True, 7),
        Point("12345678_PP2", False, None, False, None),
        city_prices={"750000000": Money.tenge(900), "710000000": Money.tenge(950)},
    )

    body = statement(listing, Money.tenge(890), merchant_id="12345678")

    assert body == {
        "merchantUid": "12345678",
        "sku": "CHAIR-77",
        "model": "Стул",
        "price": 890,
        "availabilities": [
            {
                "storeId": "12345678_PP1",
                "available": "yes",
                "stockEnabled": True,
                "stockCount": 4,
                "preOrder": 7,
            },
            {"storeId": "12345678_PP2", "available": "no", "stockEnabled": False},
        ],
        "cityPrices": [
            {"cityId": "750000000", "value": 890},
            {"cityId": "710000000", "value": 890},
        ],
    }


ALMATY, ASTANA = "750000000", "710000000"
TWO_CITIES = {ALMATY: Money.tenge(900), ASTANA: Money.tenge(950)}


@pytest.mark.parametrize("shape", list(PriceShape))
def test_a_city_with_a_price_of_its_own_is_stated_in_any_shape(shape):
    listing = a_listing(Point("12345678_PP1", True), city_prices=TWO_CITIES)

    body = statement(
        listing,
        Money.tenge(890),
        merchant_id="12345678",
        city_prices={ASTANA: Money.tenge(870)},
        shape=shape,
    )

    assert body["cityPrices"] == [
        {"cityId": ALMATY, "value": 890},
        {"cityId": ASTANA, "value": 870},
    ]
    assert body.get("price", 870) == 870


@pytest.mark.parametrize(
    ("city_id", "tenge", "trouble"),
    [
        pytest.param("390000000", 870, ValueError, id="a city without a price"),
        pytest.param(ASTANA, 9, PushRejected, id="below the lowest"),
        pytest.param(ASTANA, 0, ValueError, id="no price"),
    ],
)
def test_an_impossible_price_of_a_city_is_never_stated(city_id, tenge, trouble):
    listing = a_listing(Point("12345678_PP1", True), city_prices=TWO_CITIES)
    city_prices = {city_id: Money.tenge(tenge)}

    with pytest.raises(trouble):
        statement(listing, Money.tenge(890), merchant_id="12345678", city_prices=city_prices)


def test_without_city_prices_only_the_common_price_is_stated():
    listing = a_listing(Point("12345678_PP1", True))

    body = statement(listing, Money.tenge(890), merchant_id="12345678")

    assert ("price" in body, "cityPrices" in body) == (True, False)


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        (PriceShape.BOTH, {"price": 890, "cityPrices": [{"cityId": "750000000", "value": 890}]}),
        (PriceShape.PRICE, {"price": 890}),
        (PriceShape.CITIES, {"cityPrices": [{"cityId": "750000000", "value": 890}]}),
    ],
)
def test_the_shape_only_moves_where_the_price_is_said(shape, said):
    listing = a_listing(
        Point("12345678_PP1", True, 4, True, 7), city_prices={"750000000": Money.tenge(900)}
    )

    body = statement(listing, Money.tenge(890), merchant_id="12345678", shape=shape)

    full = statement(listing, Money.tenge(890), merchant_id="12345678")
    unpriced = {key: full[key] for key in full.keys() - {"price", "cityPrices"}}
    assert body == unpriced | said


def test_without_city_prices_the_common_price_is_stated_in_any_shape():
    listing = a_listing(Point("12345678_PP1", True))

    body = statement(listing, Money.tenge(890), merchant_id="12345678", shape=PriceShape.CITIES)

    assert ("price" in body, "cityPrices" in body) == (True, False)


@given(
    points=st.lists(POINTS, min_size=1, max_size=6),
    cities=st.lists(st.from_regex(r"[1-9][0-9]{8}", fullmatch=True), unique=True, max_size=4),
    prices=st.tuples(*[st.integers(min_value=10, max_value=10**9)] * 2),
    shape=st.sampled_from(PriceShape),
)
def test_two_prices_make_statements_that_differ_in_nothing_else(points, cities, prices, shape):
    listing = a_listing(*points, city_prices=dict.fromkeys(cities, Money.tenge(900)))

    one, other = (
        statement(listing, Money.tenge(price), merchant_id="12345678", shape=shape)
        for price in prices
    )

    for body, price in zip((one, other), prices, strict=True):
        assert body.pop("price", price) == price
        assert {city["value"] for city in body.pop("cityPrices", [])} <= {price}
    assert one == other


def test_a_price_below_kaspis_lowest_is_never_pushed():
    listing = a_listing(Point("12345678_PP1", True))

    with pytest.raises(PushRejected, match="below 10 tenge"):
        statement(listing, Money.tenge(9), merchant_id="12345678")


def test_a_listing_without_points_is_never_pushed():
    with pytest.raises(ListingWithoutPoints):
        statement(a_listing(), Money.tenge(890), merchant_id="12345678")


@pytest.mark.parametrize("tiyn", [89050, 1, 0, -90000])
def test_a_price_that_kaspi_can_not_show_is_never_pushed(tiyn):
    listing = a_listing(Point("12345678_PP1", True))

    with pytest.raises(ValueError, match=r"tenge|no price"):
        statement(listing, Money(tiyn), merchant_id="12345678")


@given(points=st.lists(POINTS, min_size=1, max_size=6))
def test_reading_a_statement_back_gives_the_points_it_was_made_of(points):
    body = statement(a_listing(*points), Money.tenge(890), merchant_id="12345678")
    # The catalogue says of each point whether its count is specified; a statement says it by
    # having one.
    shown = [entry | {"stockSpecified": "stockCount" in entry} for entry in body["availabilities"]]

    listing = payloads.listing(
        {"sku": "CHAIR-77", "masterSku": "1", "price": 890, "availabilities": shown}
    )

    assert listing.points == tuple(points)


@given(points=st.lists(POINTS, min_size=1, max_size=6))
def test_a_statement_never_says_null(points):
    body = statement(a_listing(*points), Money.tenge(890), merchant_id="12345678")

    assert None not in [value for entry in body["availabilities"] for value in entry.values()]
