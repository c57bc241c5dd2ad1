"""Payment links and pages: a person plays the payer."""

import json
from urllib.parse import quote

import pytest

from tests.sandbox.tiptoppay.visitor import ASKS_3DS, NO_3DS, NO_FUNDS

pytestmark = pytest.mark.flow

LINK = {
    "Amount": 21990,
    "Currency": "KZT",
    "Description": "Тариф «Базовый» <b>",
    "InvoiceId": "inv-1",
    "AccountId": "tenant-1",
}


async def read(shop, url: str, **form: str) -> tuple[int, str, str]:
    """Open a page, or send its form; where it leads, and its text."""
    method = "POST" if form else "GET"
    async with shop.client.request(method, url, data=form or None, allow_redirects=False) as answer:
        return answer.status, answer.headers.get("Location", ""), await answer.text()


async def test_a_link_is_paid_once_and_told(shop, house):
    await shop.listen(house)
    link = await shop.done("/orders/create", **LINK)

    paid = await shop.order("POST", "links/pay", link=link["Id"], card=NO_3DS)
    again = await shop.order("POST", "links/pay", link="inv-1", card=NO_3DS)
    await shop.order("POST", "quiet")

    listed = (await shop.order("GET", "links"))["links"]
    assert (link["Status"], paid["InvoiceId"], paid["AccountId"]) == (
        "Created",
        "inv-1",
        "tenant-1",
    )
    assert again == {"error": "Order is not awaiting payment"}
    assert [one["Status"] for one in listed] == ["Paid"]
    assert house.kinds == ["check", "pay"]


async def test_a_link_whose_payer_was_declined_can_be_tried_again(shop):
    link = await shop.done("/orders/create", **LINK)
    declined = await shop.order("POST", "links/pay", link=link["Id"], card=NO_FUNDS)

    paid = await shop.order("POST", "links/pay", link=link["Id"], card=NO_3DS)

    assert (declined["Status"], paid["Status"]) == ("Declined", "Completed")


async def test_a_link_that_is_cancelled_is_closed(shop):
    link = await shop.done("/orders/create", **LINK)

    await shop.done("/orders/cancel", Id=link["Id"])

    assert await shop.refused("/orders/cancel", Id=link["Id"]) == "Order is not awaiting payment"
    assert await shop.refused("/orders/cancel", Id="none") == "Order not found"


async def test_a_link_may_begin_a_schedule(shop):
    link = await shop.done("/orders/create", **LINK, SubscriptionBehavior="CreateMonthly")

    await shop.order("POST", "links/pay", link=link["Id"], card=NO_3DS)
    await shop.advance(days=31)

    found = await shop.done("/subscriptions/find", accountId="tenant-1")
    assert [(one["Interval"], one["SuccessfulTransactionsNumber"]) for one in found] == [
        ("Month", 1)
    ]


async def test_a_person_pays_at_a_link_and_comes_back_to_the_shop(shop):
    back = {"SuccessRedirectUrl": "https://shop.example/paid"}
    link = await shop.done("/orders/create", **LINK, **back)

    _, _, page = await read(shop, link["Url"])
    _, bank, _ = await read(shop, link["Url"], card=ASKS_3DS)
    _, _, question = await read(shop, bank)
    after = await read(shop, bank, passes="1")

    assert "21990.00 KZT" in page
    assert "Тариф «Базовый» &lt;b&gt;" in page
    assert "4242 4242 4242 4242" in question
    assert after[:2] == (303, "https://shop.example/paid")


async def test_a_person_who_fails_at_the_bank_is_told_so(shop):
    link = await shop.done("/orders/create", **LINK)
    _, bank, _ = await read(shop, link["Url"], card=ASKS_3DS)

    _, result, _ = await read(shop, bank, passes="0")
    _, _, page = await read(shop, result)

    assert "Платёж отклонён" in page


async def test_a_person_pays_in_the_widget(shop):
    widget = {
        "amount": 10.5,
        "currency": "KZT",
        "externalId": "inv-9",
        "description": "Plan",
        "culture": "kk-KZ",
        "failRedirectUrl": "https://shop.example/failed",
        "userInfo": {"accountId": "tenant-1"},
    }
    address = f"/widget?p={quote(json.dumps(widget))}"

    _, _, script = await read(shop, "/bundles/widget.js")
    _, _, page = await read(shop, address)
    _, result, _ = await read(shop, address, card=NO_3DS)
    declined = await read(shop, address, card=NO_FUNDS)

    _, _, last = await read(shop, result)
    assert json.dumps(shop.world.home) in script
    assert "10.50 KZT" in page
    assert "Төлем сәтті өтті" in last
    assert declined[:2] == (303, "https://shop.example/failed")


async def test_a_person_sees_what_waits_and_lets_a_day_pass(shop):
    await shop.done("/orders/create", **LINK)
    await shop.pay(NO_FUNDS, widget={"description": "Declined"})

    before = shop.world.clock.now()
    later = await read(shop, "/_control/later", go="1")
    _, _, page = await read(shop, "/")

    assert "21990.00 KZT: Тариф «Базовый» &lt;b&gt; (invoice inv-1)" in page
    assert "payment Declined 21990.00 KZT: Declined" in page
    assert (later[:2], shop.world.clock.now() - before > 86_399) == ((303, "/"), True)


@pytest.mark.parametrize(
    "address", ["/d/none", "/acs/1", "/acs/x", "/result/1", "/widget", "/widget?p=%7B%7D"]
)
async def test_a_page_of_nothing_says_so(shop, address):
    status, _, text = await read(shop, address)

    assert (status, json.loads(text)["Success"]) == (200, False)
