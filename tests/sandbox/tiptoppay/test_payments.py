"""What becomes of payments at the stand-in, and what is told of them."""

import pytest

from tests.sandbox.tiptoppay.visitor import ASKS_3DS, NO_3DS, NO_FUNDS, ONCE_ONLY

pytestmark = pytest.mark.flow


async def test_a_payment_in_the_widget_is_checked_and_told(shop, house):
    await shop.listen(house)

    paid = await shop.pay(NO_3DS)
    await shop.order("POST", "quiet")

    assert (paid["Status"], paid["Amount"], paid["TestMode"]) == ("Completed", 21990, True)
    assert house.kinds == ["check", "pay"]


@pytest.mark.parametrize(
    ("card", "status", "code"),
    [
        pytest.param(ASKS_3DS, "Completed", 0, id="asks-then-pays"),
        pytest.param("5555 5555 5555 4444", "Completed", 0, id="asks-then-pays-mastercard"),
        pytest.param("4012 8888 8888 1881", "Declined", 5051, id="asks-then-has-no-funds"),
        pytest.param("5105 1051 0510 5100", "Declined", 5051, id="asks-then-has-none-mastercard"),
        pytest.param(NO_3DS, "Completed", 0, id="pays"),
        pytest.param("5205 0000 0000 3055", "Completed", 0, id="pays-mastercard"),
        pytest.param(ONCE_ONLY, "Completed", 0, id="pays-once"),
        pytest.param("5200 8282 8282 8210", "Completed", 0, id="pays-once-mastercard"),
        pytest.param(NO_FUNDS, "Declined", 5051, id="no-funds"),
        pytest.param("5404 0000 0000 0043", "Declined", 5051, id="no-funds-mastercard"),
        pytest.param("4242 4242 4242 4241", "Declined", 5014, id="no-card"),
    ],
)
async def test_each_card_does_what_the_provider_says_of_it(shop, card, status, code):
    found = await shop.pay(card)

    assert (found["Status"], found["ReasonCode"]) == (status, code)


async def test_a_payer_who_does_not_answer_the_bank_leaves_the_payment_waiting(shop):
    found = await shop.pay(ASKS_3DS, passes=None)

    assert found["Status"] == "AwaitingAuthentication"


async def test_a_payer_who_fails_at_the_bank_is_declined(shop, house):
    await shop.listen(house, "pay", "fail")

    found = await shop.pay(ASKS_3DS, passes=False)
    await shop.order("POST", "quiet")

    assert (found["Status"], found["ReasonCode"], house.kinds) == ("Declined", 5206, ["fail"])


async def test_a_card_payment_by_call_asks_for_the_payer_and_goes_on_with_the_answer(shop):
    body = {"Amount": 10.5, "Currency": "KZT", "IpAddress": "127.0.0.1"}

    _, asked = await shop.call("/payments/cards/charge", body | {"CardCryptogramPacket": ASKS_3DS})
    answer = {
        "TransactionId": asked["Model"]["TransactionId"],
        "PaRes": asked["Model"]["PaReq"],
    }
    paid = await shop.done("/payments/cards/post3ds", **answer)

    assert asked["Success"] is False
    assert (paid["Status"], paid["Amount"]) == ("Completed", 10.5)


async def test_a_saved_card_is_charged_again(shop):
    first = await shop.pay(NO_3DS)

    again = await shop.done("/payments/tokens/charge", **shop.charge(first["Token"]))

    assert (again["Status"], again["Token"]) == ("Completed", first["Token"])


async def test_a_card_that_pays_once_has_no_funds_by_token(shop, house):
    first = await shop.pay(ONCE_ONLY)
    await shop.listen(house)

    _, said = await shop.call("/payments/tokens/charge", shop.charge(first["Token"]))
    await shop.order("POST", "quiet")

    assert (said["Success"], said["Model"]["ReasonCode"]) == (False, 5051)
    assert house.kinds == ["check", "fail"]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"Token": "tk_of_another_terminal"}, id="unknown"),
        pytest.param({"AccountId": "tenant-2"}, id="somebody-elses"),
    ],
)
async def test_a_token_that_is_not_the_payers_here_is_declined(shop, change):
    first = await shop.pay(NO_3DS)

    _, said = await shop.call("/payments/tokens/charge", shop.charge(first["Token"]) | change)

    assert (said["Success"], said["Model"]["ReasonCode"]) == (False, 6025)


async def test_no_card_is_saved_for_nobody(shop):
    paid = await shop.pay(NO_3DS, widget={"userInfo": {}})

    assert paid["Token"] is None


