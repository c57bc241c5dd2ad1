"""The cabinet's calls against the sandbox."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from cube_demper.kernel.money import Money
from kaspi.clients.cabinet import KaspiCabinet
from kaspi.clients.transport import Transport
from kaspi.errors import (
    KaspiUnavailable,
    ListingMissing,
    PushBanned,
    PushRejected,
    PushUnanswered,
    SessionDead,
    WalledOff,
)
from kaspi.ports import Listing, Merchant
from tests.kaspi.clients.stand_ins import Unlimited, eventually, says, scripted

pytestmark = pytest.mark.flow

AIGERIM = "30112233"
DAULET = "30445566"


@asynccontextmanager
async def a_cabinet(config, jar, limiter=None, merchant_id=AIGERIM) -> AsyncIterator[KaspiCabinet]:
    transport = Transport(config=config, limiter=limiter or Unlimited())
    async with aclosing(transport), transport.session(jar) as session:
        yield KaspiCabinet(session=session, config=config, merchant_id=merchant_id)


@pytest.fixture
def inside(config, jar, limiter) -> Callable[..., Any]:
    """Run something with Aigerim's cabinet open."""

    def run(use, **changes):
        async def used():
            async with a_cabinet(replace(config, **changes), jar, limiter) as cabinet:
                return await use(cabinet)

        return asyncio.run(used())

    return run


async def all_pages(cabinet, **mode):
    return [page async for page in cabinet.listings(**mode)]


async def every_listing(cabinet):
    return {item.sku: item for page in await all_pages(cabinet) for item in page.listings}


def test_a_session_says_which_shops_it_opens(inside):
    merchants = inside(lambda cabinet: cabinet.merchants())

    assert merchants == (Merchant(AIGERIM, "Aigerim Store"),)


def test_the_whole_catalogue_is_read(inside, sandbox):
    pages = inside(all_pages)

    on_sale = {one["sku"] for one in sandbox.listings(AIGERIM) if one["on_sale"]}
    assert {listing.sku for page in pages for listing in page.listings} == on_sale
    assert (pages[-1].read, pages[-1].total) == (len(on_sale), len(on_sale))


def test_what_is_withdrawn_is_read_apart(inside, sandbox):
    pages = inside(lambda cabinet: all_pages(cabinet, is_on_sale=False))

    withdrawn = {one["sku"] for one in sandbox.listings(AIGERIM) if not one["on_sale"]}
    assert {listing.sku for page in pages for listing in page.listings} == withdrawn


def test_a_listing_is_found_by_exactly_its_sku(inside, sandbox):
    sku = sandbox.listings(AIGERIM)[0]["sku"]

    listing = inside(lambda cabinet: cabinet.listing(sku))

    assert listing.sku == sku


def test_part_of_a_sku_finds_nothing(inside, sandbox):
    part = sandbox.listings(AIGERIM)[0]["sku"][:-1]

    with pytest.raises(ListingMissing):
        inside(lambda cabinet: cabinet.listing(part))


def without_zeros(listing: Listing) -> Listing:
    """Say no preorder as None everywhere: Kaspi says it either way, and as 0 after a push."""
    points = (replace(at, preorder_days=at.preorder_days or None) for at in listing.points)
    return replace(listing, points=tuple(points))


def test_a_push_changes_the_price_and_nothing_else(inside, sandbox):
    sku = next(one["sku"] for one in sandbox.listings(AIGERIM) if one["on_sale"])

    async def pushed(cabinet):
        before = await cabinet.listing(sku)
        price = before.price + Money.tenge(10)
        receipt = await cabinet.push(before, price)
        after = await eventually(lambda: cabinet.listing(sku), lambda it: it.is_settled)
        return before, price, receipt, after

    before, price, receipt, after = inside(pushed)
    assert len(receipt.job_id) == 24
    asked = replace(before, price=price, city_prices=dict.fromkeys(before.city_prices, price))
    assert without_zeros(after) == without_zeros(asked)


def test_every_kind_of_listing_keeps_its_points_through_a_push(inside, sandbox):
    async def push_all(cabinet):
        before = await every_listing(cabinet)
        for listing in before.values():
            await cabinet.push(listing, listing.price)
        after = await eventually(
            lambda: every_listing(cabinet),
            lambda listings: all(listing.is_settled for listing in listings.values()),
        )
        return before, after

    sandbox.set(push_rps=0)
    before, after = inside(push_all)
    sandbox.set(push_rps=3.0)

    assert [without_zeros(listing).points for listing in after.values()] == [
        without_zeros(listing).points for listing in before.values()
    ]


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("401", SessionDead),
        ("403json", SessionDead),
        ("403html", WalledOff),
        ("405", WalledOff),
        ("500", KaspiUnavailable),
        ("reset", KaspiUnavailable),
        ("html200", KaspiUnavailable),
        ("truncated", KaspiUnavailable),
        ("empty", KaspiUnavailable),
    ],
)
def test_a_broken_catalogue_is_named_and_never_an_empty_shop(inside, sandbox, kind, error):
    sandbox.break_("list", kind)

    with pytest.raises(error) as caught:
        inside(all_pages)

    assert type(caught.value) is error


