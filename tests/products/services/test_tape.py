"""What was seen on markets, kept when it changed and read back."""

from datetime import timedelta

import pytest

from cube_demper.kernel.money import Money
from products.engine.model import Looked
from products.models import MarketFace, TapeEntry
from products.pricing.model import Delivery, Rival
from products.pricing.wars import WINDOW
from products.services.tape import (
    bests_of,
    changed_pages,
    forget_tape,
    offers_now,
    scenes_of,
    write_tape,
)
from tests.factories import NOW, make_market

pytestmark = pytest.mark.db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def market(db):
    return make_market()


def an_offer(price, merchant_id="1", **facts):
    return Rival(merchant_id, f"Shop {merchant_id}", Money.tenge(price), **facts)


def see(market, *offers, at=NOW):
    write_tape(changed_pages([Looked(market.pk, offers, (), cheapest=None, offer_count=0)]), now=at)


def prices(market, *, since=NOW):
    return [
        (scene.at, {offer.merchant_id: offer.price.tiyn // 100 for offer in scene.offers})
        for scene in scenes_of(market.pk, since=since)
    ]


def test_what_did_not_change_is_written_once(market):
    see(market, an_offer(990), an_offer(980, "2"))
    see(market, an_offer(980, "2"), an_offer(990), at=NOW + MINUTE)

    assert TapeEntry.objects.count() == 1
    assert TapeEntry.objects.get().is_key_frame


def test_only_what_differs_is_written(market):
    see(market, an_offer(990), an_offer(980, "2"), an_offer(970, "3"))
    see(market, an_offer(990), an_offer(960, "2"), at=NOW + MINUTE)

    newest = TapeEntry.objects.latest("pk")
    assert newest.offers == {"2": [96_000, None, 0, None, 0, 0], "3": None}
    assert (newest.best, newest.best_merchant) == (Money.tenge(960), "2")


def test_the_past_is_read_back_scene_by_scene(market):
    see(market, an_offer(990), an_offer(980, "2"))
    see(market, an_offer(990), an_offer(960, "2"), at=NOW + MINUTE)
    see(market, an_offer(990), at=NOW + 2 * MINUTE)
    see(market, at=NOW + 3 * MINUTE)

    assert prices(market) == [
        (NOW, {"1": 990, "2": 980}),
        (NOW + MINUTE, {"1": 990, "2": 960}),
        (NOW + 2 * MINUTE, {"1": 990}),
        (NOW + 3 * MINUTE, {}),
    ]


def test_the_first_scene_is_how_it_looked_at_that_moment(market):
    see(market, an_offer(990))
    see(market, an_offer(980), at=NOW + MINUTE)
    see(market, an_offer(970), at=NOW + 5 * MINUTE)

    assert prices(market, since=NOW + 2 * MINUTE) == [
        (NOW + 2 * MINUTE, {"1": 980}),
        (NOW + 5 * MINUTE, {"1": 970}),
    ]


def test_every_fact_that_decides_comes_back(market):
    offer = an_offer(
        990, rating=480, reviews=12, delivery=Delivery.TILL_3_DAYS, preorder_days=2, by_kaspi=True
    )

    see(market, offer)

    [scene] = scenes_of(market.pk, since=NOW)
    assert scene.offers == (
        Rival("1", "1", Money.tenge(990), 480, 12, Delivery.TILL_3_DAYS, 2, by_kaspi=True),
    )
    assert offers_now(market.pk) == (offer,)


def test_one_more_review_is_no_change(market):
    see(market, an_offer(990, reviews=1))
    see(market, an_offer(990, reviews=2), at=NOW + MINUTE)

    assert TapeEntry.objects.count() == 1


def test_once_a_day_everything_is_written(market):
    see(market, an_offer(990), an_offer(980, "2"))
    see(market, an_offer(990), an_offer(970, "2"), at=NOW + timedelta(days=1))

    newest = TapeEntry.objects.latest("pk")
    assert newest.is_key_frame
    assert sorted(newest.offers) == ["1", "2"]
    assert MarketFace.objects.get().key_frame_at == NOW + timedelta(days=1)


def test_what_was_forgotten_leaves_the_rest_readable(market):
    see(market, an_offer(990), an_offer(980, "2"))
    see(market, an_offer(990), an_offer(970, "2"), at=NOW + MINUTE)
    see(market, an_offer(995), an_offer(970, "2"), at=NOW + timedelta(days=1))
    see(market, an_offer(994), an_offer(970, "2"), at=NOW + timedelta(days=1) + MINUTE)

    forget_tape(before=NOW + MINUTE)

    assert prices(market) == [
        (NOW + timedelta(days=1), {"1": 995, "2": 970}),
        (NOW + timedelta(days=1) + MINUTE, {"1": 994, "2": 970}),
    ]


def test_the_same_merchant_twice_counts_at_its_best(market):
    see(market, an_offer(990), an_offer(980))

    assert prices(market) == [(NOW, {"1": 980})]


def test_before_the_first_look_nothing_is_known(market):
    assert offers_now(market.pk) is None
    assert scenes_of(market.pk, since=NOW) == []


def test_the_best_price_of_the_last_hours_is_told_where_it_changed(market):
    other = make_market()
    see(market, an_offer(999), at=NOW - timedelta(hours=5))
    see(market, an_offer(990), an_offer(995, "2"), at=NOW - 2 * MINUTE)
    see(market, an_offer(990), an_offer(994, "2"), at=NOW - MINUTE)
    see(market, an_offer(990), an_offer(989, "2"), at=NOW)

    bests = bests_of([market.pk, other.pk], since=NOW - WINDOW)

    assert [(b.price, b.merchant_id) for b in bests[market.pk]] == [
        (Money.tenge(990), "1"),
        (Money.tenge(989), "2"),
    ]
    assert other.pk not in bests


def test_many_markets_take_as_many_queries_as_one(db, django_assert_num_queries):
    markets = [make_market() for _ in range(5)]
    looks = [Looked(one.pk, (an_offer(990),), (), cheapest=None, offer_count=0) for one in markets]

    with django_assert_num_queries(4):
        write_tape(changed_pages(looks), now=NOW)
    with django_assert_num_queries(1):
        write_tape(changed_pages(looks), now=NOW + MINUTE)
