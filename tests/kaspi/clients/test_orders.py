"""Reading orders: against the sandbox, and against answers made up for paging."""

import asyncio
import base64
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from cube_demper.kernel.money import Money
from kaspi.clients.orders import KaspiOrders, windows
from kaspi.clients.transport import Transport
from kaspi.errors import (
    KaspiSilent,
    KaspiUnavailable,
    OrderMissing,
    OrdersAddressForeign,
    OrdersTokenRefused,
    RequestRefused,
    WalledOff,
)
from kaspi.order_ports import OrdersTicket
from tests.kaspi.clients.stand_ins import Unlimited, says, scripted

pytestmark = pytest.mark.flow

AIGERIM = "30112233"
DAY = timedelta(days=1)


def control(sandbox, method, path, **body):
    answer = httpx.request(method, f"{sandbox.shop_url}/_sandbox/orders{path}", json=body or None)
    answer.raise_for_status()
    return answer.json()


def place(sandbox, **wanted):
    return control(sandbox, "POST", "", merchant_id=AIGERIM, **wanted)


@pytest.fixture
def ticket(sandbox):
    sandbox.set(foreign_address="no", phones_masked_from=1_770_231_600.0)
    token = control(sandbox, "GET", f"/token?merchant_id={AIGERIM}")["token"]
    return OrdersTicket(store_id=1, merchant_id=AIGERIM, token=token)


def using(config, ticket, work, *, limiter=None):
    """Do the work with a store's orders."""

    async def whole():
        transport = Transport(config=config, limiter=limiter or Unlimited())
        async with aclosing(transport), transport.session() as session:
            return await work(KaspiOrders(session=session, config=config, ticket=ticket))

    return asyncio.run(whole())


def read(config, ticket, *, days=1, limiter=None):
    """All pages of the last days."""
    until = datetime.now(UTC) + timedelta(minutes=1)

    async def work(orders):
        return [page async for page in orders.orders(since=until - days * DAY, until=until)]

    return using(config, ticket, work, limiter=limiter)


def test_an_order_is_read_as_it_is(config, sandbox, ticket):
    made = place(sandbox, name="Дана", town="Астана", mode="DELIVERY_LOCAL", pre_order=True)

    order = using(config, ticket, lambda orders: orders.order(made["code"]))

    assert order.kaspi_id == base64.b64encode(made["code"].encode()).decode()
    assert (order.state, order.status, order.is_known) == ("NEW", "APPROVED_BY_BANK", True)
    assert order.total == Money.tenge(sum(one["price"] * one["quantity"] for one in made["lines"]))
    assert abs(order.placed_at.timestamp() - made["placed_at"]) < 0.002
    assert (order.buyer_name, order.buyer_phone) == ("Дана", "")
    assert (order.city, order.is_preorder, order.point_id) == ("Астана", True, f"{AIGERIM}_PP1")


def test_a_phone_that_is_not_masked_is_read(config, sandbox, ticket):
    sandbox.set(phones_masked_from=1e12)
    made = place(sandbox, phone="7051234567")

    order = using(config, ticket, lambda orders: orders.order(made["code"]))

    assert order.buyer_phone == "7051234567"


def test_every_state_is_read_the_archive_too_and_every_order_once(config, sandbox, ticket):
    new, old = place(sandbox), place(sandbox)
    over = {"state": "ARCHIVE", "status": "COMPLETED"}
    control(sandbox, "POST", "/move", merchant_id=AIGERIM, code=old["code"], **over)

    pages = read(config, ticket)

    codes = [order.code for page in pages for order in page.orders]
    assert {new["code"], old["code"]} <= set(codes)
    assert len(codes) == len(set(codes))


def test_a_long_time_is_read_in_windows_that_kaspi_takes(config, sandbox, ticket):
    made = place(sandbox, age_s=40 * 86_400)

    pages = read(config, ticket, days=45)

    assert made["code"] in {order.code for page in pages for order in page.orders}


def test_an_unknown_word_is_kept_and_flagged(config, sandbox, ticket):
    made = place(sandbox, state="KASPI_MOON", status="DREAMING")

    order = using(config, ticket, lambda orders: orders.order(made["code"]))

    assert (order.state, order.status, order.is_known) == ("KASPI_MOON", "DREAMING", False)


def test_the_lines_of_an_order_name_what_was_bought(config, sandbox, ticket):
    made = place(sandbox)
    kaspi_id = base64.b64encode(made["code"].encode()).decode()

    entries = using(config, ticket, lambda orders: orders.entries(kaspi_id))

    assert [(one.sku, one.master_sku, one.quantity, one.price) for one in entries] == [
        (line["sku"], line["master_sku"], line["quantity"], Money.tenge(line["price"]))
        for line in made["lines"]
    ]


def test_an_order_that_is_not_there_is_missing(config, ticket):
    with pytest.raises(OrderMissing):
        using(config, ticket, lambda orders: orders.order("1"))