@pytest.mark.parametrize(
    ("kind", "error", "attempts"),
    [
        ("401", SessionDead, 1),
        ("403html", WalledOff, 1),
        ("429", PushBanned, 1),
        ("500", PushUnanswered, 1),
        ("reset", PushUnanswered, 1),
        ("empty", PushUnanswered, 1),
    ],
)
def test_a_failed_push_is_sent_once_and_says_what_is_known(inside, sandbox, kind, error, attempts):
    sku = next(one["sku"] for one in sandbox.listings(AIGERIM) if one["on_sale"])
    sandbox.break_("push", kind)

    async def pushed(cabinet):
        listing = await cabinet.listing(sku)
        return await cabinet.push(listing, listing.price + Money.tenge(5))

    with pytest.raises(error) as caught:
        inside(pushed)

    assert type(caught.value) is error
    assert len(sandbox.requests("push")) == attempts


def test_a_malformed_push_is_refused(inside, sandbox):
    sku = next(one["sku"] for one in sandbox.listings(AIGERIM) if one["on_sale"])

    async def pushed(cabinet):
        listing = await cabinet.listing(sku)
        return await cabinet.push(listing, Money.tenge(1))

    with pytest.raises(PushRejected):
        inside(pushed)


def test_a_banned_shop_is_left_alone_for_half_an_hour(inside, sandbox, limiter):
    sku = next(one["sku"] for one in sandbox.listings(AIGERIM) if one["on_sale"])
    sandbox.break_("push", "429")

    async def pushed(cabinet):
        await cabinet.push(await cabinet.listing(sku), Money.tenge(1000))

    with pytest.raises(PushBanned):
        inside(pushed)

    assert limiter.frozen == [(f"kaspi:push:{AIGERIM}", 1800)]


def test_an_ended_session_is_dead(inside, sandbox):
    sandbox.expire_sessions()

    with pytest.raises(SessionDead):
        inside(lambda cabinet: cabinet.merchants())


def test_a_foreign_shop_stays_closed(config, jar):
    async def peeked():
        async with a_cabinet(config, jar, merchant_id=DAULET) as cabinet:
            return await all_pages(cabinet)

    with pytest.raises(SessionDead):
        asyncio.run(peeked())


def a_page(*skus, total):
    rows = [{"sku": sku, "masterSku": "1", "price": 900} for sku in skus]
    return says({"total": total, "data": rows})


def read_script(config, jar, *answers):
    async def read():
        async with scripted(*answers) as script:
            there = replace(config, cabinet_url=script.url)
            async with a_cabinet(there, jar) as cabinet:
                pages = await all_pages(cabinet)
        return [[listing.sku for listing in page.listings] for page in pages], script.requests

    return asyncio.run(read())


def test_a_listing_on_two_pages_comes_once(config, jar):
    pages, _ = read_script(
        config, jar, a_page("A", "B", total=3), a_page("B", "C", total=3), a_page(total=3)
    )

    assert pages == [["A", "B"], ["C"]]


def test_pages_shorter_than_asked_for_are_read_to_the_end(config, jar):
    pages, _ = read_script(
        config, jar, a_page("A", total=3), a_page("B", total=3), a_page("C", total=3)
    )

    assert pages == [["A"], ["B"], ["C"]]


def test_a_list_that_repeats_itself_ends(config, jar):
    pages, requests = read_script(config, jar, a_page("A", "B", total=9))

    assert (pages, len(requests)) == ([["A", "B"], []], 2)


def test_a_search_that_never_finds_ends(config, jar):
    full_page = a_page(*(f"A-{number}" for number in range(100)), total=10**6)

    async def search():
        async with scripted(full_page) as script:
            async with a_cabinet(replace(config, cabinet_url=script.url), jar) as cabinet:
                with pytest.raises(ListingMissing):
                    await cabinet.listing("A")
            return len(script.requests)

    assert asyncio.run(search()) == 20


def test_a_renewed_session_is_handed_back_for_saving(inside, sandbox, jar):
    async def renewed(cabinet):
        await cabinet.merchants()
        return cabinet.is_renewed, cabinet.jar

    sandbox.set(renew_sid_after_s=0.001)
    is_renewed, fresh = inside(renewed)
    sandbox.set(renew_sid_after_s=0)

    assert is_renewed
    assert sid(fresh) != sid(jar)


def sid(jar):
    return next(cookie.value for cookie in jar.cookies if cookie.name == "mc-sid")
