"""What buyers, and whoever looks at rivals, see."""

import json

import pytest

from sandbox.cards import RECORDED_SKU
from tests.sandbox.visitor import a_client

pytestmark = pytest.mark.flow

NOBODY = {"offers": [], "total": 0, "offersCount": 0, "pcmResponsePresent": False}


async def test_offers_are_sorted_by_price_when_asked(visitor):
    _, answer = await visitor.offers(RECORDED_SKU, sortOption="PRICE")

    prices = [offer["price"] for offer in answer["offers"]]

    assert prices == sorted(prices)
    assert answer["total"] == answer["offersCount"] == len(prices) == 22


async def test_pages_follow_one_another(visitor):
    _, whole = await visitor.offers(RECORDED_SKU, sortOption="PRICE")

    pages = [
        (await visitor.offers(RECORDED_SKU, sortOption="PRICE", limit=8, page=number))[1]
        for number in range(4)
    ]

    assert [len(page["offers"]) for page in pages] == [8, 8, 6, 0]
    assert [offer["merchantSku"] for page in pages for offer in page["offers"]] == [
        offer["merchantSku"] for offer in whole["offers"]
    ]
    assert [page["total"] for page in pages] == [22] * 4


async def test_without_a_limit_not_all_offers_come(visitor):
    answer = await visitor.client.post(
        f"{visitor.shop}/yml/offer-view/offers/{RECORDED_SKU}",
        json={"cityId": "750000000"},
        headers={"Referer": f"{visitor.shop}/"},
    )

    body = await answer.json()

    assert (len(body["offers"]), body["total"]) == (20, 22)


async def test_the_recorded_fields_are_there(visitor, shared_folder):
    recorded = json.loads(
        (shared_folder / "data" / "offers_102298404_almaty_2026-09-18.json").read_text()
    )
    real = {offer["merchantId"]: offer for offer in recorded["offers"]}

    _, answer = await visitor.offers(RECORDED_SKU)
    ours = {offer["merchantId"]: offer for offer in answer["offers"]}

    assert {
        merchant_id: sorted(set(offer) - set(ours[merchant_id]))
        for merchant_id, offer in real.items()
    } == {merchant_id: [] for merchant_id in real}
    stable = ("price", "title", "merchantSku", "merchantName", "preorder", "deliveryType")
    assert {merchant_id: [ours[merchant_id][name] for name in stable] for merchant_id in real} == {
        merchant_id: [offer[name] for name in stable] for merchant_id, offer in real.items()
    }


async def test_a_new_shop_has_no_rating(visitor):
    _, answer = await visitor.offers(RECORDED_SKU, merchantUID=["30463420"])

    [offer] = answer["offers"]

    assert "merchantRating" not in offer
    assert offer["preorder"] == 5


async def test_cities_have_different_offers(visitor):
    markets = [visitor.world.markets.of(card.master_sku) for card in visitor.world.catalogue]
    local = next(
        (market, offer) for market in markets for offer in market.offers if offer.only_city
    )

    async def sells_in(city_id: str) -> bool:
        _, answer = await visitor.offers(local[0].card.master_sku, cityId=city_id)
        return local[1].sku in {offer["merchantSku"] for offer in answer["offers"]}

    assert await sells_in(local[1].only_city) is True
    assert await sells_in("591010000") is False


@pytest.mark.parametrize(
    ("sku", "city_id"),
    [("1", "750000000"), (f"{RECORDED_SKU}_1", "750000000"), (RECORDED_SKU, "730000000")],
    ids=["unknown card", "merchant sku", "unknown city"],
)
async def test_nobody_sells_what_is_not_there(visitor, sku, city_id):
    assert await visitor.offers(sku, cityId=city_id) == (200, NOBODY)


@pytest.mark.parametrize("question", [{"limit": "5"}, {"page": -1}, {"merchantUID": 5}], ids=str)
async def test_a_question_that_makes_no_sense_is_refused(visitor, question):
    status, _ = await visitor.offers(RECORDED_SKU, **question)

    assert status == 400


async def test_without_a_referer_the_wall_goes_up(visitor):
    answer = await visitor.client.post(
        f"{visitor.shop}/yml/offer-view/offers/{RECORDED_SKU}", json={"cityId": "750000000"}
    )

    assert (answer.status, answer.content_type) == (403, "text/html")


async def test_a_robot_meets_the_wall(visitor):
    async with a_client(**{"User-Agent": "python-httpx/0.28"}) as robot:
        answer = await robot.post(
            f"{visitor.shop}/yml/offer-view/offers/{RECORDED_SKU}",
            json={},
            headers={"Referer": f"{visitor.shop}/"},
        )

        assert (answer.status, answer.content_type) == (403, "text/html")


async def test_reading_too_fast_puts_the_wall_up_and_never_429(visitor):
    await visitor.order("POST", "settings", {"offers_rps": 5, "offers_ban_s": 600})

    statuses = [(await visitor.offers(RECORDED_SKU))[0] for _ in range(8)]

    assert statuses == [200] * 4 + [403] * 4


async def test_the_product_page_leads_to_the_market_page(visitor):
    path = visitor.world.markets.of(RECORDED_SKU).card.path

    answer = await visitor.client.get(f"{visitor.shop}/shop/p/{path}/?c=750000000")

    assert f'href="/market/{RECORDED_SKU}"' in await answer.text()


async def test_there_is_no_page_of_an_unknown_product(visitor):
    answer = await visitor.client.get(f"{visitor.shop}/shop/p/thing-1/")

    assert answer.status == 404
