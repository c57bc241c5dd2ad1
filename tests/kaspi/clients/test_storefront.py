"""Reading offers: against the sandbox, and against pages made up for paging."""

import asyncio
from contextlib import aclosing
from dataclasses import replace

import orjson
import pytest

from kaspi.clients.storefront import KaspiStorefront
from kaspi.clients.transport import Transport
from kaspi.errors import KaspiUnavailable, WalledOff
from kaspi.ports import OffersPage
from tests.kaspi.clients.stand_ins import Unlimited, says, scripted

pytestmark = pytest.mark.flow

AIGERIM = "30112233"
ALMATY = "750000000"


def read(config, master_sku, *, own=frozenset(), limiter=None):
    async def offers():
        transport = Transport(config=config, limiter=limiter or Unlimited())
        async with aclosing(transport), transport.session() as session:
            storefront = KaspiStorefront(session=session, config=config)
            return await storefront.offers(master_sku, city_id=ALMATY, own_merchant_ids=own)

    return asyncio.run(offers())


def test_the_offers_of_a_card_come_cheapest_first_and_ours_is_among_them(config, sandbox):
    listing = next(one for one in sandbox.listings(AIGERIM) if one["on_sale"])

    page = read(config, listing["master_sku"], own=frozenset({AIGERIM}))

    prices = [offer.price for offer in page.offers]
    assert prices == sorted(prices)
    assert AIGERIM in [offer.merchant_id for offer in page.offers]


def test_nobody_sells_an_unknown_card(config):
    assert read(config, "999999999") == OffersPage((), 0)


@pytest.mark.parametrize(
    ("kind", "error", "requests"),
    [
        ("403html", WalledOff, 1),
        ("405", WalledOff, 1),
        ("429", WalledOff, 1),
        ("500", KaspiUnavailable, 3),
        ("reset", KaspiUnavailable, 3),
        ("html200", KaspiUnavailable, 3),
        ("truncated", KaspiUnavailable, 3),
    ],
)
def test_a_broken_answer_is_named_and_never_an_empty_card(config, sandbox, kind, error, requests):
    sandbox.break_("offers", kind)

    with pytest.raises(error) as caught:
        read(config, "100200301")

    assert type(caught.value) is error
    assert len(sandbox.requests("offers")) == requests


def test_a_wall_closes_the_address_for_a_while(config, sandbox):
    limiter = Unlimited()
    sandbox.break_("offers", "403html")

    with pytest.raises(WalledOff):
        read(config, "100200301", limiter=limiter)

    assert limiter.turns == [("kaspi:offers:direct", "fleet")]
    assert limiter.frozen == [("kaspi:offers:direct", 10)]


def a_page(first, count, total, *, own=()):
    offers = [
        {"merchantId": AIGERIM if place in own else f"rival-{place}", "price": 1000 + place}
        for place in range(first, first + count)
    ]
    return says({"offers": offers, "total": total})


def read_script(config, *answers, own=frozenset()):
    async def offers():
        transport = Transport(config=config, limiter=Unlimited())
        async with (
            aclosing(transport),
            scripted(*answers) as script,
            transport.session() as session,
        ):
            there = replace(config, shop_url=script.url)
            storefront = KaspiStorefront(session=session, config=there)
            page = await storefront.offers("1", city_id=ALMATY, own_merchant_ids=own)
        return page, [orjson.loads(body)["page"] for _, _, body in script.requests]

    return asyncio.run(offers())


@pytest.mark.parametrize(
    ("own", "asked"),
    [
        pytest.param(frozenset(), [0, 1, 2], id="whole card without own ids"),
        pytest.param(frozenset({AIGERIM}), [0, 1], id="until our own offer"),
        pytest.param(frozenset({AIGERIM, "other"}), [0, 1, 2], id="until all of our own"),
    ],
)
def test_pages_are_read_until_our_own_offers_are_met(config, own, asked):
    pages = [a_page(0, 50, 120), a_page(50, 50, 120, own={70}), a_page(100, 20, 120)]

    page, numbers = read_script(config, *pages, own=own)

    assert numbers == asked
    assert page.total == 120


def test_a_card_without_end_is_left_after_four_pages(config):
    page, numbers = read_script(config, a_page(0, 50, 9999), own=frozenset({AIGERIM}))

    assert (numbers, len(page.offers)) == ([0, 1, 2, 3], 200)


def test_an_empty_page_ends_a_card_whatever_the_total_says(config):
    page, numbers = read_script(config, a_page(0, 50, 120), a_page(0, 0, 120))

    assert (numbers, len(page.offers)) == ([0, 1], 50)
