"""True answers that arrive bent, late, in part, or not at all."""

import aiohttp
import orjson
import pytest

from sandbox.cards import RECORDED_SKU
from sandbox.people import AIGERIM
from tests.sandbox.test_push import PROTOCOL, a_push, the_telephone
from tests.sandbox.visitor import LIST, PUSH, Visitor, until

pytestmark = pytest.mark.flow


async def a_page(visitor: Visitor, **query) -> tuple[aiohttp.ClientResponse, bytes]:
    answer = await visitor.client.get(
        f"{visitor.cabinet}{LIST}", params={"m": AIGERIM, "l": "10", **query}
    )
    return answer, await answer.read()


async def rows(visitor: Visitor, **query) -> list[str]:
    _, raw = await a_page(visitor, **query)
    return [row["sku"] for row in orjson.loads(raw)["data"]]


@pytest.mark.parametrize("kind", ["500", "502", "503", "504"])
async def test_each_of_their_servers_can_fail(aigerim, kind):
    await aigerim.spoil("list", kind)

    answer, _ = await a_page(aigerim)

    assert answer.status == int(kind)


async def test_a_refusal_can_say_how_long_to_wait(aigerim):
    await aigerim.spoil("list", "429", retry_after_s=30)

    answer, _ = await a_page(aigerim)

    assert (answer.status, answer.headers["Retry-After"]) == (429, "30")


async def test_a_dead_session_can_send_the_caller_to_the_login_page(aigerim):
    await aigerim.spoil("list", "302")

    answer = await aigerim.client.get(
        f"{aigerim.cabinet}{LIST}", params={"m": AIGERIM}, allow_redirects=False
    )

    assert (answer.status, answer.headers["Location"]) == (302, f"{aigerim.identity}/login")


async def test_errors_can_come_with_status_200(aigerim):
    await aigerim.spoil("graphql", "errors")

    answer = await aigerim.post("/mc/facade/graphql", {"operationName": "getCities"})

    assert answer == (200, {"errors": [{"message": "Internal error"}], "data": None})


async def test_a_fault_that_skips_strikes_a_later_page(aigerim):
    await aigerim.spoil("list", "401", skip=2, count=1)

    statuses = [(await a_page(aigerim, p=number))[0].status for number in range(4)]

    assert statuses == [200, 200, 401, 200]


async def test_a_fault_can_strike_anywhere(aigerim):
    await aigerim.spoil("*", "500")

    listed, _ = await a_page(aigerim)
    status, _ = await aigerim.offers(RECORDED_SKU)

    assert (listed.status, status) == (500, 500)


async def test_a_fault_of_one_merchant_strikes_where_only_the_cookie_tells_whose_it_is(aigerim):
    await aigerim.spoil("merchants", "500", merchant_id=AIGERIM)

    answer = await aigerim.client.get(f"{aigerim.cabinet}/s/m")

    assert answer.status == 500


async def test_a_body_can_stall_after_its_half_and_the_journal_knows(aigerim):
    await aigerim.spoil("list", "stall", timeout_s=0.05)

    with pytest.raises(aiohttp.ClientPayloadError):
        await a_page(aigerim)
    _, journal = await aigerim.order("GET", "requests?endpoint=list")

    assert [(row["status"], row["fault"]) for row in journal["requests"]] == [(200, "stall")]


async def test_a_stalled_body_hangs_until_the_caller_has_enough(aigerim):
    await aigerim.spoil("list", "stall")
    impatient = aiohttp.ClientTimeout(sock_read=0.1)

    answer = await aigerim.client.get(
        f"{aigerim.cabinet}{LIST}", params={"m": AIGERIM}, timeout=impatient
    )

    with pytest.raises(TimeoutError):
        await answer.read()
    assert answer.status == 200


async def test_a_body_can_be_cut_off(aigerim):
    await aigerim.spoil("list", "cut")

    with pytest.raises(aiohttp.ClientPayloadError):
        await a_page(aigerim)


async def test_a_slow_body_arrives_whole(aigerim):
    _, whole = await a_page(aigerim)
    await aigerim.spoil("list", "slow", timeout_s=0.05)

    answer, slow = await a_page(aigerim)

    assert slow == whole
    assert "mc-session" in answer.cookies


