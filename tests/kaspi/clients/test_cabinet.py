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
    RequestRefused,
    SessionDead,
    WalledOff,
)
from kaspi.ports import CatalogueReading, City, Listing, Merchant, StorePoint
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


async def all_pages(cabinet):
    return [page async for page in cabinet.listings()]


async def every_listing(cabinet):
    return {item.sku: item for page in await all_pages(cabinet) for item in page.listings}


def test_a_session_says_which_shops_it_opens(inside):
    merchants = inside(lambda cabinet: cabinet.merchants())

    assert merchants == (Merchant(AIGERIM, "Aigerim Store"),)


def test_the_whole_catalogue_is_read(inside, sandbox):
    pages = inside(all_pages)

    there = {(one["sku"], one["on_sale"]) for one in sandbox.listings(AIGERIM)}
    read = {(item.sku, item.is_on_sale) for page in pages for item in page.listings}
    assert read == there
    assert (pages[-1].read, pages[-1].total) == (len(there), len(there))


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        pytest.param("duplicates", {}, id="rows on two pages"),
        pytest.param("drift", {}, id="totals that drift"),
        pytest.param("renamed", {"probability": 0.5}, id="another name for the list"),
        pytest.param("nested", {"probability": 0.5}, id="a list in a list"),
        pytest.param("floats", {}, id="floats"),
        pytest.param("text", {}, id="prices as text"),
        pytest.param("502", {"skip": 2, "count": 2}, id="a page that fails twice"),
    ],
)
def test_a_restless_catalogue_is_read_whole_all_the_same(inside, sandbox, kind, more):
    sandbox.set(list_most=7)
    sandbox.break_("list", kind, **more)

    pages = inside(all_pages)
    sandbox.set(list_most=100)

    skus = [listing.sku for page in pages for listing in page.listings]
    assert sorted(skus) == sorted(one["sku"] for one in sandbox.listings(AIGERIM))


@pytest.mark.parametrize("without_a", ["both", "archive"])
def test_nothing_comes_twice_whatever_a_list_without_a_mode_holds(inside, sandbox, without_a):
    sandbox.set(list_without_a=without_a)

    pages = inside(all_pages)
    sandbox.set(list_without_a="both")

    skus = [listing.sku for page in pages for listing in page.listings]
    assert sorted(skus) == sorted(one["sku"] for one in sandbox.listings(AIGERIM))
    assert len(sandbox.requests("list")) == 3


def test_a_marketplace_without_a_third_mode_is_never_asked_for_it(inside, sandbox):
    inside(all_pages, list_has_rest=False)

    assert len(sandbox.requests("list")) == 2


def test_a_reading_goes_on_with_a_fresh_session_where_the_old_one_died(
    config, jar, sandbox, limiter
):
    reading = CatalogueReading()
    sandbox.set(list_most=10)
    sandbox.break_("list", "401", skip=2, count=1)

    async def read(with_jar):
        async with a_cabinet(config, with_jar, limiter) as cabinet:
            return [page async for page in cabinet.listings(reading)]

    with pytest.raises(SessionDead):
        asyncio.run(read(jar))
    met = set(reading.met)
    pages = asyncio.run(read(sandbox.log_in("aigerim@demo.kz")))
    sandbox.set(list_most=100)

    rest = {listing.sku for page in pages for listing in page.listings}
    assert (len(met), met & rest) == (20, set())
    assert met | rest == {one["sku"] for one in sandbox.listings(AIGERIM)}


def test_the_points_of_a_store_are_read_with_their_cities(inside):
    points = inside(lambda cabinet: cabinet.points())

    assert [point.point_id for point in points] == [
        f"{AIGERIM}_PP1",
        f"{AIGERIM}_PP2",
        f"{AIGERIM}_PP3",
    ]
    assert points[0] == StorePoint(
        point_id=f"{AIGERIM}_PP1",
        name="PP1",
        city=City("750000000", "Алматы"),
        address="Алматы, Абая 10",
        is_enabled=True,
    )


def test_the_cities_are_read(inside):
    cities = inside(lambda cabinet: cabinet.cities())

    assert City("750000000", "Алматы") in cities


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("errors", RequestRefused),
        ("401", SessionDead),
        ("403html", WalledOff),
        ("html200", KaspiUnavailable),
        ("empty", KaspiUnavailable),
    ],
)
def test_points_that_cannot_be_read_are_not_taken_for_none(inside, sandbox, kind, error):
    sandbox.break_("graphql", kind)

    with pytest.raises(error) as caught:
        inside(lambda cabinet: cabinet.points())

    assert type(caught.value) is error


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


def test_a_search_that_never_finds_ends(config, jar):
    full_page = a_page(*(f"A-{number}" for number in range(100)), total=10**6)

    async def search():
        async with scripted(full_page) as script:
            async with a_cabinet(replace(config, cabinet_url=script.url), jar) as cabinet:
                with pytest.raises(ListingMissing):
                    await cabinet.listing("A")
            return len(script.requests)

    assert asyncio.run(search()) == 30


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
