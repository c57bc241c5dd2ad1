"""A price on its way: accepted, applied in the cabinet, shown to buyers."""

from typing import Any

import pytest

from sandbox.cards import RECORDED_SKU
from sandbox.people import AIGERIM, DAULET
from tests.sandbox.visitor import BATCH, LIST, PUSH, Visitor, until

pytestmark = pytest.mark.flow

PROTOCOL = "/pricefeed/protocol/merchant/offer/list/s"


async def the_telephone(visitor: Visitor) -> str:
    """The sku of Aigerim's offer on the recorded card."""
    page = await visitor.read(LIST, m=AIGERIM, t=RECORDED_SKU)
    sku: str = page["data"][0]["sku"]
    return sku


def a_push(sku: str, price: int, **more) -> dict[str, Any]:
    yes = [{"available": "yes", "storeId": f"{AIGERIM}_PP1", "stockEnabled": False}]
    said = {"merchantUid": AIGERIM, "sku": sku, "model": "", "price": price}
    return {**said, "availabilities": yes, **more}


async def test_a_push_is_accepted_at_once_with_a_job_id(aigerim):
    sku = await the_telephone(aigerim)

    status, answer = await aigerim.post(PUSH, a_push(sku, 350_000))

    assert (status, list(answer), len(answer["id"])) == (200, ["id"], 24)
    assert int(answer["id"], 16) > 0


async def test_until_it_is_applied_the_list_shows_the_old_price_in_progress(aigerim):
    await aigerim.order("POST", "settings", {"apply_delay_s": 60})
    sku = await the_telephone(aigerim)
    before = await aigerim.item(AIGERIM, sku)

    await aigerim.post(PUSH, a_push(sku, 350_000))
    after = await aigerim.item(AIGERIM, sku)

    assert (before["operationType"], before["processed"]) == (None, True)
    assert (after["operationType"], after["processed"]) == ("IN_PROGRESS", False)
    assert after["price"] == before["price"]
    assert len(after["appliedBeforeDateTime"]) == len("2026-09-01T10:20:30")


async def test_first_the_cabinet_follows_and_then_the_storefront(aigerim):
    await aigerim.order("POST", "settings", {"storefront_delay_s": 0.5})
    sku = await the_telephone(aigerim)
    old = await aigerim.shown_price(RECORDED_SKU, AIGERIM)

    await aigerim.post(PUSH, a_push(sku, 350_000))
    await until(lambda: is_processed(aigerim, sku))
    in_cabinet = (await aigerim.item(AIGERIM, sku))["price"]
    meanwhile = await aigerim.shown_price(RECORDED_SKU, AIGERIM)
    await until(lambda: is_shown(aigerim, 350_000))

    assert (in_cabinet, meanwhile) == (350_000, old)


async def test_a_withdrawn_product_leaves_the_storefront(aigerim):
    sku = await the_telephone(aigerim)

    await aigerim.post(BATCH, [{"merchantUid": AIGERIM, "sku": sku, "model": ""}])
    await until(lambda: is_shown(aigerim, None))

    assert (await aigerim.item(AIGERIM, sku))["available"] is False


async def test_each_city_sees_its_own_price(aigerim):
    sku = await the_telephone(aigerim)
    prices = [{"cityId": "750000000", "value": 340_000}, {"cityId": "710000000", "value": 345_000}]

    await aigerim.post(PUSH, a_push(sku, 340_000, cityPrices=prices))
    await until(lambda: is_shown(aigerim, 340_000))
    _, astana = await aigerim.offers(RECORDED_SKU, cityId="710000000", merchantUID=[AIGERIM])

    assert [offer["price"] for offer in astana["offers"]] == [345_000.0]


async def test_a_preorder_reaches_the_storefront_in_lower_case(aigerim):
    sku = await the_telephone(aigerim)
    later = [{"available": "yes", "storeId": f"{AIGERIM}_PP1", "preOrder": 9}]

    await aigerim.post(PUSH, a_push(sku, 340_000, availabilities=later))
    await until(lambda: is_shown(aigerim, 340_000))
    _, answer = await aigerim.offers(RECORDED_SKU, merchantUID=[AIGERIM])

    assert [offer["preorder"] for offer in answer["offers"]] == [9]


