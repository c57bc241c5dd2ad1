"""The way in: the key, how many at once, ids that come again, faults, and the description."""

import asyncio
from typing import Any

import aiohttp
import pytest
from jsonschema import ValidationError

from tests.sandbox.tiptoppay.visitor import NO_3DS, PUBLIC_ID

pytestmark = pytest.mark.flow


async def charge(shop, token: str, request_id: str, **more) -> Any:
    asked = shop.charge(token, **more)
    return await shop.call("/payments/tokens/charge", asked, X_Request_ID=request_id)


async def test_nobody_comes_in_without_the_key(shop):
    shop.key = aiohttp.encode_basic_auth(PUBLIC_ID, "another")

    answered = await shop.call_blindly("/test")

    assert answered == (401, b"")


async def test_whoever_has_the_key_is_greeted(shop):
    status, said = await shop.call("/test")

    assert (status, said["Success"], len(said["Message"])) == (200, True, 36)


async def test_an_address_of_nothing_is_not_found(shop):
    status, _ = await shop.call_blindly("/payments/everything")

    assert status == 404


async def test_the_same_id_gets_the_first_answer_and_charges_once(shop):
    token = (await shop.pay(NO_3DS))["Token"]

    first = await charge(shop, token, "intent-1")
    again = await charge(shop, token, "intent-1", Amount=1)

    found = await shop.order("GET", "operations?invoice=inv-2")
    assert again == first
    assert len(found["operations"]) == 1


async def test_two_calls_at_once_under_one_id_are_one(shop):
    token = (await shop.pay(NO_3DS))["Token"]
    await shop.order("POST", "settings", bank_s=0.05)

    answers = await asyncio.gather(charge(shop, token, "one"), charge(shop, token, "one"))

    found = await shop.order("GET", "operations?invoice=inv-2")
    assert answers[0] == answers[1]
    assert len(found["operations"]) == 1


async def test_an_id_is_forgotten_after_an_hour(shop):
    token = (await shop.pay(NO_3DS))["Token"]
    _, first = await charge(shop, token, "intent-1")
    await shop.advance(hours=1)

    _, again = await charge(shop, token, "intent-1")

    assert again["Model"]["TransactionId"] != first["Model"]["TransactionId"]


@pytest.mark.parametrize(
    ("is_live", "answered"),
    [
        pytest.param(False, [200] * 5 + [429] * 2, id="test-five"),
        pytest.param(True, [200] * 7, id="live-thirty"),
    ],
)
async def test_more_calls_at_once_than_allowed_find_no_room(shop, is_live, answered):
    token = (await shop.pay(NO_3DS))["Token"]
    await shop.order("POST", "settings", is_live=is_live, bank_s=0.2)

    found = await asyncio.gather(*(charge(shop, token, f"intent-{n}") for n in range(7)))

    assert sorted(status for status, _ in found) == answered


async def test_a_call_that_hangs_has_done_its_work(shop):
    token = (await shop.pay(NO_3DS))["Token"]
    await shop.order(
        "POST",
        "faults",
        endpoint="payments/tokens/charge",
        kind="hang",
        after=True,
        timeout_s=0,
        count=1,
    )

    with pytest.raises(aiohttp.ServerDisconnectedError):
        await charge(shop, token, "intent-1")

    _, again = await charge(shop, token, "intent-1")
    found = await shop.done("/v2/payments/find", InvoiceId="inv-2")
    assert found["TransactionId"] == again["Model"]["TransactionId"]


@pytest.mark.parametrize("kind", ["301", "401", "404", "429", "500", "502", "503"])
async def test_a_fault_that_strikes_before_leaves_nothing_done(shop, kind):
    token = (await shop.pay(NO_3DS))["Token"]
    await shop.order("POST", "faults", endpoint="*", kind=kind, count=1)

    status, _ = await shop.call_blindly("/payments/tokens/charge", shop.charge(token))

    assert status == int(kind)
    assert await shop.refused("/payments/find", InvoiceId="inv-2") == "Not found"