async def test_nothing_is_answered_before_a_timeout_and_the_journal_knows(aigerim):
    await aigerim.spoil("offers", "timeout", timeout_s=0.05)

    with pytest.raises(aiohttp.ClientConnectionError):
        await aigerim.offers(RECORDED_SKU)
    _, journal = await aigerim.order("GET", "requests?endpoint=offers")

    assert [(row["status"], row["fault"]) for row in journal["requests"]] == [(0, "timeout")]


@pytest.mark.parametrize("name", ["gzip", "br", "zstd"])
async def test_a_body_can_be_compressed_whatever_the_caller_accepts(aigerim, name):
    _, plain = await a_page(aigerim)
    await aigerim.spoil("list", name)

    answer = await aigerim.client.get(
        f"{aigerim.cabinet}{LIST}",
        params={"m": AIGERIM, "l": "10"},
        headers={"Accept-Encoding": "identity"},
    )

    assert answer.headers["Content-Encoding"] == name
    assert await answer.read() == plain


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, br;q=0.5", "br"),
        ("zstd;q=0, br;q=0.0, gzip", "gzip"),
        ("identity", None),
    ],
)
async def test_an_honest_server_compresses_as_the_caller_accepts(aigerim, accepted, chosen):
    await aigerim.order("POST", "settings", {"compress": "accepted"})

    answer = await aigerim.client.get(
        f"{aigerim.cabinet}{LIST}", params={"m": AIGERIM}, headers={"Accept-Encoding": accepted}
    )

    assert answer.headers.get("Content-Encoding") == chosen
    assert (await answer.json())["total"] == 54


async def test_a_byte_order_mark_can_stand_before_the_json(aigerim):
    _, plain = await a_page(aigerim)
    await aigerim.spoil("list", "bom")

    _, marked = await a_page(aigerim)

    assert marked == b"\xef\xbb\xbf" + plain


async def test_fields_nobody_knows_can_come_along(aigerim):
    await aigerim.spoil("list", "extra")

    _, raw = await a_page(aigerim)
    page = orjson.loads(raw)

    assert (page["_v"], page["data"][0]["_v"], page["total"]) == (3, 3, 54)


@pytest.mark.parametrize(("kind", "has"), [("missing", False), ("nulls", True)])
async def test_optional_fields_can_be_missing_or_null(aigerim, kind, has):
    await aigerim.spoil("list", kind)

    _, raw = await a_page(aigerim)
    row = orjson.loads(raw)["data"][0]

    assert ("offerId" in row, "barcode" in row, row.get("offerId")) == (has, has, None)
    assert row["sku"]


async def test_the_field_that_is_missing_can_be_named(aigerim):
    await aigerim.spoil("list", "missing", fields=["sku"])

    _, raw = await a_page(aigerim)
    row = orjson.loads(raw)["data"][0]

    assert ("sku" in row, "offerId" in row) == (False, True)


@pytest.mark.parametrize(("endpoint", "key"), [("list", "content"), ("offers", "items")])
async def test_the_list_can_have_another_name(aigerim, endpoint, key):
    await aigerim.spoil(endpoint, "renamed")

    _, raw = await a_page(aigerim)
    _, offers = await aigerim.offers(RECORDED_SKU)
    renamed = orjson.loads(raw) if endpoint == "list" else offers

    assert isinstance(renamed[key], list)
    assert not {"data", "offers"} & set(renamed)


async def test_the_list_can_lie_one_level_deeper(aigerim):
    await aigerim.spoil("list", "nested")

    _, raw = await a_page(aigerim)

    assert len(orjson.loads(raw)["data"]["content"]) == 10


async def test_whole_numbers_can_come_as_floats(aigerim):
    await aigerim.spoil("list", "floats")

    _, raw = await a_page(aigerim)
    page = orjson.loads(raw)

    assert type(page["data"][0]["minPrice"]) is float
    assert type(page["total"]) is float


async def test_a_price_can_come_as_text(aigerim):
    before = (await aigerim.offers(RECORDED_SKU))[1]["offers"][0]["price"]
    await aigerim.spoil("offers", "text")

    _, answer = await aigerim.offers(RECORDED_SKU)

    assert answer["offers"][0]["price"] == str(before)


