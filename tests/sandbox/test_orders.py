"""Orders as the sandbox plays them: the official API, and the cabinet's view of the same."""

from pathlib import Path

import orjson
import pytest

from sandbox import state
from sandbox.people import AIGERIM
from sandbox.world import make_world
from tests.sandbox.visitor import BROWSER, Visitor

pytestmark = pytest.mark.flow

DAY_MS = 86_400_000
GRAPHQL = "/mc/facade/graphql"


async def call(visitor: Visitor, path="/orders", *, body=None, token=None, headers=(), **params):
    """Ask the official API; filters are written with their last word only."""
    names = {
        "number": "page[number]",
        "size": "page[size]",
        "ge": "filter[orders][creationDate][$ge]",
    }
    names["le"] = names["ge"].replace("$ge", "$le")
    query = {
        names.get(name, f"filter[orders][{name}]"): str(value) for name, value in params.items()
    }
    told = {
        "X-Auth-Token": token or visitor.world.orders.token(AIGERIM),
        **BROWSER,
        **dict(headers),
    }
    answer = await visitor.client.request(
        "GET" if body is None else "POST",
        f"{visitor.shop}/shop/api/v2{path}",
        params=query,
        json=body,
        headers=told,
    )
    is_json = "json" in answer.content_type
    return answer.status, await answer.json(content_type=None) if is_json else await answer.text()


async def listed(visitor: Visitor, **params):
    """Every order of the last fortnight in this state, on one page."""
    now = int(visitor.world.clock.now() * 1000)
    span = {"ge": now - 13 * DAY_MS, "le": now + DAY_MS, "number": 0, "size": 100}
    _, answer = await call(visitor, **{**span, **params})
    return {row["attributes"]["code"]: row for row in answer["data"]}


async def tell(visitor: Visitor, order, status, *, headers=(), **more):
    """Move an order as the seller does."""
    attributes = {"code": order.code, "status": status, **more}
    resource = {"type": "orders", "id": order.resource_id, "attributes": attributes}
    return await call(visitor, body={"data": resource}, headers=headers)


@pytest.mark.parametrize(
    ("params", "detail"),
    [
        ({"number": 0, "size": 10}, "Filter by creationDate is empty"),
        ({"number": 0, "size": 101, "ge": 1}, "page[size] must be between 1 and 100"),
        ({"size": 10, "ge": 1}, "Parameter page[number] is required"),
        (
            {"number": 0, "size": 10, "ge": 0, "le": 15 * DAY_MS},
            "The period of creationDate must not be longer than 14 days",
        ),
    ],
)
async def test_a_bad_question_is_refused_in_words(visitor, params, detail):
    answer = await call(visitor, **params)

    assert answer == (400, {"errors": [{"title": "Bad Request", "detail": detail}]})


async def test_a_bad_token_is_refused(visitor):
    answer = await call(visitor, token="nonsense", number=0, size=1, code="1")

    assert answer == (401, {"errors": [{"title": "Unauthorized", "detail": "Invalid token"}]})


async def test_a_new_token_kills_the_old_one(visitor):
    old = visitor.world.orders.token(AIGERIM)

    _, answer = await visitor.order("POST", "orders/token", {"merchant_id": AIGERIM})

    assert len(answer["token"]) == 44
    assert (await call(visitor, token=old, number=0, size=1, code="1"))[0] == 401
    assert (await call(visitor, token=answer["token"], number=0, size=1, code="1"))[0] == 200