async def test_money_is_held_then_taken_in_part(shop, house):
    first = await shop.pay(NO_3DS)
    await shop.listen(house, "pay", "confirm")

    held = await shop.done("/payments/tokens/auth", **shop.charge(first["Token"]))
    await shop.done("/payments/confirm", TransactionId=held["TransactionId"], Amount=100)
    await shop.order("POST", "quiet")

    taken = await shop.done("/payments/get", TransactionId=held["TransactionId"])
    assert (held["Status"], taken["Status"], taken["Amount"]) == ("Authorized", "Completed", 100)
    assert sorted(house.kinds) == ["confirm", "pay"]  # two deliveries, in either order


async def test_money_that_is_held_can_be_let_go_and_then_not_taken(shop, house):
    first = await shop.pay(NO_3DS)
    await shop.listen(house, "cancel")
    held = await shop.done("/payments/tokens/auth", **shop.charge(first["Token"]))

    await shop.done("/payments/void", TransactionId=held["TransactionId"])
    said = await shop.refused("/payments/confirm", TransactionId=held["TransactionId"], Amount=1)
    await shop.order("POST", "quiet")

    assert (said, house.kinds) == ("Transaction is not authorized", ["cancel"])


async def test_money_that_nobody_takes_is_let_go_after_seven_days(shop, house):
    first = await shop.pay(NO_3DS)
    held = await shop.done("/payments/tokens/auth", **shop.charge(first["Token"]))
    await shop.listen(house, "cancel")

    await shop.advance(days=7)

    gone = await shop.done("/payments/get", TransactionId=held["TransactionId"])
    assert (gone["Status"], house.kinds) == ("Cancelled", ["cancel"])


async def test_a_payment_is_given_back_in_parts_and_never_more_than_it_was(shop, house):
    paid = await shop.pay(NO_3DS)
    number = paid["TransactionId"]
    await shop.listen(house, "refund")

    await shop.done("/payments/refund", TransactionId=number, Amount=21000)
    too_much = await shop.refused("/payments/refund", TransactionId=number, Amount=990.01)
    last = await shop.done("/payments/refund", TransactionId=number, Amount=990)
    await shop.order("POST", "quiet")

    found = await shop.done("/v2/payments/find", InvoiceId="inv-1")
    assert too_much == "Amount is greater than what is left of the payment"
    assert (found["TransactionId"], found["Type"]) == (last["TransactionId"], 1)
    assert found["OriginalTransactionId"] == number
    assert (await shop.done("/payments/find", InvoiceId="inv-1"))["Refunded"] is True
    assert house.kinds == ["refund", "refund"]


async def test_a_payment_of_last_year_is_not_given_back(shop):
    paid = await shop.pay(NO_3DS)
    await shop.advance(days=366)

    said = await shop.refused("/payments/refund", TransactionId=paid["TransactionId"], Amount=1)

    assert said == "Transaction is too old to be refunded"


async def test_declines_can_be_ordered_with_a_time_to_wait(shop, house):
    paid = await shop.pay(NO_3DS)
    await shop.listen(house, "fail")
    await shop.order(
        "POST", "declines", code=5065, count=1, account_id="tenant-1", retry_after_s=3600
    )

    _, declined = await shop.call("/payments/tokens/charge", shop.charge(paid["Token"]))
    again = await shop.done("/payments/tokens/charge", **shop.charge(paid["Token"]))
    await shop.order("POST", "quiet")

    assert (declined["Model"]["ReasonCode"], again["Status"]) == (5065, "Completed")
    assert b"RetryAfter=20" in house.heard[0][2]


async def test_roubles_are_taken_for_granted_where_no_currency_is_named(shop):
    paid = await shop.pay(NO_3DS)
    asked = shop.charge(paid["Token"])
    del asked["Currency"]

    again = await shop.done("/payments/tokens/charge", **asked)

    assert again["Currency"] == "RUB"


@pytest.mark.parametrize("name", ["Amount", "AccountId", "Token", "TrInitiatorCode"])
async def test_a_charge_without_what_it_needs_is_refused(shop, name):
    asked = shop.charge("tk_any")
    del asked[name]

    said = await shop.refused("/payments/tokens/charge", **asked)

    assert said == f"{name} is required"


async def test_a_declined_payment_that_is_looked_up_is_whatever_the_switch_says(shop):
    await shop.pay(NO_FUNDS)

    _, usual = await shop.call("/payments/find", {"InvoiceId": "inv-1"})
    await shop.order("POST", "settings", declined_is_success=True)
    _, other = await shop.call("/payments/find", {"InvoiceId": "inv-1"})

    assert [(said["Success"], said["Model"]["Status"]) for said in (usual, other)] == [
        (False, "Declined"),
        (True, "Declined"),
    ]


async def test_what_is_not_there_is_not_found(shop):
    found = [
        await shop.refused("/v2/payments/find", InvoiceId="inv-0"),
        await shop.refused("/payments/get", TransactionId=1),
        await shop.refused("/payments/void", TransactionId=1),
    ]

    assert found == ["Not found", "Not found", "Transaction not found"]
