"""How rivals move when left alone. The sandbox's clock runs fast here."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from sandbox.offers import Habit, Market, Offer
from sandbox.settings import Settings
from sandbox.world import World, make_world

pytestmark = pytest.mark.unit

PATIENCE_S = 10


@asynccontextmanager
async def a_lively_world(*, still: bool = False) -> AsyncIterator[World]:
    world = make_world(seed=7, cards=100, settings=Settings(still=still), time_scale=20_000)
    running = asyncio.create_task(world.agenda.run())
    yield world
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def until(question: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not question():  # noqa: ASYNC110 -- the sandbox has no event for this
            await asyncio.sleep(0)


def first(world: World, habit: Habit) -> tuple[Market, Offer]:
    return next(
        (market, offer)
        for market in world.markets.known.values()
        for offer in market.offers
        if offer.habit is habit and offer.only_city is None and len(market.offers) > 2
    )


async def test_movers_move_around_their_usual_price():
    async with a_lively_world() as world:
        _, mover = first(world, Habit.MOVER)

        await until(lambda: mover.trail is not None and len(mover.trail) > 20)

        prices = [price or 0 for _, price in mover.trail or ()]

    assert max(abs(price / mover.usual_price - 1) for price in prices) < 0.4
    assert len(set(prices)) > 10


async def test_vanishers_go_and_come_back():
    async with a_lively_world() as world:
        _, vanisher = first(world, Habit.VANISHER)

        await until(lambda: not vanisher.present)
        await until(lambda: vanisher.present)

    assert vanisher.trail is not None
    assert [price is None for _, price in vanisher.trail][:3] == [False, True, False]


async def test_a_follower_undercuts_the_cheapest_by_one_tenge():
    async with a_lively_world() as world:
        market, follower = first(world, Habit.FOLLOWER)
        target = (follower.floor + follower.usual_price) // 2
        for other in market.offers:
            if other is not follower:
                other.habit = Habit.STILL

        await until(lambda: _set_cheapest(world, market, follower, target) == target - 1)

    assert market.cheapest() == target - 1


async def test_a_follower_stops_at_its_floor():
    async with a_lively_world() as world:
        market, follower = first(world, Habit.FOLLOWER)

        await until(
            lambda: _set_cheapest(world, market, follower, follower.floor - 50) == follower.floor
        )

    assert follower.price == follower.floor


def _set_cheapest(world: World, market: Market, follower: Offer, price: int) -> int:
    """Keep every other offer at one price, and tell what the follower asks now."""
    for other in market.offers:
        if other is not follower and other.price_in("750000000") != price:
            world.rivals.set_price(market, other, price)
    return follower.price


async def test_nobody_moves_in_a_still_world():
    async with a_lively_world(still=True) as world:
        began = world.clock.now()

        await until(lambda: world.clock.now() - began > 3_600)

    assert sum(market.moves for market in world.markets.known.values()) == 0


async def test_several_of_the_demo_sellers_cards_move_every_ten_seconds():
    async with a_lively_world() as world:
        markets = [
            market
            for market in world.markets.known.values()
            if any(offer.shop.name in ("Aigerim Store", "Daulet Market") for offer in market.offers)
        ]
        began = world.clock.now()

        await until(lambda: world.clock.now() - began > 7_200)
        moves = sum(market.moves for market in markets)

    assert len(markets) > 60
    assert 2 < moves / 720 < 20
