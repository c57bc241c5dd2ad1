"""How rivals move when left alone. The sandbox's clock is moved by hand here."""

from collections.abc import Callable

import pytest

from sandbox.offers import Habit, Market, Offer
from sandbox.settings import Settings
from sandbox.world import World, make_world

pytestmark = pytest.mark.unit

STEP_S = 5
PATIENCE_S = 1_000_000


def a_world(*, still: bool = False) -> World:
    return make_world(seed=7, cards=100, settings=Settings(still=still))


def until(world: World, question: Callable[[], bool]) -> None:
    """Let time pass, a little at a time, until the answer is yes."""
    ends = world.clock.now() + PATIENCE_S
    while not question():
        assert world.clock.now() < ends, "it never happened"
        world.clock.advance(STEP_S)
        world.agenda.settle()


def first(world: World, habit: Habit) -> tuple[Market, Offer]:
    return next(
        (market, offer)
        for market in world.markets.known.values()
        for offer in market.offers
        if offer.habit is habit and offer.only_city is None and len(market.offers) > 2
    )


def test_movers_move_around_their_usual_price():
    world = a_world()
    _, mover = first(world, Habit.MOVER)

    until(world, lambda: mover.trail is not None and len(mover.trail) > 20)

    prices = [price or 0 for _, price in mover.trail or ()]

    assert max(abs(price / mover.usual_price - 1) for price in prices) < 0.4
    assert len(set(prices)) > 10


def test_vanishers_go_and_come_back():
    world = a_world()
    _, vanisher = first(world, Habit.VANISHER)

    until(world, lambda: not vanisher.present)
    until(world, lambda: vanisher.present)

    assert vanisher.trail is not None
    assert [price is None for _, price in vanisher.trail][:3] == [False, True, False]


def test_a_follower_undercuts_the_cheapest_by_one_tenge():
    world = a_world()
    market, follower = first(world, Habit.FOLLOWER)
    target = (follower.floor + follower.usual_price) // 2
    for other in market.offers:
        if other is not follower:
            other.habit = Habit.STILL

    until(world, lambda: _set_cheapest(world, market, follower, target) == target - 1)

    assert market.cheapest() == target - 1


def test_a_follower_stops_at_its_floor():
    world = a_world()
    market, follower = first(world, Habit.FOLLOWER)

    until(
        world, lambda: _set_cheapest(world, market, follower, follower.floor - 50) == follower.floor
    )

    assert follower.price == follower.floor


def _set_cheapest(world: World, market: Market, follower: Offer, price: int) -> int:
    """Keep every other offer at one price, and tell what the follower asks now."""
    for other in market.offers:
        if other is not follower and other.price_in("750000000") != price:
            world.rivals.set_price(market, other, price)
    return follower.price


def test_nobody_moves_in_a_still_world():
    world = a_world(still=True)
    began = world.clock.now()

    until(world, lambda: world.clock.now() - began > 3_600)

    assert sum(market.moves for market in world.markets.known.values()) == 0


def test_several_of_the_demo_sellers_cards_move_every_ten_seconds():
    world = a_world()
    markets = [
        market
        for market in world.markets.known.values()
        if any(offer.shop.name in ("Aigerim Store", "Daulet Market") for offer in market.offers)
    ]
    began = world.clock.now()

    until(world, lambda: world.clock.now() - began > 7_200)
    moves = sum(market.moves for market in markets)

    assert len(markets) > 60
    assert 2 < moves / 720 < 20
