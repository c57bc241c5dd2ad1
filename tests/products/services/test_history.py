"""What was decided long ago is forgotten, and nothing that still matters."""

from datetime import timedelta

import pytest

from cube_demper.kernel.money import Money
from products.models import Change, ChangeState, DecisionRecord, Product
from products.services.history import forget_history
from tests.factories import NOW, make_change, make_decision, make_market, make_product, make_store

pytestmark = pytest.mark.db
DAY = timedelta(days=1)
KEPT = 180 * DAY
OLD = NOW - KEPT - timedelta(seconds=1)


@pytest.fixture
def product(seller):
    return make_product(store=make_store(user=seller), market=make_market())


def settled(decision, *, at=OLD, state=ChangeState.APPLIED):
    return make_change(decision=decision, state=state, settled_at=at)


def left():
    return list(DecisionRecord.rows.order_by("pk").values_list("pk", flat=True))


def test_what_is_older_than_is_kept_goes_with_its_change(product):
    settled(make_decision(product=product, decided_at=OLD))
    kept = make_decision(product=product, decided_at=NOW - KEPT)
    newest = make_decision(product=product)

    dropped = forget_history(now=NOW, kept=KEPT)

    assert (dropped, left()) == (1, [kept.pk, newest.pk])
    assert not Change.rows.exists()


def test_the_newest_of_each_product_stays_however_old(seller, product):
    other = make_product(store=product.store, market=product.market, sku="SKU-2")
    make_decision(product=product, decided_at=OLD - DAY)
    newest = make_decision(product=product, decided_at=OLD)
    only = make_decision(product=other, decided_at=OLD)
    change = settled(only)

    forget_history(now=NOW, kept=KEPT)

    assert left() == [newest.pk, only.pk]
    assert list(Change.rows.all()) == [change]


@pytest.mark.parametrize(
    ("state", "settled_at"),
    [
        (ChangeState.PROPOSED, None),
        (ChangeState.PUBLISHED, None),
        (ChangeState.APPLIED, NOW - KEPT),
    ],
)
def test_a_change_that_is_open_or_was_until_lately_stays(product, state, settled_at):
    held = make_decision(product=product, decided_at=OLD)
    change = settled(held, at=settled_at, state=state)
    make_decision(product=product)

    forget_history(now=NOW, kept=KEPT)

    assert list(Change.rows.all()) == [change]


def test_much_goes_in_many_small_steps(product):
    stays = [settled(make_decision(product=product, decided_at=OLD), at=NOW) for _ in range(3)]
    for _ in range(5):
        make_decision(product=product, decided_at=OLD)
    newest = make_decision(product=product)

    dropped = forget_history(now=NOW, kept=KEPT, at_once=2)

    assert (dropped, left()) == (5, [*(one.decision_id for one in stays), newest.pk])


def test_a_month_is_kept_whatever_the_setting_says(product):
    young = make_decision(product=product, decided_at=NOW - 31 * DAY)
    newest = make_decision(product=product)

    forget_history(now=NOW, kept=DAY)

    assert left() == [young.pk, newest.pk]


def test_a_store_that_is_erased_takes_its_history_along(product, stranger):
    make_change(decision=make_decision(product=product))
    foreign = make_product(store=make_store(user=stranger), market=product.market)
    theirs = make_change(decision=make_decision(product=foreign, wanted_price=Money.tenge(950)))

    product.store.delete()

    assert list(Product.rows.all()) == [foreign]
    assert left() == [theirs.decision_id]
    assert list(Change.rows.all()) == [theirs]