async def test_rows_can_repeat_between_pages_as_if_one_came_in_before(aigerim):
    calm = await rows(aigerim, p=0) + await rows(aigerim, p=1)
    await aigerim.spoil("list", "duplicates")

    moving = await rows(aigerim, p=0) + await rows(aigerim, p=1)

    assert moving == calm[:10] + calm[9:19]


async def test_offers_can_repeat_between_pages(aigerim):
    await aigerim.spoil("offers", "duplicates")

    pages = [
        (await aigerim.offers(RECORDED_SKU, limit=3, page=number))[1]["offers"]
        for number in range(2)
    ]

    assert pages[0][2]["merchantId"] == pages[1][0]["merchantId"]


async def test_the_total_can_drift(aigerim):
    await aigerim.spoil("list", "drift")

    totals = [orjson.loads((await a_page(aigerim))[1])["total"] for _ in range(8)]

    assert 54 not in totals
    assert {abs(total - 54) for total in totals} <= {1, 2, 3}


async def test_a_silent_job_is_told_by_nobody(aigerim):
    sku = await the_telephone(aigerim)
    before = await aigerim.item(AIGERIM, sku)
    await aigerim.spoil("push", "silentjob")

    status, _ = await aigerim.post(PUSH, a_push(sku, 350_000))
    await until(lambda: nothing_under_way(aigerim))
    _, protocol = await aigerim.post(PROTOCOL, {"merchantUid": AIGERIM, "skuList": [sku]})

    assert (status, protocol) == (200, [])
    assert await aigerim.item(AIGERIM, sku) == before


async def test_a_late_push_is_visible_much_later(aigerim):
    sku = await the_telephone(aigerim)
    await aigerim.spoil("push", "late", delay_s=600, count=1)

    await aigerim.post(PUSH, a_push(sku, 350_000))
    await aigerim.order("POST", "clock", {"advance_s": 590})
    waiting = (await aigerim.item(AIGERIM, sku))["processed"]
    await aigerim.order("POST", "clock", {"advance_s": 20})

    assert (waiting, (await aigerim.item(AIGERIM, sku))["price"]) == (False, 350_000)


async def test_a_push_can_be_applied_again_after_a_later_one(aigerim):
    sku = await the_telephone(aigerim)
    await aigerim.spoil("push", "twice", delay_s=600, count=1)
    await aigerim.post(PUSH, a_push(sku, 350_000))
    await aigerim.post(PUSH, a_push(sku, 340_000))

    await aigerim.order("POST", "clock", {"advance_s": 300})
    settled = (await aigerim.item(AIGERIM, sku))["price"]
    await aigerim.order("POST", "clock", {"advance_s": 310})

    assert (settled, (await aigerim.item(AIGERIM, sku))["price"]) == (340_000, 350_000)


async def test_a_session_can_end_between_two_pages(aigerim):
    await aigerim.order("POST", "sessions/expire", {"merchant_id": AIGERIM, "after_requests": 2})

    statuses = [(await a_page(aigerim, p=number))[0].status for number in range(3)]

    assert statuses == [200, 200, 401]


async def test_a_session_can_end_at_a_chosen_moment(aigerim):
    await aigerim.order("POST", "sessions/expire", {"after_s": 60})

    before, _ = await a_page(aigerim)
    await aigerim.order("POST", "clock", {"advance_s": 61})
    after, _ = await a_page(aigerim)

    assert (before.status, after.status) == (200, 401)


async def nothing_under_way(visitor: Visitor) -> bool:
    return not visitor.world.pushes.under_way


async def test_from_abroad_only_refusals_arrive(aigerim):
    await aigerim.spoil("list", "abroad")
    impatient = aiohttp.ClientTimeout(total=0.3)
    list_of = f"{aigerim.cabinet}{LIST}"

    refused = await aigerim.client.get(list_of, params={"m": "1"}, timeout=impatient)

    assert refused.status == 403
    with pytest.raises(TimeoutError):
        await aigerim.client.get(list_of, params={"m": AIGERIM}, timeout=impatient)
