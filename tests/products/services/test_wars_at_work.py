"""A price war, told from the tape and decided by each seller's own policy."""

from datetime import timedelta

import pytest
from django.db import transaction

from cube_demper.kernel.money import Money
from products.engine.look import judge
from products.engine.model import Looked
from products.models import Product
from products.pricing.model import Memory, Reason, Rival
from products.pricing.record import unpack
from products.services.tape import changed_pages, write_tape
from products.services.verdicts import record_verdicts
from products.services.watches import movable_by_market
from tests.factories import NOW, make_market, make_product, make_store

pytestmark = pytest.mark.db
RIVAL = "99999999"
HOUR = timedelta(hours=1)


@pytest.fixture
def product(seller):
    return make_product(store=make_store(user=seller), market=make_market())


def fight(product, *, turns=12, until=NOW):
    """We and the rival go down by turns, ten tenge at a time, every five minutes."""
    us, price = product.store.merchant_id, 1200
    for turn in range(turns):
        price -= 10
        who = us if turn % 2 == 0 else RIVAL
        other = RIVAL if who == us else us
        offers = (
            Rival(who, who, Money.tenge(price)),
            Rival(other, other, Money.tenge(price + 10)),
        )
        write_tape(
            changed_pages([Looked(product.market_id, offers, (), cheapest=None, offer_count=0)]),
            now=until - timedelta(minutes=5 * (turns - turn)),
        )


def watched(product, *, at=NOW):
    return {
        one.product_id: one
        for one in movable_by_market([product.market_id], now=at)[product.market_id]
    }


def sit_out():
    Product.rows.update(
        step=Money.tenge(10), rules={"war_policy": "SIT_OUT", "war_price_tiyn": 140_000}
    )


def look_at(product, *, at):
    """A look that sees the rival alone, at 1080."""
    offers = (Rival(RIVAL, "Rival", Money.tenge(1080)),)
    verdict = judge(watched(product, at=at)[product.pk], offers, at=at)
    with transaction.atomic():
        record_verdicts([verdict], now=at)
    product.refresh_from_db()


def test_a_war_is_told_from_what_buyers_saw(product):
    Product.rows.update(step=Money.tenge(10))
    fight(product)

    war = watched(product)[product.pk].war

    assert war is not None
    assert (war.merchant_id, war.since, war.fell) == (RIVAL, NOW, Money.tenge(110))


def test_a_quiet_market_has_no_war(product):
    fight(product, turns=3)

    assert watched(product)[product.pk].war is None


def test_a_seller_is_told_and_the_policy_holds(product):
    sit_out()
    fight(product)

    look_at(product, at=NOW)

    assert (product.reason, product.wanted_price) == (Reason.SAT_OUT, Money.tenge(1400))
    assert (product.at_war_since, product.war_rival) == (NOW, RIVAL)


def test_when_it_is_over_that_is_told_too(product):
    Product.rows.update(at_war_since=NOW - 2 * HOUR, war_rival=RIVAL)

    look_at(product, at=NOW)

    assert (product.at_war_since, product.war_rival) == (None, "")
    assert unpack(Memory, product.memory).peace_since == NOW


def test_a_truce_lasts_as_long_as_it_was_said_however_quiet_the_market_is(product):
    sit_out()
    Product.rows.update(at_war_since=NOW - HOUR, war_rival=RIVAL)

    look_at(product, at=NOW)

    assert (product.reason, product.at_war_since) == (Reason.SAT_OUT, NOW - HOUR)


def test_a_truce_that_is_over_is_not_begun_again_by_what_fell_before(product):
    sit_out()
    fight(product, until=NOW - 2 * HOUR)
    Product.rows.update(at_war_since=NOW - 2 * HOUR, war_rival=RIVAL)

    for minutes in (0, 5):
        look_at(product, at=NOW + timedelta(minutes=minutes))

    assert (product.reason, product.at_war_since) == (Reason.UNDERCUT, None)


def test_a_war_that_flares_up_again_is_sat_out_again_for_the_whole_time(product, caplog):
    sit_out()
    fight(product, until=NOW - 2 * HOUR)
    Product.rows.update(at_war_since=NOW - 2 * HOUR, war_rival=RIVAL)
    look_at(product, at=NOW)
    later = NOW + timedelta(minutes=70)
    fight(product, until=later)

    look_at(product, at=later)

    assert (product.reason, product.at_war_since) == (Reason.SAT_OUT, later)
    assert caplog.text.count("products.war.begun") == 1


def test_anothers_war_and_anothers_rules_are_nothing_to_us(product, stranger):
    """Whoever else sells there, fights or not, by whatever rules: we decide the same."""
    Product.rows.update(step=Money.tenge(10))
    fight(product)
    theirs = make_product(store=make_store(user=stranger), market=product.market)
    before = watched(product)[theirs.pk]

    Product.rows.filter(pk=product.pk).update(
        floor=Money.tenge(100),
        rules={"strategy": "CREEP", "cost_tiyn": 5, "war_policy": "MATCH"},
        memory={"tipping": 100_000},
        is_priority=True,
    )

    assert watched(product)[theirs.pk] == before
    assert before.war is None
