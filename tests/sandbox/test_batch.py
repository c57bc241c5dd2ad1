"""Many statements at once: what a batch takes, answers, and does not say."""

from typing import Any

import pytest

from sandbox.people import AIGERIM, DAULET
from tests.sandbox.visitor import BATCH, LIST, PUSH, Visitor, until

pytestmark = pytest.mark.flow

PROTOCOL = "/pricefeed/protocol/merchant/offer/list/s"
BAD = "A price is at least 10 tenge, not 5."


async def skus_on_sale(visitor: Visitor, count: int) -> list[str]:
    page = await visitor.read(LIST, m=AIGERIM, a="true", l=count)
    return [row["sku"] for row in page["data"]]


def a_push(sku: str, price: int = 340_000, **more: Any) -> dict[str, Any]:
    yes = [{"available": "yes", "storeId": f"{AIGERIM}_PP1", "stockEnabled": False}]
    said = {"merchantUid": AIGERIM, "sku": sku, "model": "", "price": price}
    return {**said, "availabilities": yes, **more}


async def rows_of(visitor: Visitor, *skus: str) -> dict[str, Any]:
    _, rows = await visitor.post(PROTOCOL, {"merchantUid": AIGERIM, "skuList": list(skus)})
    return {row["sku"]: row for row in rows}


async def is_done(visitor: Visitor, *skus: str) -> bool:
    rows = await rows_of(visitor, *skus)
    return [row["status"] for row in rows.values()] == ["PROCESSED"] * len(skus)


async def test_a_batch_has_one_number_under_which_the_protocol_knows_all_of_it(aigerim):
    first, second = await skus_on_sale(aigerim, 2)

    status, answer = await aigerim.post(BATCH, [a_push(first), a_push(second)])

    rows = await rows_of(aigerim, first, second)
    assert (status, list(answer), len(answer["id"])) == (200, ["id"], 24)
    assert [row["id"] for row in rows.values()] == [answer["id"]] * 2


async def test_what_waits_says_until_when_and_what_is_done_no_more(aigerim):
    await aigerim.order("POST", "settings", {"apply_delay_s": 60})
    [sku] = await skus_on_sale(aigerim, 1)
    await aigerim.post(BATCH, [a_push(sku)])

    waiting = (await rows_of(aigerim, sku))[sku]
    await aigerim.order("POST", "clock", {"advance_s": 61})
    done = (await rows_of(aigerim, sku))[sku]

    assert [row["status"] for row in (waiting, done)] == ["IN_PROGRESS", "PROCESSED"]
    assert len(waiting["appliedBeforeDateTime"]) == len("2026-09-01T10:20:30")
    assert done["appliedBeforeDateTime"] is None


async def test_each_statement_of_a_batch_falls_into_its_own_trap(aigerim):
    whole, bare, stock = await skus_on_sale(aigerim, 3)
    point = {"available": "yes", "storeId": f"{AIGERIM}_PP1", "stockCount": None}
    bare_item = {"merchantUid": AIGERIM, "sku": bare, "model": ""}
    trapped = a_push(stock, availabilities=[point])

    await aigerim.post(BATCH, [a_push(whole), bare_item, trapped])
    await until(lambda: is_done(aigerim, whole, bare, stock))

    items = [await aigerim.item(AIGERIM, sku) for sku in (whole, bare, stock)]
    remarks = [row["message"] for row in (await rows_of(aigerim, whole, bare, stock)).values()]
    assert [item["available"] for item in items] == [True, False, False]
    assert items[0]["points"] == ["PP1"]
    assert remarks == [None, "Снят с продажи", "Не указано наличие в прайс листе"]


@pytest.mark.parametrize(
    ("refusals", "status", "is_taken"),
    [("whole", 400, False), ("partly", 400, True), ("items", 200, True)],
)
async def test_a_bad_statement_spoils_the_batch_itself_or_nothing_but_the_answer(
    aigerim, refusals, status, is_taken
):
    await aigerim.order("POST", "settings", {"batch_refusals": refusals})
    good, bad = await skus_on_sale(aigerim, 2)

    answered, answer = await aigerim.post(BATCH, [a_push(good), a_push(bad, 5)])

    taken = [push.statement.sku for push in aigerim.world.pushes.under_way.values()]
    assert (answered, taken) == (status, [good] if is_taken else [])
    told = answer if refusals == "items" else {"errorOffers": [{"sku": bad, **answer}]}
    assert told["errorOffers"] == [{"sku": bad, "message": BAD}]


async def test_a_batch_can_be_answered_by_rows(aigerim):
    await aigerim.order("POST", "settings", {"batch_refusals": "items", "batch_answers": "items"})
    first, bad, last = await skus_on_sale(aigerim, 3)

    _, rows = await aigerim.post(BATCH, [a_push(first), a_push(bad, 5), a_push(last)])

    told = await rows_of(aigerim, first, last)
    assert rows == [
        {"sku": first, "id": told[first]["id"]},
        {"sku": bad, "message": BAD},
        {"sku": last, "id": told[last]["id"]},
    ]
    assert told[first]["id"] != told[last]["id"]


