import asyncio
from datetime import UTC, datetime

import pytest

from cube_demper.kernel.money import Money
from kaspi.errors import KaspiUnavailable
from products.engine.look import look_all
from products.engine.model import LookFailed, Watch, WatchedProduct
from products.pricing.model import Reason
from products.pricing.rules import Rules
from tests.products.engine.fakes import ALMATY, FakeStorefront, a_corridor, an_offer

pytestmark = pytest.mark.unit
NOON = datetime(2026, 9, 14, 7, tzinfo=UTC)


def a_watch(market_id=1, *products):
    return Watch(market_id, f"card-{market_id}", ALMATY, products or (a_product(),))


def a_product(product_id=1, *, merchant_id="12345678", own=("12345678",), corridor=None):
    corridor = corridor or a_corridor()
    return WatchedProduct(product_id, merchant_id, frozenset(own), corridor, Rules(corridor))


def look(watches, storefront, *, seats=10, look_s=5.0, batch_s=5.0):
    async def run():
        return await look_all(
            watches,
            storefront=storefront,
            seats=asyncio.Semaphore(seats),
            look_s=look_s,
            batch_s=batch_s,
            at=NOON,
        )

    return asyncio.run(run())


def test_one_look_serves_every_seller_on_the_card():
    storefront = FakeStorefront(
        {
            "card-1": [
                an_offer(1200),
                an_offer(1300, merchant_id="A"),
                an_offer(1310, merchant_id="B"),
            ]
        }
    )
    ours = a_product(1, merchant_id="A", own=("A",))
    theirs = a_product(2, merchant_id="B", own=("B",), corridor=a_corridor(floor=1250))

    [looked] = look([a_watch(1, ours, theirs)], storefront)

    assert storefront.asked == ["card-1"]
    assert [v.decision.price for v in looked.verdicts] == [Money.tenge(1199), Money.tenge(1250)]
    assert [v.shown for v in looked.verdicts] == [Money.tenge(1300), Money.tenge(1310)]
    assert (looked.cheapest, looked.offer_count) == (Money.tenge(1200), 3)


def test_a_seller_never_competes_with_its_own_other_shop():
    storefront = FakeStorefront(
        {"card-1": [an_offer(950, merchant_id="own-2"), an_offer(1200, merchant_id="rival")]}
    )
    product = a_product(merchant_id="own-1", own=("own-1", "own-2"))

    [looked] = look([a_watch(1, product)], storefront)

    assert looked.verdicts[0].decision.price == Money.tenge(1199)
    assert looked.verdicts[0].shown is None


def test_a_card_without_offers_is_a_fact_and_not_a_failure():
    [looked] = look([a_watch(1)], FakeStorefront())

    assert looked.verdicts[0].decision.reason == Reason.ALONE
    assert (looked.cheapest, looked.offer_count) == (None, 0)


def test_a_look_that_fails_disturbs_no_other():
    storefront = FakeStorefront(
        {"card-2": [an_offer(1200)]}, troubles={"card-1": KaspiUnavailable("no answer")}
    )

    failed, looked = look([a_watch(1), a_watch(2)], storefront)

    assert failed == LookFailed(1, "kaspi-unavailable")
    assert looked.verdicts[0].decision.price == Money.tenge(1199)


def test_what_the_batchs_time_does_not_allow_is_reported_and_not_lost():
    storefront = FakeStorefront({"card-2": [an_offer(1200)]}, {"card-1": asyncio.Event()})

    failed, looked = look([a_watch(1), a_watch(2)], storefront, batch_s=0.05)

    assert failed == LookFailed(1, "deadline")
    assert looked.market_id == 2


def test_no_more_looks_run_at_once_than_there_are_seats():
    storefront = FakeStorefront()

    outcomes = look([a_watch(number) for number in range(1, 31)], storefront, seats=4)

    assert storefront.most_at_once == 4
    assert [outcome.market_id for outcome in outcomes] == list(range(1, 31))


def test_a_bug_in_one_look_stops_the_batch_and_is_seen():
    storefront = FakeStorefront(troubles={"card-1": ZeroDivisionError("a bug")})

    with pytest.raises(ExceptionGroup) as caught:
        look([a_watch(1), a_watch(2)], storefront)

    assert caught.group_contains(ZeroDivisionError)
