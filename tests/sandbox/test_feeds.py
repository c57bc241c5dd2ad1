"""Price lists on their way: fetched by the hour or on demand, uploaded by hand."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from sandbox.cards import RECORDED_SKU
from sandbox.people import AIGERIM
from tests.sandbox.test_price_lists import a_list, a_sheet
from tests.sandbox.test_push import the_telephone
from tests.sandbox.visitor import Visitor, until

pytestmark = pytest.mark.flow

UPLOAD = "/pricefeed/upload/merchant/upload"


@dataclass(slots=True)
class Seller:
    """A seller's own web server with a price list on it, as real as the marketplace."""

    url: str = ""
    document: bytes = b""
    status: int = 200
    asked: list[str | None] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.headers.get("Authorization"))
        if request.headers.get("If-None-Match") == '"1"':
            return web.Response(status=304)
        return web.Response(body=self.document, status=self.status, headers={"ETag": '"1"'})


@pytest.fixture
async def seller() -> AsyncIterator[Seller]:
    made = Seller()
    app = web.Application()
    app.router.add_get("/list.xml", made.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/list.xml"
    yield made
    await runner.cleanup()


def an_offer(sku: str, price: int) -> str:
    return (
        f'<offer sku="{sku}"><model>Товар</model><availabilities>'
        '<availability available="yes" storeId="PP1"/></availabilities>'
        f"<price>{price}</price></offer>"
    )


async def register(visitor: Visitor, seller: Seller, **more) -> None:
    order = {"merchant_id": AIGERIM, "url": seller.url, **more}
    status, answer = await visitor.order("POST", "price-lists", order)
    assert status == 200, answer


async def fetch(visitor: Visitor) -> dict[str, Any]:
    report: dict[str, Any]
    _, report = await visitor.order("POST", "price-lists/fetch", {"merchant_id": AIGERIM})
    return report


async def upload(visitor: Visitor, document: bytes) -> tuple[int, dict[str, Any]]:
    form = aiohttp.FormData()
    form.add_field("file", document, filename="list.xml", content_type="text/xml")
    answer = await visitor.client.post(
        f"{visitor.cabinet}{UPLOAD}", params={"merchantUid": AIGERIM}, data=form
    )
    return answer.status, await answer.json()


async def test_a_list_is_fetched_on_demand_and_buyers_see_its_prices(aigerim, seller):
    sku = await the_telephone(aigerim)
    seller.document = a_list(an_offer(sku, 333_000) + an_offer("NOT-MINE", 5_000))
    await register(aigerim, seller)

    report = await fetch(aigerim)
    await until(lambda: is_shown(aigerim, 333_000))

    counts = (report["status"], report["offers"], report["changed"], report["unknown"])
    assert counts == ("APPLIED", 2, 1, ["NOT-MINE"])
    assert (await aigerim.item(AIGERIM, sku))["points"] == ["PP1"]


async def test_a_list_is_fetched_every_hour_of_the_sandboxs_clock(aigerim, seller):
    sku = await the_telephone(aigerim)
    await register(aigerim, seller)

    await aigerim.order("POST", "clock", {"advance_s": 3_500})
    before = len(seller.asked)
    for price in (333_000, 334_000):
        seller.document = a_list(an_offer(sku, price))
        await aigerim.order("POST", "clock", {"advance_s": 3_600})
        await until(partial(is_in_cabinet, aigerim, sku, price))

    assert (before, len(seller.asked)) == (0, 2)


async def test_a_seller_may_ask_for_a_login_and_a_password(aigerim, seller):
    await register(aigerim, seller, login="kaspi", password="secret")

    await fetch(aigerim)

    assert seller.asked == ["Basic a2FzcGk6c2VjcmV0"]


async def test_no_address_means_no_fetch(aigerim, seller):
    await register(aigerim, seller)
    await aigerim.order("POST", "price-lists", {"merchant_id": AIGERIM, "url": None})

    await aigerim.order("POST", "clock", {"advance_s": 7_200})
    status, answer = await aigerim.order("POST", "price-lists/fetch", {"merchant_id": AIGERIM})

    assert (status, seller.asked) == (400, [])
    assert answer == {"error": "Merchant 30112233 has no address to fetch from."}


async def test_a_list_that_breaks_a_rule_changes_nothing_and_the_report_says_why(aigerim, seller):
    sku = await the_telephone(aigerim)
    before = await aigerim.item(AIGERIM, sku)
    seller.document = a_list(an_offer(sku, 333_000) + an_offer("BAD", 1))
    await register(aigerim, seller)

    report = await fetch(aigerim)

    assert (report["status"], report["error_count"]) == ("REJECTED", 1)
    assert report["errors"] == ["offer BAD: <price>: '1' is not a whole number of at least 10"]
    assert await aigerim.item(AIGERIM, sku) == before


async def test_an_address_that_does_not_answer_is_reported(aigerim, seller):
    await register(aigerim, seller)
    seller.status = 503

    refused = await fetch(aigerim)
    await register(aigerim, seller, url="http://127.0.0.1:1/list.xml")
    gone = await fetch(aigerim)

    assert (refused["status"], refused["http_status"]) == ("FAILED", 503)
    assert (gone["status"], gone["http_status"]) == ("FAILED", None)


async def test_a_list_that_did_not_change_may_be_left_unread(aigerim, seller):
    sku = await the_telephone(aigerim)
    seller.document = a_list(an_offer(sku, 333_000))
    await aigerim.order("POST", "settings", {"feed_conditional": True})
    await register(aigerim, seller)

    statuses = [(await fetch(aigerim))["status"] for _ in range(2)]

    assert statuses == ["APPLIED", "NOT_MODIFIED"]


@pytest.mark.parametrize(("switch", "left"), [("keep", True), ("withdraw", False)])
async def test_a_product_dropped_from_the_list_does_what_the_switch_says(
    aigerim, seller, switch, left
):
    await aigerim.order("POST", "settings", {"dropped_products": switch})
    sku = await the_telephone(aigerim)
    seller.document = a_list(an_offer("OTHER", 5_000))
    await register(aigerim, seller)

    report = await fetch(aigerim)

    assert (report["dropped"] == 0) is left
    assert (await aigerim.item(AIGERIM, sku))["available"] is left


async def test_a_list_can_be_checked_without_taking_effect(aigerim):
    sku = await the_telephone(aigerim)
    before = await aigerim.item(AIGERIM, sku)

    answer = await aigerim.client.post(
        f"{aigerim.shop}/_sandbox/price-lists/check",
        params={"merchant_id": AIGERIM},
        data=a_list(an_offer(sku, 333_000)),
    )

    report = await answer.json()
    assert (report["status"], report["offers"]) == ("CHECKED", 1)
    assert await aigerim.item(AIGERIM, sku) == before


@pytest.mark.parametrize("available", ["ACTIVE", "ARCHIVE"])
async def test_an_export_is_a_list_by_the_same_rules(aigerim, available):
    exported = await aigerim.client.get(
        f"{aigerim.shop}/_sandbox/price-lists/export",
        params={"merchant_id": AIGERIM, "available": available},
    )

    answer = await aigerim.client.post(
        f"{aigerim.shop}/_sandbox/price-lists/check",
        params={"merchant_id": AIGERIM},
        data=await exported.read(),
    )

    report = await answer.json()
    listings = aigerim.world.listings.of(AIGERIM)
    wanted = sum(listing.on_sale == (available == "ACTIVE") for listing in listings)
    assert (report["errors"], report["offers"]) == ([], wanted)


async def test_an_uploaded_file_is_worked_on_for_a_moment_and_only_one_at_a_time(aigerim):
    sku = await the_telephone(aigerim)
    document = a_list(an_offer(sku, 333_000))

    first = await upload(aigerim, document)
    second = await upload(aigerim, document)
    during = await aigerim.read("/pricefeed/upload/merchant/files/last", m=AIGERIM)
    await aigerim.order("POST", "clock", {"advance_s": 2})
    after = await aigerim.read(f"/pricefeed/protocol/merchant/file/{first[1]['id']}", m=AIGERIM)

    assert (first[0], second) == (200, (400, {"message": "Unfinished file found"}))
    assert (during["id"], during["status"]) == (first[1]["id"], "IN_PROGRESS")
    assert (after["status"], (await aigerim.item(AIGERIM, sku))["price"]) == ("APPLIED", 333_000)


async def test_a_merchants_own_export_changes_nothing(aigerim):
    exported = await aigerim.client.get(
        f"{aigerim.shop}/_sandbox/price-lists/export", params={"merchant_id": AIGERIM}
    )

    await upload(aigerim, await exported.read())
    await aigerim.order("POST", "clock", {"advance_s": 2})
    report = aigerim.world.feeds.latest(AIGERIM)

    assert report is not None
    assert (report.status, report.offers > 40, report.changed) == ("APPLIED", True, 0)


async def test_an_uploaded_sheet_arrives_byte_for_byte(aigerim):
    sku = await the_telephone(aigerim)
    row = [sku, "Телефон", "", 333_000, "yes", None, None, None, None, None]

    status, _ = await upload(aigerim, a_sheet(row))
    await aigerim.order("POST", "clock", {"advance_s": 2})
    report = await aigerim.read("/pricefeed/upload/merchant/files/last", m=AIGERIM)

    assert (status, report["status"], report["errors"]) == (200, "APPLIED", [])


async def test_another_merchants_file_is_none_of_ours(aigerim):
    answer = await aigerim.client.post(
        f"{aigerim.cabinet}{UPLOAD}", params={"merchantUid": "30445566"}, data=b""
    )

    assert answer.status == 403


async def test_the_cabinet_knows_where_a_list_is_fetched_from_and_takes_another_address(aigerim):
    at = "/pricefeed/upload/merchant/upload/configuration?merchantUid=30112233"

    _, before = await aigerim.post(at, {})
    _, after = await aigerim.post(at, {"url": "https://shop.example/list.xml"})

    assert before == {"enabled": False, "url": None}
    assert after == {"enabled": True, "url": "https://shop.example/list.xml"}


@pytest.mark.parametrize(
    "order",
    [{"merchant_id": "1", "url": None}, {"merchant_id": AIGERIM, "url": "ftp://a"}],
    ids=str,
)
async def test_an_address_that_makes_no_sense_is_refused(visitor, order):
    status, answer = await visitor.order("POST", "price-lists", order)

    assert (status, answer["error"][-1]) == (400, ".")


async def is_shown(visitor: Visitor, price: int) -> bool:
    await visitor.order("POST", "settings", {"reset_limits": True})
    return await visitor.shown_price(RECORDED_SKU, AIGERIM) == price


async def is_in_cabinet(visitor: Visitor, sku: str, price: int) -> bool:
    return bool((await visitor.item(AIGERIM, sku))["price"] == price)
