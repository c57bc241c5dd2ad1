"""What looks teach, and how often a shard can afford to look."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cube_demper.kernel.money import Money
from products.engine.model import Looked
from products.models import Market, ShardTempo
from products.pricing.attention import ChangeRate
from products.services.attention import gap_of, learn, reckon, sight_of, tempo_of
from tests.factories import NOW, make_market, make_product, make_store
from tests.products.verdicts import a_verdict, looked

pytestmark = pytest.mark.db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def product(seller):
    return make_product(store=make_store(user=seller), market=make_market())


@pytest.fixture(autouse=True)
def budget(db, settings):
    """One look a second for each shard, a promise of an hour, and ten seconds of politeness."""
    settings.GLOBAL_RPS, settings.KASPI_OFFERS_RPS = 120, 4
    settings.LOOK_INTERVAL_S, settings.LOOK_SHORTEST_S = 3600, 10


def a_look(product, *prices):
    return looked(product.market, a_verdict(product, *prices))


def test_a_first_look_teaches_who_decides_and_nothing_of_the_rate(product):
    market = product.market

    learn(market, a_look(product, 990), now=NOW)

    assert (market.changes, market.seconds) == (ChangeRate().changes, ChangeRate().seconds)
    assert market.sight == sight_of(a_look(product, 990))
    assert market.worth == 100_000


@pytest.mark.parametrize(
    ("prices", "is_faster"),
    [
        pytest.param((990, 995), False, id="nothing changed"),
        pytest.param((989, 995), True, id="the first rival moved"),
        pytest.param((990, 1400), False, id="somebody moved who decides nothing"),
        pytest.param((), True, id="all are gone"),
    ],
)
def test_a_rate_rises_when_what_decides_our_price_changed(product, prices, is_faster):
    market = product.market
    learn(market, a_look(product, 990, 995), now=NOW)
    market.looked_at = NOW
    before = market.changes / market.seconds

    learn(market, a_look(product, *prices), now=NOW + MINUTE)

    assert (market.changes / market.seconds > before) is is_faster


def test_our_own_move_is_no_change(product):
    market = product.market
    learn(market, a_look(product, 990), now=NOW)
    market.looked_at = NOW
    before = market.changes / market.seconds
    product.price = Money.tenge(989)

    learn(market, a_look(product, 990), now=NOW + MINUTE)

    assert market.changes / market.seconds < before


def test_a_market_is_worth_what_is_sold_there_and_what_goes_first_counts_more(seller, product):
    other = make_product(
        store=product.store, market=product.market, sku="SKU-2", price=Money.tenge(50)
    )
    verdict = a_verdict(product, 990)
    first = replace(verdict, product=replace(verdict.product, is_priority=True))

    learn(product.market, looked(product.market, first, a_verdict(other, 990)), now=NOW)

    assert product.market.worth == 4 * 100_000 + 5_000


def test_an_empty_card_is_a_sight_too():
    nobody = Looked(market_id=1, offers=(), verdicts=(), cheapest=None, offer_count=0)

    assert sight_of(nobody) == sight_of(nobody)


def test_before_the_first_reckoning_politeness_is_the_bound(product):
    assert gap_of(product.market, tempo_of(0)) == timedelta(seconds=10)


def make_markets(number, *, worth, changes=1.0, **fields):
    for _ in range(number):
        make_market(shard=1, worth=worth, changes=changes, seconds=3600.0, **fields)


def test_a_shard_asks_for_its_budget_and_gives_it_to_what_is_worth_most():
    make_markets(100, worth=100.0)
    make_markets(5, worth=10_000.0)

    reckon(now=NOW)

    tempo = tempo_of(1)
    gaps = {market.worth: gap_of(market, tempo) for market in Market.objects.all()}
    asked = sum(1 / gap_of(market, tempo).total_seconds() for market in Market.objects.all())
    assert asked == pytest.approx(1.0, rel=0.15)
    assert gaps[100.0] / gaps[10_000.0] == pytest.approx(10)


def test_what_nobody_watches_asks_for_nothing():
    make_markets(500, worth=100.0, is_watched=False)
    make_markets(1, worth=100.0)

    reckon(now=NOW)

    market = Market.objects.filter(is_watched=True).get()
    assert gap_of(market, tempo_of(1)) == timedelta(seconds=10)


def test_a_promise_that_the_budget_does_not_hold_stretches_and_is_told(settings, caplog):
    settings.LOOK_INTERVAL_S = 20
    make_markets(40, worth=100.0)

    reckon(now=NOW)

    tempo = tempo_of(1)
    assert tempo.longest == timedelta(seconds=50)  # 40 markets within 0.8 looks a second
    assert "products.tempo.reckoned" in caplog.text


def test_a_budget_that_shrank_is_followed_at_the_next_reckoning(settings):
    make_markets(50, worth=100.0)
    reckon(now=NOW)
    before = gap_of(Market.objects.all()[0], tempo_of(1))
    settings.KASPI_OFFERS_RPS = 2

    reckon(now=NOW + MINUTE)

    assert gap_of(Market.objects.all()[0], tempo_of(1)) > before * 1.8
    assert ShardTempo.objects.get(shard=1).reckoned_at == NOW + MINUTE
