"""A price that somebody set past us is noticed, and not fought."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction

from cube_demper.kernel.money import Money
from products.models import Change, ChangeState, Product
from products.pricing.modes import Outside
from products.services.corridors import change_product
from products.services.verdicts import record_verdicts
from tests.factories import NOW, make_change, make_decision, make_market, make_product, make_store
from tests.products.verdicts import a_verdict

pytestmark = pytest.mark.db
HOUR = timedelta(hours=1)


@pytest.fixture
def product(seller):
    return make_product(store=make_store(user=seller), market=make_market(), decided_at=NOW - HOUR)


def record(*verdicts, now=NOW):
    with transaction.atomic():
        return record_verdicts(verdicts, now=now)


def settled(product, price, *, state=ChangeState.APPLIED, ago=HOUR):
    return make_change(
        decision=make_decision(product=product),
        price=Money.tenge(price),
        state=state,
        decided_at=NOW - ago,
        settled_at=NOW - ago,
    )


def test_a_strangers_price_is_noticed_and_left_alone(product, caplog):
    recorded = record(a_verdict(product, 990, shown=1100))

    product.refresh_from_db()
    assert recorded.change_ids == []
    assert (product.price, product.outside_at) == (Money.tenge(1100), NOW)
    assert product.wanted_price == Money.tenge(989)
    assert "products.price.outside" in caplog.text


def test_it_is_left_alone_for_a_day(product):
    record(a_verdict(product, 990, shown=1100))
    product.refresh_from_db()

    during = record(a_verdict(product, 985, shown=1100), now=NOW + timedelta(hours=23))
    product.refresh_from_db()
    after = record(a_verdict(product, 985, shown=1100), now=NOW + timedelta(hours=24))

    assert during.change_ids == []
    assert len(after.change_ids) == 1


def test_the_seller_who_sets_something_here_ends_it(seller, product):
    record(a_verdict(product, 990, shown=1100))

    change_product(user=seller, product_id=product.pk, changes={"is_paused": False}, now=NOW)
    product.refresh_from_db()
    recorded = record(a_verdict(product, 990, shown=1100), now=NOW + HOUR)

    assert product.outside_at is None
    assert len(recorded.change_ids) == 1


def test_an_illegal_price_from_outside_is_repaired(product):
    record(a_verdict(product, 990, shown=800))
    product.refresh_from_db()
    verdict = a_verdict(product, 990, shown=800)

    recorded = record(verdict, now=NOW + HOUR)

    assert len(recorded.change_ids) == 1
    assert Change.rows.get().price == Money.tenge(989)


@pytest.mark.parametrize("state", [ChangeState.LOST, ChangeState.OVERDUE, ChangeState.APPLIED])
def test_what_comes_through_late_is_our_own(product, state):
    settled(product, 960, state=state)

    recorded = record(a_verdict(product, 990, shown=960))

    product.refresh_from_db()
    assert product.outside_at is None
    assert len(recorded.change_ids) == 1


def test_a_change_that_kaspi_took_back_is_no_strangers(product):
    settled(product, 1000)  # from 1 000 ₸, as the factory has it

    record(a_verdict(product, 990, shown=1000))

    product.refresh_from_db()
    assert product.outside_at is None


def test_the_first_look_tells_nothing_of_strangers(product):
    Product.rows.update(decided_at=None)

    recorded = record(a_verdict(product, 990, shown=1100))

    product.refresh_from_db()
    assert product.outside_at is None
    assert len(recorded.change_ids) == 1


def test_a_seller_may_want_strangers_overridden(product):
    verdict = a_verdict(product, 990, shown=1100)
    verdict = replace(verdict, product=replace(verdict.product, outside=Outside.OVERRIDE))

    recorded = record(verdict)

    assert len(recorded.change_ids) == 1
