"""What a plan has no place for rests, keeps all that was set, and wakes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from billing.models import SubscriptionState
from billing.services import entitlements
from billing.services.subscriptions import cancel
from products.models import Change, ChangeState, Market, Product
from products.services import places
from products.services.resting import rest_all, rest_by_plan
from products.services.watches import movable_by_market
from tests.billing.buyers import make_subscription
from tests.billing.selling import make_version, open_plans, plan_version
from tests.factories import (
    NOW,
    make_change,
    make_decision,
    make_market,
    make_product,
    make_store,
)

pytestmark = pytest.mark.db


@pytest.fixture(autouse=True)
def plans(db, settings):
    settings.BILLING_MODE = "on"
    open_plans()
    make_version(code="basic", repriced_products=2)
    entitlements.forget_all()


@pytest.fixture
def products(seller) -> list[Product]:
    """Three products, each on a card of its own, and a plan for two."""
    store = make_store(user=seller)
    made = [make_product(store=store, market=make_market(), sku=f"SKU-{n}") for n in range(3)]
    ends_at = timezone.now() + timedelta(days=30)  # by the clock that the API reads
    make_subscription(user=seller, version=plan_version("basic"), access_until=ends_at)
    return made


def resting() -> list[str]:
    return list(
        Product.rows.filter(rests_by_plan=True).order_by("pk").values_list("sku", flat=True)
    )


def watched(products) -> list[bool]:
    ids = [product.market_id for product in products]
    rows = Market.objects.filter(pk__in=ids).order_by("pk")
    return list(rows.values_list("is_watched", flat=True))


def test_the_newest_rest_where_there_are_more_than_the_plan_allows(seller, products):
    rest_by_plan(user_id=seller.pk, now=NOW)

    assert resting() == ["SKU-2"]
    assert watched(products) == [True, True, False]
    moving = movable_by_market([product.market_id for product in products], now=NOW)
    assert [bool(moving[product.market_id]) for product in products] == [True, True, False]


def test_what_rests_keeps_its_settings_and_is_pushed_no_more(seller, products):
    change = make_change(decision=make_decision(product=products[2]))

    rest_by_plan(user_id=seller.pk, now=NOW)

    kept = Product.rows.get(pk=products[2].pk)
    assert (kept.corridor, kept.is_paused) == (products[2].corridor, False)
    assert Change.rows.get(pk=change.pk).state == ChangeState.SUPERSEDED


def test_who_pauses_one_chooses_what_rests(seller, products):
    rest_by_plan(user_id=seller.pk, now=NOW)
    Product.rows.filter(pk=products[0].pk).update(is_paused=True)

    rest_by_plan(user_id=seller.pk, now=NOW)

    assert resting() == []


def test_without_payment_all_rest_and_with_it_they_wake(seller, products):
    Product.rows.filter(pk=products[2].pk).update(is_paused=True)
    row = seller.subscriptions.get()
    row.state = SubscriptionState.SUSPENDED
    row.save()
    rest_by_plan(user_id=seller.pk, now=NOW)
    assert resting() == ["SKU-0", "SKU-1"]
    row.state = SubscriptionState.ACTIVE
    row.save()
    Market.objects.update(next_look_at=NOW + timedelta(hours=1))

    rest_by_plan(user_id=seller.pk, now=NOW)

    assert resting() == []
    assert watched(products)[:2] == [True, True]
    assert Market.objects.get(pk=products[0].market_id).next_look_at == NOW


def test_a_change_of_plan_orders_it(seller, products, broker, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        cancel(user=seller, at_once=True, now=NOW)

    assert {message.task for message in broker.take()} >= {"products.rest_by_plan"}


def test_a_stranger_on_the_same_card_goes_on(seller, stranger, products):
    store = make_store(user=stranger)
    make_product(store=store, market=products[2].market, sku="THEIRS")
    make_subscription(user=stranger)

    rest_all(now=NOW)

    assert resting() == ["SKU-2"]
    assert watched(products) == [True, True, True]


def test_without_plans_everything_wakes(seller, products, settings):
    rest_by_plan(user_id=seller.pk, now=NOW)
    settings.BILLING_MODE = "off"

    rest_all(now=NOW)

    assert resting() == []


def test_a_city_takes_its_listings_place(seller, products):
    city = make_product(
        store=products[0].store,
        market=make_market(),
        sku="SKU-0",
        listing=products[0],
        city_id="710000000",
    )

    assert places.wanted_rows(seller.pk)[:2] == [
        (products[0].pk, products[0].pk),
        (city.pk, products[0].pk),
    ]
    rest_by_plan(user_id=seller.pk, now=NOW)
    assert resting() == ["SKU-2"]


def test_one_more_than_the_plan_allows_is_refused_at_the_door(api, seller, products):
    Product.rows.filter(pk=products[2].pk).update(floor=None, ceiling=None, step=None)

    answer = api.patch(
        f"/products/{products[2].pk}",
        {"floor_tiyn": 90000, "ceiling_tiyn": 150000},
        format="json",
    )

    assert (answer.status_code, answer.json()["code"]) == (402, "plan-limit-reached")
    assert (answer.json()["limit"], answer.json()["current"]) == (2, 2)
    assert Product.rows.get(pk=products[2].pk).floor is None
