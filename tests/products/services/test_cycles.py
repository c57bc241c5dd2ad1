"""Markets whose best price goes round are told, and told when they do no more."""

from datetime import timedelta

import pytest

from cube_demper.kernel.money import Money
from products.models import Market, TapeEntry
from products.services.cycles import find_cycles, judge_cycles
from products.services.watches import movable_by_market
from tests.factories import NOW, make_market, make_product, make_store

pytestmark = pytest.mark.db
HOUR = timedelta(hours=1)


@pytest.fixture
def market(db):
    return make_market()


def goes_round(market, *, until=NOW):
    """Four days: nineteen falls of five tenge, then up again."""
    TapeEntry.objects.bulk_create(
        TapeEntry(
            market=market,
            at=until - (59 - place) * 2 * HOUR,
            offers={},
            best=Money.tenge(1000 - 5 * (place % 20)),
            best_merchant=str(place % 2),
        )
        for place in range(60)
    )


def test_a_market_that_goes_round_is_told_once(market, caplog):
    goes_round(market)

    for later in (NOW, NOW + HOUR):
        judge_cycles([market.pk], now=later)

    market.refresh_from_db()
    assert market.cycling_since == NOW
    assert caplog.text.count("products.cycle.begun") == 1


def test_one_that_has_come_to_rest_is_not(market):
    goes_round(market)
    judge_cycles([market.pk], now=NOW)

    judge_cycles([market.pk], now=NOW + 7 * 24 * HOUR)

    market.refresh_from_db()
    assert market.cycling_since is None


def test_a_quiet_market_does_not_go_round(market):
    other = make_market()
    goes_round(other)

    judge_cycles([market.pk, other.pk], now=NOW)

    assert list(Market.objects.exclude(cycling_since=None)) == [other]


def test_a_day_of_hours_goes_over_every_watched_market_once(market, caplog):
    for one in (market, make_market(), make_market()):
        goes_round(one)
    make_market(is_watched=False)

    for hour in range(24):
        find_cycles(now=NOW + hour * HOUR)

    assert Market.objects.exclude(cycling_since=None).count() == 3
    assert caplog.text.count("products.cycle.begun") == 3


def test_whoever_sells_there_knows(market, seller):
    product = make_product(store=make_store(user=seller), market=market)
    Market.objects.update(cycling_since=NOW)

    [watched] = movable_by_market([market.pk], now=NOW)[market.pk]

    assert (watched.product_id, watched.memory.is_cycling) == (product.pk, True)
