"""Bundles as the sandbox takes them: every answer it may give, and what becomes of a listing."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace

import pytest

from cube_demper.kernel.errors import RateExceeded
from cube_demper.kernel.limiting.memory import MemoryLimiter
from cube_demper.kernel.money import Money
from kaspi.clients.cabinet import KaspiCabinet
from kaspi.clients.transport import Transport
from kaspi.errors import PushBanned, PushUnanswered
from kaspi.push_ports import Declined, Fate, NewPrice, Taken
from tests.kaspi.clients.stand_ins import Sandbox, Unlimited, eventually

pytestmark = pytest.mark.flow

MERCHANT = "30112233"


@pytest.fixture
def inside(config, jar):
    """Run something with Aigerim's cabinet open."""

    @asynccontextmanager
    async def a_cabinet(**changes) -> AsyncIterator[KaspiCabinet]:
        there = replace(config, **changes)
        transport = Transport(config=there, limiter=Unlimited())
        async with aclosing(transport), transport.session(jar) as session:
            yield KaspiCabinet(session=session, config=there, merchant_id=MERCHANT)

    def run(use, **changes):
        async def used():
            async with a_cabinet(**changes) as cabinet:
                return await use(cabinet)

        return asyncio.run(used())

    return run


@pytest.fixture
def switches(sandbox: Sandbox) -> Iterator[Sandbox]:
    """The sandbox, whose switches are turned back in the end."""
    yield sandbox
    sandbox.set(batch_answers="id", batch_refusals="whole", batch_most=500, protocol_rows="told")


async def some(cabinet, count):
    """So many listings on sale."""
    page = await anext(cabinet.listings())
    return [listing for listing in page.listings if listing.is_on_sale][:count]


def dearer(listings):
    return [NewPrice(one, one.price + Money.tenge(10)) for one in listings]


async def all_settled(cabinet, listings):
    skus = [one.sku for one in listings]
    return await eventually(
        lambda: all_of(cabinet, skus), lambda found: all(one.is_settled for one in found)
    )


async def all_of(cabinet, skus):
    return [await cabinet.listing(sku) for sku in skus]


def test_a_bundle_changes_prices_and_nothing_else(inside, sandbox):
    async def pushed(cabinet):
        before = await some(cabinet, 10)
        answers = await cabinet.push_bundle(dearer(before))
        return before, answers, await all_settled(cabinet, before)

    before, answers, after = inside(pushed)

    assert [type(answer) for answer in answers] == [Taken] * 10
    assert len({answer.job_id for answer in answers}) == len(sandbox.requests("batch")) == 1
    assert [one.price_in("750000000") for one in after] == [
        one.price + Money.tenge(10) for one in before
    ]
    for was, now in zip(before, after, strict=True):
        kept = [replace(at, preorder_days=at.preorder_days or None) for at in now.points]
        assert kept == [replace(at, preorder_days=at.preorder_days or None) for at in was.points]


def test_the_protocol_follows_a_bundle_to_its_end(inside):
    async def followed(cabinet):
        [listing] = await some(cabinet, 1)
        [taken] = await cabinet.push_bundle(dearer([listing]))
        begun = await cabinet.protocol([listing.sku])
        ended = await eventually(
            lambda: cabinet.protocol([listing.sku]),
            lambda rows: rows[listing.sku].fate is not Fate.PENDING,
        )
        return taken, begun[listing.sku], ended[listing.sku]

    taken, begun, ended = inside(followed)

    assert (begun.job_id, ended.job_id) == (taken.job_id, taken.job_id)
    assert (begun.fate, ended.fate, ended.remarks) == (Fate.PENDING, Fate.DONE, "")
    assert begun.applied_before is not None
    assert begun.noted_at is not None
    assert (begun.applied_before - begun.noted_at).total_seconds() == pytest.approx(3600, abs=1)


@pytest.mark.parametrize("answers", ["id", "items", "empty"])
def test_every_form_of_an_answer_is_understood(inside, switches, answers):
    switches.set(batch_answers=answers)

    async def pushed(cabinet):
        return await cabinet.push_bundle(dearer(await some(cabinet, 2)))

    taken = inside(pushed, bundle_names_job=answers != "empty")

    assert [type(one) for one in taken] == [Taken, Taken]
    assert len({one.job_id for one in taken}) == (2 if answers == "items" else 1)


async def a_bundle_with_a_foreign_point(cabinet):
    """Two statements, the second with a point that is not the shop's."""
    first, second = await some(cabinet, 2)
    point = replace(second.points[0], point_id="99999999_PP1")
    return await cabinet.push_bundle(dearer([first, replace(second, points=(point,))]))


def test_a_statement_that_is_refused_alone_leaves_the_others_taken(inside, switches):
    switches.set(batch_refusals="items")

    taken, declined = inside(a_bundle_with_a_foreign_point)

    assert (type(taken), type(declined)) == (Taken, Declined)
    assert declined.detail == f"storeId is {MERCHANT}_PPn, not '99999999_PP1'."


def test_a_refusal_that_may_hide_acceptance_leaves_all_open(inside, switches):
    switches.set(batch_refusals="partly")

    with pytest.raises(PushUnanswered):
        inside(a_bundle_with_a_foreign_point, bundle_is_whole=False)


def test_a_bundle_beyond_the_quota_is_a_ban(inside, sandbox):
    async def pushed(cabinet):
        listings = await some(cabinet, 10)
        for _ in range(2):
            await cabinet.push_bundle(dearer(listings))

    sandbox.set(quota=15)
    try:
        with pytest.raises(PushBanned):
            inside(pushed)
    finally:
        sandbox.set(quota=250)


def test_a_protocol_that_names_only_skus_tells_nothing(inside, switches):
    switches.set(protocol_rows="bare")

    async def asked(cabinet):
        [listing] = await some(cabinet, 1)
        await cabinet.push_bundle(dearer([listing]))
        rows = await cabinet.protocol([listing.sku])
        return rows[listing.sku].fate

    assert inside(asked) is Fate.UNKNOWN


def test_bundles_stop_where_the_quota_ends_and_no_ban_is_met(config, jar, sandbox):
    limiter = MemoryLimiter()
    hasty = replace(config, push_rps=1000.0, changes_quota=25, turn_timeout_s=1.0)

    async def pushed():
        transport = Transport(config=hasty, limiter=limiter)
        async with aclosing(transport), aclosing(limiter), transport.session(jar) as session:
            cabinet = KaspiCabinet(session=session, config=hasty, merchant_id=MERCHANT)
            ten = dearer(await some(cabinet, 10))
            for _ in range(2):
                await cabinet.push_bundle(ten)
            with pytest.raises(RateExceeded) as refused:
                await cabinet.push_bundle(ten)
            await cabinet.push_bundle(ten[:5])
            return refused.value

    sandbox.set(quota=25, push_rps=0)
    try:
        refused = asyncio.run(pushed())
    finally:
        sandbox.set(quota=250, push_rps=3.0)

    assert [request["status"] for request in sandbox.requests("batch")] == [200] * 3
    assert refused.detail.startswith(f"The next turn for kaspi:push:{MERCHANT}, kaspi:changes:")