async def test_pages_are_counted_in_page_count(visitor):
    now = int(visitor.world.clock.now() * 1000)
    for _ in range(5):
        visitor.world.orders.place(AIGERIM)

    pages = [
        (await call(visitor, ge=now - DAY_MS, state="NEW", number=number, size=2))[1]
        for number in range(4)
    ]

    assert [page["meta"]["pageCount"] for page in pages] == [
        -(-pages[0]["meta"]["totalCount"] // 2)
    ] * 4
    assert len({row["id"] for page in pages for row in page["data"]}) == sum(
        len(page["data"]) for page in pages
    )


@pytest.mark.parametrize(("archive_unasked", "is_there"), [(False, False), (True, True)])
async def test_the_archive_comes_when_asked_for(visitor, archive_unasked, is_there):
    visitor.world.settings.archive_unasked = archive_unasked
    order = visitor.world.orders.place(AIGERIM, age_s=3600)
    visitor.world.orders.finish(order, "COMPLETED")

    found = await listed(visitor), await listed(visitor, state="ARCHIVE")

    assert [order.code in one for one in found] == [is_there, True]


@pytest.mark.parametrize(("is_masked", "phone"), [(True, "0000000000"), (False, "7051234567")])
async def test_phones_are_masked_from_a_day_on(visitor, is_masked, phone):
    visitor.world.settings.phones_masked_from = 0.0 if is_masked else 1e12
    order = visitor.world.orders.place(AIGERIM, phone="7051234567")

    found = await listed(visitor, state="NEW")

    assert found[order.code]["attributes"]["customer"]["cellPhone"] == phone


async def test_entries_are_a_call_of_their_own(visitor):
    order = visitor.world.orders.place(AIGERIM)

    status, answer = await call(visitor, f"/orders/{order.resource_id}/entries")

    told = [row["attributes"]["offer"]["code"] for row in answer["data"]]
    assert (status, told) == (200, [line.sku for line in order.lines])


async def test_an_order_is_completed_in_two_steps(visitor):
    order = visitor.world.orders.place(AIGERIM, mode="DELIVERY_LOCAL")
    await tell(visitor, order, "ACCEPTED_BY_MERCHANT")

    too_early, _ = await tell(visitor, order, "COMPLETED", headers={"X-Security-Code": "4821"})
    sent, _ = await tell(visitor, order, "COMPLETED", headers={"X-Send-Code": "true"})
    wrong, _ = await tell(visitor, order, "COMPLETED", headers={"X-Security-Code": "0"})
    right, _ = await tell(visitor, order, "COMPLETED", headers={"X-Security-Code": "4821"})

    assert (too_early, sent, wrong, right) == (400, 200, 400, 200)
    assert (order.state, order.status) == ("ARCHIVE", "COMPLETED")


async def test_the_waybill_comes_minutes_after_the_packing(visitor):
    order = visitor.world.orders.place(AIGERIM, mode="DELIVERY_REGIONAL_TODOOR", pre_order=True)
    await tell(visitor, order, "ACCEPTED_BY_MERCHANT")

    too_early, _ = await tell(visitor, order, "ASSEMBLE", numberOfSpace="1")
    await tell(visitor, order, "ARRIVED")
    packed, _ = await tell(visitor, order, "ASSEMBLE", numberOfSpace="1")
    before = order.waybill
    await visitor.order("POST", "clock", {"advance_s": 301})

    assert (too_early, packed) == (400, 200)
    assert (before, order.waybill) == (None, f"KZ{order.code}")


async def test_an_order_is_cancelled_with_a_reason(visitor):
    order = visitor.world.orders.place(AIGERIM)

    without, _ = await tell(visitor, order, "CANCELLED")
    status, _ = await tell(visitor, order, "CANCELLED", cancellationReason="MERCHANT_OUT_OF_STOCK")

    assert (without, status) == (400, 200)
    found = (await listed(visitor, state="ARCHIVE"))[order.code]["attributes"]
    assert (found["status"], found["cancellationReason"]) == ("CANCELLED", "MERCHANT_OUT_OF_STOCK")


async def test_orders_come_and_move_by_themselves(visitor):
    visitor.world.settings.orders_every_s = 60.0
    visitor.world.settings.orders_move_chance = 1.0
    known = set(visitor.world.orders.of(AIGERIM))

    for _ in range(3):
        await visitor.order("POST", "clock", {"advance_s": 61})

    fresh = [one for code, one in visitor.world.orders.of(AIGERIM).items() if code not in known]
    assert len(fresh) == 3
    assert "APPROVED_BY_BANK" not in {one.status for one in fresh[:2]}


@pytest.mark.parametrize(("path", "is_json"), [("/products", False), ("/masterproducts", True)])
async def test_there_is_no_catalogue_in_the_official_api(visitor, path, is_json):
    status, answer = await call(visitor, path)

    assert (status, isinstance(answer, dict)) == (404, is_json)


async def test_the_control_makes_and_moves_an_order(visitor):
    _, made = await visitor.order("POST", "orders", {"merchant_id": AIGERIM, "name": "Дана"})
    known = {"merchant_id": AIGERIM, "code": made["code"]}

    _, moved = await visitor.order("POST", "orders/move", known)
    _, put = await visitor.order("POST", "orders/move", {**known, "state": "SIGN_REQUIRED"})
    refused, _ = await visitor.order("POST", "orders/move", {**known, "lines": []})

    assert (made["name"], moved["status"]) == ("Дана", "ACCEPTED_BY_MERCHANT")
    assert (put["state"], put["status"], refused) == ("SIGN_REQUIRED", "ACCEPTED_BY_MERCHANT", 400)


async def ask(visitor: Visitor, name, **variables):
    body = {"operationName": name, "variables": {"merchantUid": AIGERIM, **variables}, "query": ""}
    _, answer = await visitor.post(GRAPHQL, body)
    return answer


async def test_the_cabinet_shows_orders_by_tab_ten_at_a_time(aigerim):
    new = [aigerim.world.orders.place(AIGERIM).code for _ in range(3)]

    answer = await ask(aigerim, "getOrders", page=0, size=10, input={"presetFilter": "NEW"})
    refused = await ask(aigerim, "getOrders", page=0, size=11, input={"presetFilter": "NEW"})

    shown = [one["code"] for one in answer["data"]["merchant"]["orders"]["orders"]["orders"]]
    assert set(new) <= set(shown)
    assert refused == {"errors": [{"message": "Bad Request"}], "data": None}


async def test_the_cabinet_shows_an_order_whole_and_how_many_there_are(aigerim):
    order = aigerim.world.orders.place(AIGERIM)

    details = await ask(aigerim, "getOrderDetails", orderCode=order.code)
    counters = await ask(aigerim, "getOrderCounters")

    detail = details["data"]["merchant"]["orderDetail"]
    counts = {one["tab"]: one["count"] for one in counters["data"]["merchant"]["orders"]["counts"]}
    assert detail["customer"]["phoneNumber"] == "+0(000)-000-00-00"
    assert counts["NEW"] >= 1


async def test_the_cabinet_shows_the_token_and_makes_a_new_one(aigerim):
    first = await ask(aigerim, "getTokenApi", id=AIGERIM)
    second = await ask(aigerim, "tokenGenerate", merchantId=AIGERIM)

    token = second["data"]["tokenGenerate"]["token"]
    assert token != first["data"]["merchant"]["integration"]["token"]
    assert token == aigerim.world.orders.token(AIGERIM)


async def test_nobody_sees_the_orders_of_another_shop(aigerim):
    answer = await ask(aigerim, "getTokenApi", merchantUid="30445566")

    assert answer == {"errors": [{"message": "Access denied"}], "data": None}


async def test_orders_and_tokens_outlive_a_restart(visitor):
    before = visitor.world
    order = before.orders.place(AIGERIM, mode="DELIVERY_REGIONAL_TODOOR", pre_order=False)
    before.orders.accept(order)
    before.orders.assemble(order, spaces=1)
    token = before.orders.new_token(AIGERIM)
    kept = orjson.loads(orjson.dumps(state.snapshot(before)))

    after = make_world(seed=before.seed, cards=before.catalogue.size, settings=before.settings)
    state.restore(after, kept, path=Path("state.json"))
    after.clock.advance(301)
    after.agenda.settle()

    assert after.orders.owner(token) == AIGERIM
    assert set(after.orders.of(AIGERIM)) == set(before.orders.of(AIGERIM))
    assert after.orders.of(AIGERIM)[order.code].waybill == f"KZ{order.code}"