async def test_a_batch_can_be_answered_with_nothing(aigerim):
    await aigerim.order("POST", "settings", {"batch_answers": "empty"})
    [sku] = await skus_on_sale(aigerim, 1)

    answer = await aigerim.post(BATCH, [a_push(sku)])

    assert answer == (200, "")
    assert len(aigerim.world.pushes.under_way) == 1


async def test_a_batch_of_nothing_but_nonsense_names_no_job(aigerim):
    await aigerim.order("POST", "settings", {"batch_refusals": "items"})

    answer = await aigerim.post(BATCH, [a_push("A", 5), 7])

    assert answer == (
        200,
        {
            "errorOffers": [
                {"sku": "A", "message": BAD},
                {"sku": None, "message": "A push is an object."},
            ]
        },
    )


async def test_a_foreign_merchant_is_refused_even_in_a_statement_without_sense(aigerim):
    await aigerim.order("POST", "settings", {"batch_refusals": "items"})

    status, _ = await aigerim.post(BATCH, [a_push("A"), a_push("B", 5, merchantUid=DAULET)])

    assert (status, aigerim.world.pushes.under_way) == (403, {})


@pytest.mark.parametrize(("size", "status"), [(3, 200), (4, 400)])
async def test_a_batch_has_a_length_that_it_may_have(aigerim, size, status):
    await aigerim.order("POST", "settings", {"batch_most": 3})

    answered, _ = await aigerim.post(BATCH, [a_push("A")] * size)

    assert answered == status


@pytest.mark.parametrize(("counts", "statuses"), [("items", [200, 429]), ("requests", [200, 200])])
async def test_a_batch_takes_from_the_quota_what_the_switch_says(aigerim, counts, statuses):
    await aigerim.order("POST", "settings", {"quota_counts": counts})
    skus = await skus_on_sale(aigerim, 10)
    batch = [a_push(sku) for sku in skus]

    answered = [(await aigerim.post(BATCH, batch * 13))[0] for _ in range(2)]

    assert answered == statuses


@pytest.mark.parametrize(("counts", "statuses"), [("items", [200, 200]), ("cities", [200, 429])])
async def test_a_statement_may_count_once_for_each_of_its_cities(aigerim, counts, statuses):
    await aigerim.order("POST", "settings", {"quota_counts": counts, "quota": 3})
    [sku] = await skus_on_sale(aigerim, 1)
    prices = [{"cityId": city, "value": 900} for city in ("750000000", "710000000")]

    answered = [(await aigerim.post(PUSH, a_push(sku, cityPrices=prices)))[0] for _ in range(2)]

    assert answered == statuses


async def test_a_refused_batch_takes_nothing_and_locks_the_merchant(aigerim):
    [sku] = await skus_on_sale(aigerim, 1)

    statuses = [(await aigerim.post(BATCH, [a_push(sku)] * size))[0] for size in (251, 1)]

    assert (statuses, aigerim.world.pushes.under_way) == ([429, 429], {})


async def test_the_protocol_may_name_nothing_but_the_sku(aigerim):
    await aigerim.order("POST", "settings", {"protocol_rows": "bare"})
    [sku] = await skus_on_sale(aigerim, 1)
    await aigerim.post(BATCH, [a_push(sku)])

    assert await rows_of(aigerim, sku, "never pushed") == {sku: {"sku": sku}}


@pytest.mark.parametrize(("kind", "told"), [("lostjob", ["ERROR", "ERROR"]), ("silentjob", [])])
async def test_a_batch_can_be_lost(aigerim, kind, told):
    first, second = await skus_on_sale(aigerim, 2)
    await aigerim.spoil("batch", kind, count=1)

    await aigerim.post(BATCH, [a_push(first), a_push(second)])
    await aigerim.order("POST", "clock", {"advance_s": 60})

    rows = await rows_of(aigerim, first, second)
    assert [row["status"] for row in rows.values()] == told
    assert (await aigerim.item(AIGERIM, first))["price"] != 340_000


async def test_the_protocol_is_asked_for_a_list_of_the_merchants_own(aigerim):
    odd = [{"merchantUid": AIGERIM}, {"merchantUid": DAULET, "skuList": []}]

    assert [(await aigerim.post(PROTOCOL, body))[0] for body in odd] == [400, 403]


async def test_the_protocol_can_fail_like_everything_else(aigerim):
    await aigerim.spoil("protocol", "500", count=1)

    statuses = [
        (await aigerim.post(PROTOCOL, {"merchantUid": AIGERIM, "skuList": []}))[0] for _ in range(2)
    ]

    assert statuses == [500, 200]
