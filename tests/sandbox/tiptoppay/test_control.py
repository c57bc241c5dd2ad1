"""Orders to the stand-in, and what it keeps from run to run."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from tests.sandbox.tiptoppay.visitor import ASKS_3DS, NO_3DS, ONCE_ONLY

pytestmark = pytest.mark.flow


async def test_whatever_was_ordered_is_listed_and_can_be_taken_back(shop):
    await shop.order("POST", "faults", endpoint="test", kind="500")
    await shop.order("POST", "declines", code=5051, card="4000 0000 0000 3055")

    listed = (await shop.order("GET", "faults"))["faults"], (await shop.order("GET", "declines"))
    await shop.order("DELETE", "faults")
    await shop.order("DELETE", "declines")

    assert [one["kind"] for one in listed[0]] == ["500"]
    assert [one["card"] for one in listed[1]["declines"]] == ["4000000000003055"]
    assert (await shop.order("GET", "faults"))["faults"] == []
    assert (await shop.order("GET", "declines"))["declines"] == []


async def test_a_decline_strikes_only_whom_it_names_and_so_often(shop):
    await shop.order("POST", "declines", code=5005, count=2, card=NO_3DS)

    codes = [(await shop.pay(card))["ReasonCode"] for card in (NO_3DS, ONCE_ONLY, NO_3DS, NO_3DS)]

    assert codes == [5005, 0, 5005, 0]


async def test_the_bank_may_be_answered_later(shop):
    waiting = await shop.pay(ASKS_3DS, passes=None)
    number = waiting["TransactionId"]

    paid = await shop.order("POST", "3ds", transaction_id=number, passes=True)
    again = await shop.order("POST", "3ds", transaction_id=number)

    assert paid["Status"] == "Completed"
    assert again == {"error": "Transaction has already been processed"}


async def test_the_clock_can_run_faster(shop):
    told = await shop.order("POST", "clock", scale=1000)

    assert (told["scale"], (await shop.order("GET", "clock"))["scale"]) == (1000, 1000)


async def test_what_it_holds_can_be_looked_at(shop):
    await shop.pay(NO_3DS)
    await shop.order("DELETE", "requests")

    cards = (await shop.order("GET", "cards"))["cards"]
    schedules = await shop.order("GET", "schedules")
    settings = await shop.order("GET", "settings")
    requests = (await shop.order("GET", "requests?since=x"))["requests"]

    assert (len(cards), schedules, settings["fee"], requests) == (10, {"schedules": []}, 280, [])


@pytest.mark.parametrize(
    ("path", "body"),
    [
        pytest.param("faults", {"endpoint": "*", "kind": "500", "skip": -1}, id="skip"),
        pytest.param("faults", {"endpoint": "*", "kind": "500", "timeout_s": "1"}, id="timeout"),
        pytest.param("faults", {"endpoint": "*", "kind": "500", "after": 1}, id="after"),
        pytest.param("declines", {"code": 5051, "count": 0}, id="decline-count"),
        pytest.param("settings", {"is_live": 1}, id="setting-flag"),
        pytest.param("settings", {"fee": 0.5}, id="setting-number"),
        pytest.param("3ds", {"transaction_id": "1"}, id="number"),
        pytest.param("widget/pay", {"widget": {"amount": 1}, "card": 1}, id="card"),
        pytest.param(
            "widget/pay", {"widget": {"amount": 1}, "card": ASKS_3DS, "passes": 1}, id="passes"
        ),
        pytest.param("clock", [], id="no-object"),
    ],
)
async def test_a_bad_order_is_refused_in_a_sentence(shop, path, body):
    async with shop.client.post(f"/_control/{path}", json=body) as answer:
        said = await answer.json()

    assert (answer.status, said["error"][-1]) == (400, ".")


async def test_an_order_that_is_no_json_is_refused(shop):
    async with shop.client.post("/_control/clock", data=b"{") as answer:
        said = await answer.json()

    assert said == {"error": "The body is a JSON object."}


@pytest.mark.parametrize("amount", ["many", "1e40", -1, None, True])
async def test_an_amount_that_is_none_is_refused(shop, amount):
    said = await shop.refused("/payments/tokens/charge", **shop.charge("tk", Amount=amount))

    assert said == "Amount is required"


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("/payments/get", {"TransactionId": "x"}, "TransactionId is required"),
        ("/payments/list", {"Date": "today"}, "Date is required"),
        ("/v2/payments/list", {}, "CreatedDateGte and CreatedDateLte are required"),
        ("/orders/create", {"Amount": 1}, "Description is required"),
        (
            "/orders/create",
            {"Amount": 1, "Description": "x", "SubscriptionBehavior": "CreateHourly"},
            "SubscriptionBehavior is invalid",
        ),
    ],
)
async def test_a_call_that_makes_no_sense_is_refused(shop, path, body, said):
    assert await shop.refused(path, **body) == said


async def test_a_body_that_is_no_object_is_refused(shop):
    headers = {"Authorization": shop.key, "Content-Type": "application/json"}

    async with shop.client.post("/test", data=b"[", headers=headers) as answer:
        said = await answer.json()

    assert said == {"Success": False, "Message": "Invalid request format"}


async def test_a_check_that_is_answered_too_late_declines(shop, house):
    await shop.listen(house, "check")
    await shop.order("POST", "settings", hook_timeout_s=0.05)
    house.pause = asyncio.Event()

    found = await shop.pay(NO_3DS)
    house.pause.set()

    assert found["ReasonCode"] == 3006


async def test_a_schedule_a_link_and_held_money_go_on_after_a_restart(visit, tmp_path):
    state = tmp_path / "terminal.json"
    async with visit(state=state) as shop:
        token = (await shop.pay(NO_3DS))["Token"]
        await shop.done("/orders/create", Amount=1, Description="link", InvoiceId="inv-3")
        await shop.done("/payments/tokens/auth", **shop.charge(token, InvoiceId="inv-4"))
        tomorrow = datetime.fromtimestamp(shop.world.clock.now(), UTC) + timedelta(days=1)
        await shop.done(
            "/subscriptions/create",
            Token=token,
            AccountId="tenant-1",
            Description="plan",
            Amount=5,
            Currency="KZT",
            RequireConfirmation=False,
            Interval="Day",
            Period=7,
            StartDate=tomorrow.isoformat(),
        )

    async with visit(state=state) as shop:
        await shop.order("POST", "links/pay", link="inv-3", card=NO_3DS)
        await shop.advance(days=8)

        schedule = (await shop.order("GET", "schedules"))["schedules"][0]
        held = await shop.done("/payments/find", InvoiceId="inv-4")
        assert schedule["SuccessfulTransactionsNumber"] == 2
        assert held["Status"] == "Cancelled"
        assert (await shop.order("GET", "links"))["links"][0]["Status"] == "Paid"