async def test_the_protocol_tells_how_the_latest_push_of_a_sku_ended(aigerim):
    sku = await the_telephone(aigerim)
    _, job = await aigerim.post(PUSH, a_push(sku, 340_000))
    await aigerim.post(PUSH, a_push("unknown-sku", 340_000))
    await until(lambda: is_processed(aigerim, sku))
    await until(lambda: is_protocol(aigerim, "unknown-sku", "ERROR"))

    body = {"merchantUid": AIGERIM, "skuList": [sku, "unknown-sku", "never pushed"]}
    _, rows = await aigerim.post(PROTOCOL, body)

    assert [(row["sku"], row["status"]) for row in rows] == [
        (sku, "PROCESSED"),
        ("unknown-sku", "ERROR"),
    ]
    assert rows[0]["id"] == job["id"]


async def test_another_merchants_price_cannot_be_pushed_and_nothing_of_the_batch_is(aigerim):
    sku = await the_telephone(aigerim)
    foreign = {**a_push(sku, 1_000), "merchantUid": DAULET, "availabilities": None}

    status, _ = await aigerim.post(BATCH, [a_push(sku, 340_000), foreign])

    assert status == 403
    assert aigerim.world.pushes.under_way == {}


@pytest.mark.parametrize("body", [{"price": 5}, {"price": 10.5}, {"sku": ""}], ids=str)
async def test_a_push_that_makes_no_sense_is_a_bad_request(aigerim, body):
    sku = await the_telephone(aigerim)

    status, answer = await aigerim.post(PUSH, {**a_push(sku, 340_000), **body})

    assert (status, list(answer)) == (400, ["message"])
    assert aigerim.world.pushes.under_way == {}


@pytest.mark.parametrize("body", [{}, [], [1]], ids=str)
async def test_a_batch_is_a_list_of_items(aigerim, body):
    status, _ = await aigerim.post(BATCH, body)

    assert status == 400


async def test_pushing_too_fast_answers_429_and_reads_go_on(aigerim):
    sku = await the_telephone(aigerim)

    statuses = [(await aigerim.post(PUSH, a_push(sku, 340_000)))[0] for _ in range(7)]
    page = await aigerim.read(LIST, m=AIGERIM)

    assert statuses == [200] * 5 + [429] * 2
    assert page["total"] == 54


async def test_a_ban_ends_after_half_an_hour_of_the_sandboxs_clock(aigerim):
    sku = await the_telephone(aigerim)
    for _ in range(6):
        await aigerim.post(PUSH, a_push(sku, 340_000))

    statuses = []
    for seconds in (1_700, 110):
        await aigerim.order("POST", "clock", {"advance_s": seconds})
        statuses.append((await aigerim.post(PUSH, a_push(sku, 340_000)))[0])

    assert statuses == [429, 200]


async def test_a_batch_beyond_the_quota_answers_429(aigerim):
    sku = await the_telephone(aigerim)

    statuses = [(await aigerim.post(BATCH, [a_push(sku, 340_000)] * size))[0] for size in (250, 1)]

    assert statuses == [200, 429]


async def test_a_dead_session_pushes_nothing(aigerim):
    sku = await the_telephone(aigerim)
    await aigerim.order("POST", "sessions/expire", {})

    answer = await aigerim.post(PUSH, a_push(sku, 340_000))

    assert answer == (401, "")
    assert aigerim.world.pushes.under_way == {}


async def test_the_probe_names_the_kind_of_principal(aigerim):
    answer = await aigerim.client.post(
        f"{aigerim.cabinet}/pricefeed/upload/merchant/upload/configuration",
        params={"merchantUid": AIGERIM},
    )

    assert (answer.status, answer.headers["X-Principal-Type"]) == (200, "2")


async def is_processed(visitor: Visitor, sku: str) -> bool:
    processed: bool = (await visitor.item(AIGERIM, sku))["processed"]
    return processed


async def is_shown(visitor: Visitor, price: int | None) -> bool:
    await visitor.order("POST", "settings", {"reset_limits": True})
    return await visitor.shown_price(RECORDED_SKU, AIGERIM) == price


async def is_protocol(visitor: Visitor, sku: str, status: str) -> bool:
    _, rows = await visitor.post(PROTOCOL, {"merchantUid": AIGERIM, "skuList": [sku]})
    return [row["status"] for row in rows] == [status]