def test_a_bad_token_is_refused_once_and_not_tried_again(config, sandbox, ticket):
    with pytest.raises(OrdersTokenRefused):
        using(config, replace(ticket, token="nonsense"), lambda orders: orders.verify())

    assert len(sandbox.requests("orders")) == 1


def test_a_good_token_is_taken(config, ticket):
    assert using(config, ticket, lambda orders: orders.verify()) is None


@pytest.mark.parametrize(
    ("kind", "error", "requests"),
    [
        ("403html", WalledOff, 1),
        ("403json", RequestRefused, 1),
        ("429", WalledOff, 1),
        ("500", KaspiUnavailable, 3),
        ("503", KaspiUnavailable, 3),
        ("truncated", KaspiUnavailable, 3),
        ("html200", KaspiUnavailable, 3),
    ],
)
def test_a_broken_answer_is_named_and_never_no_orders(
    config, sandbox, ticket, kind, error, requests
):
    sandbox.break_("orders", kind)

    with pytest.raises(error):
        read(config, ticket)
    assert len(sandbox.requests("orders")) == requests


def test_a_broken_line_is_not_no_orders(config, sandbox, ticket):
    sandbox.break_("orders", "reset")

    with pytest.raises(KaspiUnavailable):
        read(config, ticket)


def test_an_address_abroad_is_named_as_the_trouble(config, sandbox, ticket):
    sandbox.set(foreign_address="storefront")
    hasty = replace(config, read_timeout_s=0.3, read_retries=0)

    with pytest.raises(OrdersAddressForeign):
        read(hasty, ticket)


def test_a_silent_kaspi_is_not_taken_for_an_address_abroad(config, sandbox, ticket):
    sandbox.break_("orders", "timeout", timeout_s=30)
    hasty = replace(config, read_timeout_s=0.3, read_retries=0)

    with pytest.raises(KaspiSilent):
        read(hasty, ticket)


def test_a_refusal_keeps_kaspis_words(config, ticket):
    refused = {"errors": [{"title": "Bad", "detail": "Filter by creationDate is empty"}]}

    async def work():
        async with scripted(says(refused, status=400)) as script:
            there = replace(config, shop_url=script.url)
            async with aclosing(Transport(config=there, limiter=Unlimited())) as transport:
                session = transport.session()
                await KaspiOrders(session=session, config=there, ticket=ticket).order("1")

    with pytest.raises(RequestRefused) as refusal:
        asyncio.run(work())

    assert refusal.value.detail == "Filter by creationDate is empty"


def test_pages_are_read_to_the_last_by_page_count_though_they_drift(config, ticket):
    def page(*codes, count):
        data = [
            {
                "id": f"id-{code}",
                "attributes": {
                    "code": code,
                    "state": "NEW",
                    "status": "APPROVED_BY_BANK",
                    "totalPrice": 1200.0,
                    "creationDate": 1_788_000_000_000,
                },
            }
            for code in codes
        ]
        return says({"data": data, "meta": {"pageCount": count, "totalPages": 1, "totalCount": 9}})

    async def work():
        async with scripted(page("A", "B", count=2), page("B", "C", count=2)) as script:
            there = replace(config, shop_url=script.url, orders_by_state=False)
            async with aclosing(Transport(config=there, limiter=Unlimited())) as transport:
                orders = KaspiOrders(session=transport.session(), config=there, ticket=ticket)
                end = datetime(2026, 9, 1, tzinfo=UTC)
                pages = [page async for page in orders.orders(since=end - DAY, until=end)]
                return pages, script.requests

    pages, requests = asyncio.run(work())

    assert [[one.code for one in page.orders] for page in pages] == [["A", "B"], ["C"]]
    assert len(requests) == 2


def test_it_is_asked_as_kaspi_wants_it_and_from_a_budget_of_its_own(config, ticket):
    limiter = Unlimited()

    async def work():
        async with scripted(says({"data": [], "meta": {"pageCount": 0}})) as script:
            there = replace(config, shop_url=script.url)
            async with aclosing(Transport(config=there, limiter=limiter)) as transport:
                orders = KaspiOrders(session=transport.session(), config=there, ticket=ticket)
                await orders.verify()
                return script.requests[0]

    path, headers, _ = asyncio.run(work())

    assert path.startswith("/shop/api/v2/orders?")
    assert headers["x-auth-token"] == ticket.token
    assert headers["accept"] == headers["content-type"] == "application/vnd.api+json"
    assert headers["x-merchant-uid"] == AIGERIM
    assert "cookie" not in headers
    assert limiter.turns == [("kaspi:orders:direct", "fleet")]


def test_windows_cover_the_time_and_are_never_longer_than_kaspi_takes():
    end = datetime(2026, 9, 1, tzinfo=UTC)

    found = list(windows(end - 30 * DAY, end, longest=20 * DAY))

    assert found == [
        (end - 30 * DAY, end - 16 * DAY),
        (end - 16 * DAY, end - 2 * DAY),
        (end - 2 * DAY, end),
    ]
