"""A price war, told from the tape and decided by each seller's own policy."""

from datetime import timedelta

import pytest
from django.db import transaction

from cube_demper.kernel.money import Money
from products.engine.look import judge
from products.engine.model import Looked
from products.models import Product
from products.pricing.model import Reason, Rival
from products.services.tape import changed_pages, write_tape
from products.services.verdicts import record_verdicts
from products.services.watches import movable_by_market
from tests.factories import NOW, make_market, make_product, make_store

pytestmark = pytest.mark.db
RIVAL = "99999999"


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


def watched(product):
    return {
        one.product_id: one
        for one in movable_by_market([product.market_id], now=NOW)[product.market_id]
    }


def test_a_war_is_told_from_what_buyers_saw(product):
    Product.rows.update(step=Money.tenge(10))
    fight(product)

    war = watched(product)[product.pk].war

    assert war is not None
    assert (war.merchant_id, war.since) == (RIVAL, NOW - timedelta(minutes=60))


def test_a_quiet_market_has_no_war(product):
    fight(product, turns=3)

    assert watched(product)[product.pk].war is None


def test_a_seller_is_told_and_the_policy_holds(product):
    Product.rows.update(
        step=Money.tenge(10), rules={"war_policy": "SIT_OUT", "war_price_tiyn": 140_000}
    )
    fight(product)
    offers = (Rival(RIVAL, "Rival", Money.tenge(1080)),)

    verdict = judge(watched(product)[product.pk], offers, at=NOW)
    with transaction.atomic():
        record_verdicts([verdict], now=NOW)

    product.refresh_from_db()
    assert (product.reason, product.wanted_price) == (Reason.SAT_OUT, Money.tenge(1400))
    assert (product.at_war_since, product.war_rival) == (NOW - timedelta(minutes=60), RIVAL)


def test_when_it_is_over_that_is_told_too(product):
    Product.rows.update(at_war_since=NOW, war_rival=RIVAL)
    product.refresh_from_db()

    verdict = judge(watched(product)[product.pk], (), at=NOW)
    with transaction.atomic():
        record_verdicts([verdict], now=NOW)

    product.refresh_from_db()
    assert (product.at_war_since, product.war_rival) == (None, "")


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
