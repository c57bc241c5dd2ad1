"""What the cabinet gives out and takes on besides pushes: exports and discounts."""

from typing import Any

import pytest

from sandbox.people import AIGERIM, MERCHANTS
from sandbox.price_lists import read_price_list
from sandbox.sheets import read_sheet
from tests.sandbox.visitor import LIST, Visitor

pytestmark = pytest.mark.flow

EXPORT = "/offers/api/v1/offer/export"
DISCOUNT = "/price/trends/api/v1/mc/discount"
ALMATY = "750000000"
READ = {"XML": read_price_list, "XLSX": read_sheet}


async def export(visitor: Visitor, verb: str, **query: str) -> tuple[int, Any]:
    asked = {"m": AIGERIM, "available": "ACTIVE", "fileType": "XML", **query}
    answer = await visitor.client.get(f"{visitor.cabinet}{EXPORT}/{verb}", params=asked)
    return answer.status, await answer.json()


@pytest.mark.parametrize("file_type", READ)
@pytest.mark.parametrize(("available", "mode"), [("ACTIVE", "true"), ("ARCHIVE", "false")])
async def test_an_export_is_ordered_awaited_and_fetched(aigerim, file_type, available, mode):
    wanted = {"fileType": file_type, "available": available}
    page = await aigerim.read(LIST, m=AIGERIM, a=mode, l=100)

    begun = await export(aigerim, "trigger", **wanted)
    waiting = await export(aigerim, "status", **wanted)
    await aigerim.order("POST", "clock", {"advance_s": 3})
    _, ready = await export(aigerim, "status", **wanted)
    raw = await (await aigerim.client.get(ready["url"])).read()

    assert [begun, waiting] == [
        (200, {"status": "IN_PROGRESS"}),
        (200, {"status": "IN_PROGRESS", "url": None}),
    ]
    found = READ[file_type](raw, MERCHANTS[AIGERIM])
    assert found.errors == ()
    assert {one.sku for one in found.statements} == {row["sku"] for row in page["data"]}


async def test_the_same_export_is_not_made_twice_in_a_minute(aigerim):
    statuses = [(await export(aigerim, "trigger"))[0] for _ in range(2)]
    statuses.append((await export(aigerim, "trigger", fileType="XLSX"))[0])
    await aigerim.order("POST", "clock", {"advance_s": 63})
    statuses.append((await export(aigerim, "trigger"))[0])

    assert statuses == [200, 429, 200, 200]


async def test_what_was_never_ordered_is_not_there(aigerim):
    status = await export(aigerim, "status")
    file, _ = await export(aigerim, "file")

    assert (status, file) == ((200, {"status": "NOT_FOUND", "url": None}), 404)


@pytest.mark.parametrize(
    ("query", "status"),
    [({"m": "30445566"}, 403), ({"available": "ALL"}, 400), ({"fileType": "PDF"}, 400)],
)
async def test_an_export_that_makes_no_sense_is_refused(aigerim, query, status):
    assert (await export(aigerim, "trigger", **query))[0] == status


async def test_the_kinds_of_files_are_told(aigerim):
    assert await export(aigerim, "types") == (200, ["XML", "XLSX"])


async def an_item(visitor: Visitor) -> Any:
    rows = (await visitor.read(LIST, m=AIGERIM, a="true", l=100))["data"]
    return next(row for row in rows if row["price"] and not row["cityPrices"])


async def discount(visitor: Visitor, sku: str, price: Any, city: str = ALMATY) -> tuple[int, Any]:
    entries = [{"city": city, "price": price}]
    body = {"merchantUID": AIGERIM, "merchantSKU": sku, "entries": entries}
    return await visitor.post(DISCOUNT, body)


async def test_a_discount_crosses_the_old_price_out(aigerim):
    item = await an_item(aigerim)
    price = item["price"] * 9 // 10

    answer = await discount(aigerim, item["sku"], price)

    after = (await aigerim.item(AIGERIM, item["sku"]))["allCityPrices"][ALMATY]
    assert answer == (200, "")
    assert (after["price"], after["discount"]) == (price, 10)
    assert after["oldPrice"] == pytest.approx(item["price"], rel=0.01)


async def test_a_price_that_has_just_moved_has_not_enough_history(aigerim):
    await aigerim.order("POST", "settings", {"discount_history_s": 3_600})
    item = await an_item(aigerim)
    await discount(aigerim, item["sku"], item["price"] - 10)

    status, answer = await discount(aigerim, item["sku"], item["price"] - 20)
    await aigerim.order("POST", "clock", {"advance_s": 3_601})
    later, _ = await discount(aigerim, item["sku"], item["price"] - 20)

    assert (status, answer["code"], len(answer["firstSuitableDate"])) == (
        400,
        "NOT_ENOUGH_HISTORY",
        len("2026-09-01"),
    )
    assert later == 200


@pytest.mark.parametrize("price", [5, 10**9, "900", None], ids=str)
async def test_a_discount_is_a_lower_price(aigerim, price):
    item = await an_item(aigerim)

    assert (await discount(aigerim, item["sku"], price))[0] == 400


async def test_a_discount_says_where(aigerim):
    item = await an_item(aigerim)
    body = {"merchantUID": AIGERIM, "merchantSKU": item["sku"], "entries": []}

    statuses = [
        (await aigerim.post(DISCOUNT, body))[0],
        (await discount(aigerim, item["sku"], 900, "1"))[0],
    ]

    assert statuses == [400, 400]


async def test_a_discount_needs_a_product_and_its_merchant(aigerim):
    foreign = {"merchantUID": "30445566", "merchantSKU": "A", "entries": []}

    statuses = [
        (await discount(aigerim, "nowhere", 900))[0],
        (await aigerim.post(DISCOUNT, foreign))[0],
    ]

    assert statuses == [404, 403]
