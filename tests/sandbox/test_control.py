"""The sandbox's own API."""

import pytest

from sandbox.cards import RECORDED_SKU
from sandbox.people import AIGERIM, DAULET
from tests.sandbox.visitor import LIST

pytestmark = pytest.mark.flow

RIVAL = "11271005"


async def test_health_tells_that_it_lives(visitor):
    status, answer = await visitor.order("GET", "health")

    assert (status, answer["ok"], answer["cards"]) == (200, True, 100)


async def test_a_rivals_price_can_be_set(visitor):
    await visitor.offers(RECORDED_SKU)

    await visitor.order(
        "POST", "offers", {"master_sku": RECORDED_SKU, "merchant_id": RIVAL, "price": 300_000}
    )

    assert await visitor.shown_price(RECORDED_SKU, RIVAL) == 300_000.0


async def test_a_rivals_price_can_be_set_in_one_city(visitor):
    order = {"master_sku": RECORDED_SKU, "merchant_id": RIVAL, "city_id": "710000000"}

    await visitor.order("POST", "offers", {**order, "price": 300_000})
    _, astana = await visitor.offers(RECORDED_SKU, cityId="710000000", merchantUID=[RIVAL])

    assert [offer["price"] for offer in astana["offers"]] == [300_000.0]
    assert await visitor.shown_price(RECORDED_SKU, RIVAL) == 361_788.0


async def test_a_rival_can_be_removed_and_brought_back(visitor):
    order = {"master_sku": RECORDED_SKU, "merchant_id": RIVAL}

    await visitor.order("POST", "offers", {**order, "price": None})
    gone = await visitor.shown_price(RECORDED_SKU, RIVAL)
    await visitor.order("POST", "offers", {**order, "price": 361_000})
    back = await visitor.shown_price(RECORDED_SKU, RIVAL)

    assert (gone, back) == (None, 361_000.0)


async def test_all_offers_on_a_card_are_listed_with_what_moves_them(visitor):
    _, answer = await visitor.order("GET", f"offers?master_sku={RECORDED_SKU}")

    assert answer["offers"][0] == {
        "merchant_id": RIVAL,
        "merchant_name": "Tehno Trade",
        "sku": RECORDED_SKU,
        "price": 361_788,
        "city_prices": {},
        "present": True,
        "habit": "still",
        "floor": 0,
        "usual_price": 0,
        "preorder": 0,
        "only_city": None,
    }


async def test_a_merchants_products_are_listed(visitor):
    _, answer = await visitor.order("GET", f"listings?merchant_id={AIGERIM}")

    assert len(answer["listings"]) == 54
    assert answer["listings"][0]["master_sku"] == RECORDED_SKU


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("offers", {"master_sku": "1", "merchant_id": RIVAL, "price": 100}),
        ("offers", {"master_sku": 5, "merchant_id": RIVAL, "price": 100}),
        ("offers", {"master_sku": RECORDED_SKU, "merchant_id": "1", "price": 100}),
        ("offers", {"master_sku": RECORDED_SKU, "merchant_id": RIVAL, "price": 9}),
        ("offers", {"master_sku": RECORDED_SKU, "merchant_id": RIVAL, "price": 99.5}),
        ("offers", {"master_sku": RECORDED_SKU, "merchant_id": RIVAL}),
        (
            "offers",
            {"master_sku": RECORDED_SKU, "merchant_id": RIVAL, "price": 99, "city_id": "1"},
        ),
        ("sessions/expire", {"merchant_id": "1"}),
        ("settings", {"apply_delay_s": -1}),
        ("settings", {"still": "yes"}),
        ("settings", {"quota": 1.5}),
        ("settings", {"stock_count": "perhaps"}),
        ("settings", {"apply_delay_s": 1, "speed": 9}),
        ("settings", [1]),
    ],
    ids=str,
)
async def test_an_order_that_makes_no_sense_is_refused_with_a_sentence(visitor, path, body):
    before = visitor.world.settings.as_dict()

    status, answer = await visitor.order("POST", path, body)

    assert (status, answer["error"][-1]) == (400, ".")
    assert visitor.world.settings.as_dict() == before
    assert sum(market.moves for market in visitor.world.markets.known.values()) == 0


async def test_settings_change_while_it_runs(visitor):
    _, answer = await visitor.order("POST", "settings", {"apply_delay_s": 3, "still": False})

    assert (answer["apply_delay_s"], answer["still"]) == (3.0, False)


async def test_every_request_is_remembered_with_whose_it_was(aigerim):
    await aigerim.order("DELETE", "requests")
    await aigerim.read(LIST, m=AIGERIM)
    await aigerim.client.get(f"{aigerim.cabinet}{LIST}", params={"m": DAULET})
    await aigerim.offers(RECORDED_SKU)

    _, answer = await aigerim.order("GET", "requests")

    assert [
        (
            entry["endpoint"],
            entry["merchant_id"],
            entry["session_merchant_ids"],
            entry["status"],
            entry["address"],
        )
        for entry in answer["requests"]
    ] == [
        ("list", AIGERIM, [AIGERIM], 200, "127.0.0.1"),
        ("list", DAULET, [AIGERIM], 403, "127.0.0.1"),
        ("offers", None, [], 200, "127.0.0.1"),
    ]


async def test_requests_are_read_on_from_where_one_stopped(aigerim):
    _, earlier = await aigerim.order("GET", "requests")
    await aigerim.offers(RECORDED_SKU)

    _, answer = await aigerim.order("GET", f"requests?since={earlier['next']}&endpoint=offers")

    assert [entry["seq"] for entry in answer["requests"]] == [answer["next"]]


async def test_no_password_is_remembered(aigerim):
    _, answer = await aigerim.order("GET", "requests?endpoint=login")

    assert [entry["body"] for entry in answer["requests"]] == [""]
