"""Changes that go by price list."""

from datetime import timedelta

import pytest
from django.db import transaction

from cube_demper.kernel.money import Money
from kaspi.models import Attention, Channel, PriceList, Store
from products.models import Change, ChangeState, PriceListEntry
from products.services.published import OVERDUE_AFTER, settle_overdue
from products.services.verdicts import record_verdicts
from tests.factories import (
    NOW,
    make_claimed_store,
    make_entry,
    make_market,
    make_product,
    make_store,
)
from tests.products.verdicts import a_verdict

pytestmark = pytest.mark.db


@pytest.fixture
def product(seller):
    product = make_product(store=make_claimed_store(user=seller), market=make_market())
    make_entry(product=product)
    return product


def record(*verdicts, now=NOW):
    with transaction.atomic():
        return record_verdicts(verdicts, now=now)


def stated(product):
    return PriceListEntry.rows.get(product=product).stated_price


def states():
    return list(Change.rows.order_by("pk").values_list("state", "price"))


def test_a_decided_change_stands_in_the_list_at_once(product):
    recorded = record(a_verdict(product, 990))

    change = Change.rows.get()
    assert (recorded.change_ids, recorded.published) == ([], 1)
    assert (change.state, change.price, change.sent_at) == (
        ChangeState.PUBLISHED,
        Money.tenge(989),
        NOW,
    )
    assert stated(product) == Money.tenge(989)


def test_it_is_applied_when_buyers_see_it(product):
    record(a_verdict(product, 990))

    record(a_verdict(product, 990, shown=1000), now=NOW + timedelta(minutes=20))
    before = states()
    record(a_verdict(product, 990, shown=989), now=NOW + timedelta(minutes=40))

    product.refresh_from_db()
    assert before == [(ChangeState.PUBLISHED, Money.tenge(989))]
    assert states() == [(ChangeState.APPLIED, Money.tenge(989))]
    assert Change.rows.get().settled_at == NOW + timedelta(minutes=40)
    assert product.price == Money.tenge(989)


def test_a_later_decision_stands_in_its_place(product):
    record(a_verdict(product, 990))

    record(a_verdict(product, 980, shown=1000))

    assert states() == [
        (ChangeState.SUPERSEDED, Money.tenge(989)),
        (ChangeState.PUBLISHED, Money.tenge(979)),
    ]
    assert stated(product) == Money.tenge(979)


def test_a_decision_back_to_the_price_in_force_takes_the_list_back(product):
    record(a_verdict(product, 990))

    record(a_verdict(product, 1001, shown=1000))

    assert states() == [
        (ChangeState.SUPERSEDED, Money.tenge(989)),
        (ChangeState.PUBLISHED, Money.tenge(1000)),
    ]
    assert stated(product) == Money.tenge(1000)


def test_the_same_decision_again_is_not_published_again(product):
    record(a_verdict(product, 990))

    record(a_verdict(product, 990, shown=1000))

    assert states() == [(ChangeState.PUBLISHED, Money.tenge(989))]


def test_what_the_list_says_already_needs_no_change(product):
    record(a_verdict(product, 1001, shown=1000))

    assert states() == []
    assert stated(product) is None


def test_a_product_that_is_not_in_the_list_has_no_changes(seller):
    product = make_product(store=make_claimed_store(user=seller), market=make_market())

    record(a_verdict(product, 990))

    product.refresh_from_db()
    assert states() == []
    assert product.wanted_price == Money.tenge(989)


def test_the_price_of_the_stores_city_is_what_the_list_says(seller):
    product = make_product(store=make_claimed_store(user=seller), market=make_market())
    make_entry(product=product, price=None, city_prices={"710000000": 5, "750000000": 989})

    record(a_verdict(product, 990, shown=989))

    assert states() == []


def test_a_store_with_a_session_is_pushed_as_ever(seller):
    product = make_product(store=make_store(user=seller), market=make_market())
    make_entry(product=product)

    recorded = record(a_verdict(product, 990))

    assert [state for state, _ in states()] == [ChangeState.PENDING]
    assert (len(recorded.change_ids), recorded.published) == (1, 0)
    assert stated(product) is None


def test_a_store_with_a_session_may_go_by_list(seller):
    store = make_store(user=seller, channel=Channel.PRICE_LIST)
    product = make_product(store=store, market=make_market())
    make_entry(product=product)

    recorded = record(a_verdict(product, 990))

    assert [state for state, _ in states()] == [ChangeState.PUBLISHED]
    assert recorded.change_ids == []


@pytest.mark.parametrize(
    ("fetched_after", "failure", "attention"),
    [
        (None, "never-fetched", Attention.PRICE_LIST_UNREAD),
        (timedelta(minutes=-1), "never-fetched", Attention.PRICE_LIST_UNREAD),
        (timedelta(minutes=1), "never-shown", Attention.NONE),
    ],
)
def test_what_is_not_shown_for_hours_is_overdue(product, fetched_after, failure, attention):
    record(a_verdict(product, 990))
    PriceList.rows.update(fetched_at=None if fetched_after is None else NOW + fetched_after)

    settle_overdue(now=NOW + OVERDUE_AFTER)

    change = Change.rows.get()
    product.refresh_from_db()
    assert (change.state, change.failure) == (ChangeState.OVERDUE, failure)
    assert Store.rows.get().attention == attention
    assert product.push_after == NOW + OVERDUE_AFTER + timedelta(minutes=30)
    assert stated(product) == Money.tenge(989)  # it is still what we say


def test_what_is_not_yet_late_is_left_alone(product):
    record(a_verdict(product, 990))

    settle_overdue(now=NOW + OVERDUE_AFTER - timedelta(seconds=1))

    assert states() == [(ChangeState.PUBLISHED, Money.tenge(989))]


def test_an_overdue_change_is_published_anew_after_a_rest(product):
    record(a_verdict(product, 990))
    settle_overdue(now=NOW + OVERDUE_AFTER)

    record(a_verdict(product, 990, shown=1000), now=NOW + OVERDUE_AFTER)
    resting = len(states())
    record(a_verdict(product, 990, shown=1000), now=NOW + OVERDUE_AFTER + timedelta(hours=1))

    assert resting == 1
    assert [state for state, _ in states()] == [ChangeState.OVERDUE, ChangeState.PUBLISHED]


def test_an_overdue_price_never_comes_back_by_itself(product):
    record(a_verdict(product, 990))
    settle_overdue(now=NOW + OVERDUE_AFTER)

    record(a_verdict(product, 1001, shown=1000), now=NOW + OVERDUE_AFTER)

    assert stated(product) == Money.tenge(1000)


@pytest.mark.parametrize("number", [1, 3])
def test_the_number_of_queries_does_not_grow_with_the_products(
    seller, number, django_assert_num_queries
):
    store = make_claimed_store(user=seller)
    products = [
        make_product(store=store, market=make_market(), sku=f"SKU-{place}")
        for place in range(number)
    ]
    for product in products:
        make_entry(product=product)
    verdicts = [a_verdict(product, 990) for product in products]

    with django_assert_num_queries(13):
        record(*verdicts)