async def test_half_an_answer_comes_of_work_that_was_done(shop):
    await shop.order("POST", "faults", endpoint="test", kind="truncated")

    status, raw = await shop.call_blindly("/test")

    assert (status, raw[:1], raw[-1:] == b"}") == (200, b"{", False)


async def test_a_fault_strikes_only_whom_it_is_meant_for_and_after_so_many(shop):
    token = (await shop.pay(NO_3DS))["Token"]
    await shop.order(
        "POST", "faults", endpoint="payments/tokens/charge", kind="500", whose="inv-7", skip=1
    )

    answered = [
        (await shop.call_blindly("/payments/tokens/charge", shop.charge(token, InvoiceId=invoice)))[
            0
        ]
        for invoice in ("inv-6", "inv-7", "inv-7", "inv-6")
    ]

    assert answered == [200, 200, 500, 200]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        pytest.param("faults", {"endpoint": "nowhere", "kind": "500"}, id="endpoint"),
        pytest.param("faults", {"endpoint": "*", "kind": "418"}, id="kind"),
        pytest.param("faults", {"endpoint": "*", "kind": "500", "count": 0}, id="count"),
        pytest.param("faults", {"endpoint": "*", "kind": "500", "colour": 1}, id="name"),
        pytest.param("declines", {}, id="decline-without-code"),
        pytest.param("declines", {"code": 5051, "whose": "x"}, id="decline-with-a-name"),
        pytest.param("settings", {"nothing": 1}, id="setting"),
        pytest.param("settings", {"early_pay": "maybe"}, id="setting-value"),
        pytest.param("clock", {"advance_s": -1}, id="clock"),
        pytest.param("widget/pay", {"card": "4242"}, id="widget"),
        pytest.param("links/pay", {"link": "none", "card": "4242"}, id="link"),
        pytest.param("3ds", {"transaction_id": 1}, id="3ds"),
        pytest.param("notifications", {"what": "eaten"}, id="mishap"),
        pytest.param("notifications/repeat", {"number": 1}, id="repeat"),
    ],
)
async def test_an_order_that_makes_no_sense_is_refused_in_a_sentence(shop, path, body):
    said = await shop.order("POST", path, **body)

    assert said["error"].endswith((".", "found", "required"))


async def test_calls_are_written_down(shop):
    await shop.done("/subscriptions/find", accountId="tenant-1")

    found = await shop.order("GET", "requests?since=0&endpoint=subscriptions/find")

    assert [(one["status"], one["body"]) for one in found["requests"]] == [
        (200, '{"accountId": "tenant-1"}')
    ]


async def test_a_form_is_understood_as_json_is(shop):
    headers = {"Authorization": shop.key}
    form = {"accountId": "tenant-1"}

    async with shop.client.post("/subscriptions/find", data=form, headers=headers) as answer:
        said = await answer.json()

    assert said == {"Success": True, "Message": None, "Model": []}


async def test_every_call_of_the_description_but_receipts_is_there(shop, description):
    answered = {
        path: (await shop.call(path.replace("{Type}", "pay"), {}))[0]
        for path in description.paths
        if not path.startswith("/kkt")
    }

    assert set(answered.values()) == {200}


def test_the_judge_knows_a_call_that_is_not_as_described(description):
    with pytest.raises(ValidationError):
        description.judge_call("/payments/void", {"TransactionID": 1})


def test_the_judge_knows_an_answer_that_is_not_as_described(description):
    with pytest.raises(ValidationError):
        description.judge_answer("/payments/get", 200, b'{"Success": true, "Model": {"Status": 1}}')


async def test_a_terminal_can_be_begun_anew(shop, house):
    await shop.listen(house)
    await shop.pay(NO_3DS)
    await shop.order("POST", "settings", is_live=True)
    await shop.order("POST", "declines", code=5051)
    await shop.order("POST", "faults", endpoint="test", kind="500")

    await shop.order("POST", "reset")
    paid = await shop.pay(NO_3DS)
    await shop.done("/test")
    await shop.order("POST", "quiet")

    found = await shop.order("GET", "operations")
    assert [one["TransactionId"] for one in found["operations"]] == [paid["TransactionId"]]
    assert (paid["Status"], paid["TestMode"], house.kinds) == ("Completed", True, ["check", "pay"])
