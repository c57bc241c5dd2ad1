"""Reading offers: against the sandbox, and against pages made up for paging."""

import asyncio
from contextlib import aclosing
from dataclasses import replace

import orjson
import pytest

from kaspi.clients.config import OffersFilter, OffersSort
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


def a_row(place, **more):
    return {
        "merchantId": f"rival-{place}",
        "merchantSku": f"S-{place}",
        "price": 1000 + place,
    } | more


def a_page(first, count, total, *, own=()):
    rows = [
        a_row(place, **({"merchantId": AIGERIM} if place in own else {}))
        for place in range(first, first + count)
    ]
    return says({"offers": rows, "total": total})


def read_script(config, *answers, own=frozenset(), **changes):
    async def offers():
        transport = Transport(config=config, limiter=Unlimited())
        async with (
            aclosing(transport),
            scripted(*answers) as script,
            transport.session() as session,
        ):
            there = replace(config, shop_url=script.url, **changes)
            storefront = KaspiStorefront(session=session, config=there)
            page = await storefront.offers("1", city_id=ALMATY, own_merchant_ids=own)
        return page, [orjson.loads(body) for _, _, body in script.requests]

    return asyncio.run(offers())


def pages_of(questions):
    return [question["page"] for question in questions]


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

    page, questions = read_script(config, *pages, own=own)

    assert pages_of(questions) == asked
    assert page.total == 120


def test_a_card_without_end_is_left_after_two_hundred_offers(config):
    pages = [a_page(first, 50, 9999) for first in range(0, 1000, 50)]

    page, questions = read_script(config, *pages, own=frozenset({AIGERIM}))

    assert (pages_of(questions), len(page.offers)) == ([0, 1, 2, 3], 200)


def test_a_card_that_repeats_itself_ends(config):
    page, questions = read_script(config, a_page(0, 50, 9999), own=frozenset({AIGERIM}))

    assert (pages_of(questions), len(page.offers)) == ([0, 1], 50)


def test_an_empty_page_ends_a_card_whatever_the_total_says(config):
    page, questions = read_script(config, a_page(0, 50, 120), a_page(0, 0, 120))

    assert (pages_of(questions), len(page.offers)) == ([0, 1], 50)


def test_a_marketplace_that_gives_less_than_asked_for_is_asked_for_just_that(config):
    pages = [a_page(0, 20, 45), a_page(20, 20, 45), a_page(40, 5, 45)]

    page, questions = read_script(config, *pages)

    assert [(asked["page"], asked["limit"]) for asked in questions] == [(0, 50), (1, 20), (2, 20)]
    assert len(page.offers) == 45


def test_an_offer_that_moved_to_the_next_page_counts_once_at_its_lower_price(config):
    first = says({"offers": [a_row(0), a_row(1)], "total": 3})
    second = says({"offers": [a_row(1, price=900), a_row(2)], "total": 3})

    page, _ = read_script(config, first, second)

    assert [(offer.merchant_id, offer.price.whole_tenge) for offer in page.offers] == [
        ("rival-1", 900),
        ("rival-0", 1000),
        ("rival-2", 1002),
    ]


def test_a_merchant_twice_on_a_page_is_two_offers(config):
    rows = [a_row(0), a_row(0, price=1100), a_row(1, merchantSku=None), a_row(1, merchantSku=None)]

    page, _ = read_script(config, says({"offers": rows, "total": 4}))

    assert [offer.price.whole_tenge for offer in page.offers] == [1000, 1001, 1001, 1100]


def test_a_merchant_with_two_prices_on_two_pages_and_no_skus_keeps_both(config):
    first = says({"offers": [a_row(0, merchantSku=None)], "total": 3})
    second = says({"offers": [a_row(0, merchantSku=None, price=1500)], "total": 3})

    page, _ = read_script(config, first, second)

    assert [offer.price.whole_tenge for offer in page.offers] == [1000, 1500]


EVERYTHING = {
    "cityId": ALMATY,
    "id": "1",
    "merchantUID": [],
    "limit": 50,
    "page": 0,
    "sortOption": "PRICE",
    "highRating": None,
    "searchText": None,
    "zoneId": ["Magnum_ZONE1"],
    "installationId": "-1",
}


@pytest.mark.parametrize(
    ("switches", "gone", "said"),
    [
        pytest.param({}, set(), {}, id="as a browser does"),
        pytest.param(
            {"offers_merchant_uid": OffersFilter.TEXT}, set(), {"merchantUID": ""}, id="empty text"
        ),
        pytest.param(
            {"offers_merchant_uid": OffersFilter.NONE}, {"merchantUID"}, {}, id="no merchant"
        ),
        pytest.param({"offers_zones": ()}, {"zoneId"}, {}, id="no zone"),
        pytest.param(
            {"offers_zones": ("Magnum_ZONE5",)}, set(), {"zoneId": ["Magnum_ZONE5"]}, id="a zone"
        ),
        pytest.param(
            {"offers_sort": OffersSort.FLAG}, {"sortOption"}, {"sort": True}, id="a flag to sort by"
        ),
        pytest.param({"offers_page_size": 20}, set(), {"limit": 20}, id="smaller pages"),
    ],
)
def test_every_doubt_about_the_question_has_its_switch(config, switches, gone, said):
    _, questions = read_script(config, a_page(0, 1, 1), **switches)

    asked = {name: value for name, value in EVERYTHING.items() if name not in gone}
    assert questions == [asked | said]


def test_all_offers_are_read_from_a_marketplace_that_caps_its_pages(config, sandbox):
    sandbox.set(offers_most=3)

    page = read(config, "102298404")
    sandbox.set(offers_most=100)

    assert len(page.offers) == page.total
    assert page.total > 3


def test_a_merchant_whom_the_marketplace_shows_twice_is_read_twice(config, sandbox):
    once = read(config, "102298404")
    sandbox.set(merchant_twice=True)

    twice = read(config, "102298404")
    sandbox.set(merchant_twice=False)

    assert len(twice.offers) == len(once.offers) + 1
    assert sum(once.durations.values()) == once.total
