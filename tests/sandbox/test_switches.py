"""Switches: one for everything that is not known of the real marketplace."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import orjson
import pytest
from aiohttp import web

from sandbox.cards import RECORDED_SKU, Catalogue
from sandbox.cities import CITIES, shown_cities
from sandbox.gate import Role, Route, seen_from_abroad
from sandbox.offers import Habit
from sandbox.people import AIGERIM, PASSWORD
from tests.sandbox.test_push import a_push, the_telephone
from tests.sandbox.visitor import LIST, PUSH, Visitor

pytestmark = pytest.mark.flow


async def switch(visitor: Visitor, **wanted) -> None:
    status, answer = await visitor.order("POST", "settings", wanted)
    assert status == 200, answer


async def status_of(visitor: Visitor, path: str, **query) -> int:
    return (await visitor.client.get(f"{visitor.cabinet}{path}", params=query)).status


@pytest.mark.parametrize(("mode", "wanted"), [("both", 54), ("archive", "withdrawn")])
async def test_a_list_without_a_mode_is_of_both_or_of_the_archive(aigerim, mode, wanted):
    await switch(aigerim, list_without_a=mode)
    withdrawn = (await aigerim.read(LIST, m=AIGERIM, a="false"))["total"]

    total = (await aigerim.read(LIST, m=AIGERIM))["total"]

    assert total == (withdrawn if wanted == "withdrawn" else wanted)


async def test_a_page_is_at_most_as_long_as_the_switch_says(aigerim):
    await switch(aigerim, list_most=7)

    page = await aigerim.read(LIST, m=AIGERIM, l=100)

    assert (len(page["data"]), page["total"]) == (7, 54)


async def test_the_tabs_show_what_is_short_and_what_has_no_count(aigerim):
    everything = (await aigerim.read(LIST, m=AIGERIM, l=100))["data"]
    counts = {
        row["sku"]: [at["stockCount"] for at in row["availabilities"] if at["stockSpecified"]]
        for row in everything
    }

    low = (await aigerim.read(LIST, m=AIGERIM, l=100, lowStock="true"))["data"]
    unknown = (await aigerim.read(LIST, m=AIGERIM, l=100, notSpecifiedStock="true"))["data"]

    assert [row["sku"] for row in low] == [s for s, c in counts.items() if c and sum(c) <= 5]
    assert [row["sku"] for row in unknown] == [s for s, c in counts.items() if not c]


async def test_buyers_of_hundreds_of_places_have_prices_on_demand(aigerim):
    await switch(aigerim, all_city_prices=320)

    row = next(r for r in (await aigerim.read(LIST, m=AIGERIM))["data"] if r["available"])

    assert len(row["allCityPrices"]) == 320
    assert set(CITIES) < set(row["allCityPrices"])
    assert len(set(shown_cities(320))) == 320


@pytest.mark.parametrize(("by_get", "status"), [(True, 200), (False, 405)])
async def test_offers_come_by_get_as_well_unless_switched_off(visitor, by_get, status):
    await switch(visitor, offers_by_get=by_get)

    answer = await visitor.client.get(
        f"{visitor.shop}/yml/offer-view/offers/{RECORDED_SKU}",
        headers={"Referer": visitor.shop, "X-KS-City": "710000000"},
    )

    assert answer.status == status
    if by_get:
        _, astana = await visitor.offers(RECORDED_SKU, cityId="710000000", limit=20)
        assert (await answer.json())["total"] == astana["total"]


async def test_a_page_of_offers_is_at_most_as_long_as_the_switch_says(visitor):
    await switch(visitor, offers_most=3)

    _, answer = await visitor.offers(RECORDED_SKU, limit=100)

    assert (len(answer["offers"]), answer["total"] > 3) == (3, True)


async def test_one_merchant_can_be_on_a_card_twice(visitor):
    _, once = await visitor.offers(RECORDED_SKU)
    await switch(visitor, merchant_twice=True)

    _, twice = await visitor.offers(RECORDED_SKU)

    ids = [[offer["merchantId"] for offer in answer["offers"]] for answer in (once, twice)]
    assert sorted(ids[1]) == sorted([*ids[0], ids[0][0]])


async def test_the_storefront_can_insist_on_what_only_browsers_send(visitor):
    await switch(visitor, require_sec_fetch=True)

    status, _ = await visitor.offers(RECORDED_SKU)

    assert status == 403


@pytest.mark.parametrize(
    ("where", "statuses"), [("storefront", (403, 200)), ("everywhere", (403, 403))]
)
async def test_a_foreign_address_meets_the_wall(aigerim, where, statuses):
    await switch(aigerim, foreign_address=where)

    offers, _ = await aigerim.offers(RECORDED_SKU)
    listed = await status_of(aigerim, LIST, m=AIGERIM)

    assert (offers, listed) == statuses


async def test_their_clock_may_be_wrong(aigerim):
    await switch(aigerim, clock_skew_s=-7_200, apply_delay_s=60)
    sku = await the_telephone(aigerim)
    now = aigerim.world.clock.now()

    await aigerim.post(PUSH, a_push(sku, 350_000))
    answer = await aigerim.client.get(f"{aigerim.cabinet}{LIST}", params={"m": AIGERIM, "t": sku})
    promised = (await answer.json())["data"][0]["appliedBeforeDateTime"]

    assert abs(parsedate_to_datetime(answer.headers["Date"]).timestamp() - now + 7_200) < 5
    assert abs(parsed(promised) - now + 3_600) < 5


async def test_every_login_by_mail_can_ask_for_a_code(visitor):
    await switch(visitor, email_code=True)

    answer = await visitor.say(_u="aigerim@demo.kz", _p=PASSWORD)

    assert answer == (200, {"email": "a***@demo.kz"})


async def test_a_shop_can_be_taken_out_of_a_session_and_put_back(aigerim):
    await aigerim.order("POST", "sessions/revoke", {"merchant_id": AIGERIM})
    gone = await aigerim.read("/s/m"), await status_of(aigerim, LIST, m=AIGERIM)
    await aigerim.order("POST", "sessions/revoke", {"merchant_id": AIGERIM, "restore": True})
    back = await aigerim.read("/s/m"), await status_of(aigerim, LIST, m=AIGERIM)

    assert gone == ({"merchants": []}, 403)
    assert back == ({"merchants": [{"uid": AIGERIM, "name": "Aigerim Store"}]}, 200)


async def test_rivals_who_move_can_ask_absurd_prices(visitor):
    await switch(visitor, absurd_chance=1.0, still=False)
    market = visitor.world.markets.of(RECORDED_SKU)
    assert market is not None
    movers = [offer for offer in market.offers if offer.habit is Habit.MOVER]

    await visitor.order("POST", "clock", {"advance_s": 1_000_000})

    assert movers
    assert all(offer.price in {10, offer.usual_price * 100} for offer in movers)


async def test_the_clock_can_run_faster_while_it_runs(visitor):
    await visitor.order("POST", "clock", {"scale": 3_600})
    _, first = await visitor.order("GET", "clock")
    _, second = await visitor.order("GET", "clock")

    assert (first["scale"], second["now"] > first["now"]) == (3_600, True)


@pytest.mark.parametrize(
    "wanted",
    [
        {"all_city_prices": 321},
        {"absurd_chance": 1.5},
        {"offers_most": -1},
        {"foreign_address": "moon"},
        {"compress": "rar"},
    ],
    ids=str,
)
async def test_a_switch_that_does_not_exist_is_refused(visitor, wanted):
    status, answer = await visitor.order("POST", "settings", wanted)

    assert (status, answer["error"][-1]) == (400, ".")


async def test_a_products_page_has_the_three_blocks_its_scripts_read(visitor):
    card = Catalogue(seed=7, size=100).at(0)

    answer = await visitor.client.get(f"{visitor.shop}/shop/p/{card.path}/")
    blocks = blocks_of(await answer.text())

    assert blocks["item"]["card"]["id"] == RECORDED_SKU
    assert blocks["configurator"]["matrix"][0]["productCode"] == RECORDED_SKU
    assert len(blocks["citySelection"]["cities"]) == 270


async def test_a_products_page_shows_the_price_of_the_city_asked_for(visitor):
    card = Catalogue(seed=7, size=100).at(0)
    order = {"master_sku": RECORDED_SKU, "merchant_id": "11271005", "price": 200_000}
    await visitor.order("POST", "offers", {**order, "city_id": "710000000"})

    prices = [
        blocks_of(await text_of(visitor.client, f"{visitor.shop}/p/{card.path}/?c={city}"))["item"]
        for city in ("710000000", "750000000")
    ]

    assert prices[0]["card"]["price"] == 200_000
    assert prices[1]["card"]["price"] > 300_000


async def text_of(client: aiohttp.ClientSession, url: str) -> str:
    return await (await client.get(url)).text()


def blocks_of(text: str) -> dict[str, Any]:
    lines = [line for line in text.splitlines() if line.startswith("BACKEND.components.")]
    named = (line.removeprefix("BACKEND.components.").rstrip(";").split(" = ", 1) for line in lines)
    return {name: orjson.loads(value) for name, value in named}


def parsed(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("path", "name", "kind"),
    [
        ("/shop/api/v2/orders", "orders", "abroad"),
        ("/yml/offer-view/offers/{master_sku}", "offers", "403html"),
        ("/mc/", "cabinet_page", None),
    ],
)
def test_from_a_foreign_address_orders_hang_and_the_storefront_is_walled(path, name, kind):
    route = Route(Role.SHOP, "GET", path, name, nobody)

    assert seen_from_abroad(route, is_everywhere=False) == kind


async def nobody(_request: web.Request) -> web.StreamResponse:
    raise AssertionError
