"""What the stand-in tells by itself: in whose hand, how often, and how early."""

import asyncio
from itertools import pairwise
from urllib.parse import parse_qsl

import pytest

from sandbox.tiptoppay.notices import as_form, signed
from tests.billing.clients.test_signature import CYRILLIC, FOREIGN, FORM
from tests.sandbox.tiptoppay.visitor import NO_3DS, NO_FUNDS, SECRET

MINUTES = (1, 2, 5, 10, 30, 30)


@pytest.mark.unit
@pytest.mark.parametrize("message", [FORM, CYRILLIC, FOREIGN], ids=["form", "cyrillic", "foreign"])
def test_a_form_is_written_in_the_hand_of_the_original(message):
    fields = dict(parse_qsl(message.decode(), keep_blank_values=True))

    written = as_form(fields)

    assert written == message.decode()


@pytest.mark.unit
def test_what_is_written_is_signed_as_the_original_signs():
    headers = signed(FORM.decode(), secret="demo-secret-0001", is_form=True)

    assert headers == {
        "Content-HMAC": "dA0kqy0jlkv2cpz143WN61uHu2199VlmKVLDYFs0+HA=",
        "X-Content-HMAC": "bGpbN27SxoTPsExf79XTZOKM6HliXDplHAzkqXm/F8A=",
    }


@pytest.mark.flow
@pytest.mark.parametrize("format_", ["form", "json"])
async def test_a_notification_carries_both_signatures_over_what_was_sent(shop, house, format_):
    await shop.order("POST", "settings", notifications=format_)
    await shop.listen(house, "pay")

    await shop.pay(NO_3DS, widget={"description": "Тариф «Базовый» ~", "metadata": {"a": "b c"}})
    await house.hears("pay")

    _, headers, raw = house.heard[0]
    expected = signed(raw.decode(), secret=SECRET, is_form=format_ == "form")
    assert {name: headers[name] for name in expected} == expected


@pytest.mark.flow
async def test_by_get_the_query_is_what_is_signed(shop, house):
    await shop.done("/site/notifications/pay/update", IsEnabled=True, Address=f"{house.url}/pay")

    await shop.pay(NO_3DS)
    await house.hears("pay")

    _, headers, raw = house.heard[0]
    expected = signed(raw.decode(), secret=SECRET, is_form=True)
    assert headers["Content-HMAC"] == expected["Content-HMAC"]


@pytest.mark.flow
@pytest.mark.parametrize(
    ("answer", "code"),
    [
        pytest.param((200, '{"code":10}'), 3001, id="wrong-invoice"),
        pytest.param((200, '{"code":11}'), 3002, id="wrong-account"),
        pytest.param((200, '{"code":12}'), 3003, id="wrong-amount"),
        pytest.param((200, '{"code":13}'), 3008, id="not-accepted"),
        pytest.param((200, '{"code":20}'), 3004, id="expired"),
        pytest.param((200, '{"code":"0"}'), 3005, id="text-for-a-number"),
        pytest.param((200, "OK"), 3005, id="no-json"),
        pytest.param((302, '{"code":0}'), 3005, id="redirection"),
        pytest.param((500, '{"code":0}'), 3005, id="broken"),
    ],
)
async def test_a_check_that_is_not_answered_with_zero_declines(shop, house, answer, code):
    await shop.listen(house, "check", "fail")
    house.answers["check"] = [answer]

    found = await shop.pay(NO_3DS)
    await shop.order("POST", "quiet")

    assert (found["Status"], found["ReasonCode"], house.kinds) == (
        "Declined",
        code,
        ["check", "fail"],
    )


@pytest.mark.flow
async def test_a_check_that_nobody_answers_declines(shop, house):
    await shop.listen(house, "check")
    house.url = "http://127.0.0.1:1"
    await shop.listen(house, "check")

    found = await shop.pay(NO_3DS)

    assert found["ReasonCode"] == 3007


@pytest.mark.flow
async def test_what_is_not_taken_comes_again_after_longer_and_longer_pauses(shop, house):
    await shop.listen(house, "fail")
    refusals = [(500, ""), (200, "OK"), (301, '{"code":0}'), (200, '{"code":13}')]
    house.answers["fail"] = [*refusals, (403, '{"code":0}'), (200, "{}")]
    await shop.pay(NO_FUNDS)
    await shop.order("POST", "quiet")

    for minutes in MINUTES:
        await shop.advance(minutes=minutes)
    await shop.advance(days=1)

    tries = (await shop.order("GET", "notifications"))["tries"]
    pauses = [round(b["time"] - a["time"]) // 60 for a, b in pairwise(tries)]
    assert pauses == list(MINUTES)
    assert [one["attempt"] for one in tries] == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.flow
@pytest.mark.parametrize(
    ("early_pay", "heard"),
    [
        pytest.param("no", ["check"], id="after-the-call"),
        pytest.param("call", ["check", "pay"], id="before-the-call-is-answered"),
        pytest.param("check", ["pay", "check"], id="before-check-is-answered"),
    ],
)
async def test_pay_may_come_early(visit, house, early_pay, heard):
    switches = {"early_pay": early_pay, "notify_s": 3600}
    async with visit(switches=switches) as shop:
        await shop.listen(house)

        await shop.pay(NO_3DS)

        assert house.kinds == heard


@pytest.mark.flow
@pytest.mark.parametrize(
    ("what", "heard"),
    [
        pytest.param("lost", [], id="lost"),
        pytest.param("twice", ["pay", "pay"], id="twice"),
        pytest.param("late", [], id="late"),
    ],
)
async def test_notifications_can_be_spoilt(shop, house, what, heard):
    await shop.listen(house, "pay")
    await shop.order("POST", "notifications", what=what, kind="pay")

    await shop.pay(NO_3DS)
    await shop.order("POST", "quiet")

    assert house.kinds == heard


@pytest.mark.flow
async def test_addresses_may_be_given_from_the_beginning(visit, house):
    async with visit(hooks=f"{house.url}/") as shop:
        await shop.pay(NO_3DS)
        await shop.order("POST", "quiet")

    assert house.kinds == ["check", "pay"]


@pytest.mark.flow
async def test_a_late_notification_comes_two_minutes_late(shop, house):
    await shop.listen(house, "pay")
    await shop.order("POST", "settings", hooks_late=1, late_s=120)
    await shop.pay(NO_3DS)

    await shop.advance(minutes=2)

    assert house.kinds == ["pay"]


@pytest.mark.flow
async def test_one_that_was_sent_can_be_sent_again_and_is_the_same(shop, house):
    await shop.listen(house, "pay")
    await shop.pay(NO_3DS)
    await shop.order("POST", "quiet")
    tries = (await shop.order("GET", "notifications"))["tries"]

    await shop.order("POST", "notifications/repeat", number=tries[-1]["number"])
    await house.hears("pay", "pay")

    assert house.heard[0][2] == house.heard[1][2]


@pytest.mark.flow
async def test_a_hundred_notifications_at_once_all_arrive(shop, house):
    await shop.listen(house, "pay")
    paying = [shop.pay(NO_3DS, widget={"externalId": f"inv-{n}"}) for n in range(100)]

    await asyncio.gather(*paying)
    await shop.order("POST", "quiet")

    told = {dict(parse_qsl(raw.decode()))["InvoiceId"] for _, _, raw in house.heard}
    assert told == {f"inv-{n}" for n in range(100)}
