"""Who sells beside a product: counted, left out, and known by their moves."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cube_demper.kernel.money import Money
from products.engine.model import Looked
from products.models import Product, TapeEntry
from products.pricing.model import Delivery, Rival
from products.services.tape import changed_pages, write_tape
from tests.factories import make_market, make_product, make_store

pytestmark = pytest.mark.db
BOT = "99999999"


@pytest.fixture
def product(seller):
    return make_product(store=make_store(user=seller), market=make_market())


def seen(product, *offers):
    write_tape(
        changed_pages([Looked(product.market_id, offers, (), cheapest=None, offer_count=0)]),
        now=timezone.now(),
    )


def an_offer(merchant_id, price, **facts):
    return Rival(merchant_id, f"Shop {merchant_id}", Money.tenge(price), **facts)


def by_turns(product, *, count=9, step=5, every=timedelta(minutes=10)):
    """Since yesterday's noon in Almaty we and the bot go down by turns, at last we alone."""
    noon = (timezone.now() - timedelta(days=1)).replace(hour=7, minute=0)
    us = product.store.merchant_id
    TapeEntry.objects.bulk_create(
        TapeEntry(
            market=product.market,
            at=noon + place * every,
            offers={},
            best=Money.tenge(1000 - step * place),
            best_merchant=us if place % 2 == 0 else BOT,
        )
        for place in range(count)
    )


def test_everybody_is_told_and_who_counts_and_who_does_not(api, product):
    Product.rows.update(rules={"excluded_merchants": ["2"], "least_reviews": 5})
    us = product.store.merchant_id
    seen(
        product,
        an_offer("1", 990, rating=470, reviews=12, preorder_days=3),
        an_offer("2", 980, reviews=50),
        an_offer("3", 970, reviews=4),
        an_offer(us, 1000),
    )

    document = api.get(f"/products/{product.pk}/rivals").json()

    assert [
        (one["offer"]["merchant_id"], one["counts"], one["why"]) for one in document["offers"]
    ] == [
        ("3", False, "few_reviews"),
        ("2", False, "excluded"),
        ("1", True, None),
        (us, False, "own"),
    ]
    assert document["offers"][2] == {
        "offer": {
            "merchant_id": "1",
            "name": "Shop 1",
            "price_tiyn": 99_000,
            "rating": 4.7,
            "reviews": 12,
            "delivery": None,
            "preorder_days": 3,
            "by_kaspi": False,
        },
        "counts": True,
        "why": None,
        "fingerprint": None,
    }


def test_a_rival_who_answers_is_known_by_its_answers(api, product):
    by_turns(product)
    seen(product, an_offer(BOT, 965), an_offer("1", 990))

    document = api.get(f"/products/{product.pk}/rivals").json()

    assert {one["offer"]["merchant_id"]: one["fingerprint"] for one in document["offers"]} == {
        BOT: {
            "moves": 4,
            "reaction_s": 600,
            "step_tiyn": 500,
            "hours": [12, 13],
            "floor_tiyn": 96_500,
        },
        "1": None,
    }


def test_what_a_rival_did_long_ago_tells_nothing(api, product):
    by_turns(product)
    TapeEntry.objects.update(at=timezone.now() - timedelta(days=15))
    seen(product, an_offer(BOT, 965))

    [one] = api.get(f"/products/{product.pk}/rivals").json()["offers"]

    assert one["fingerprint"] is None


def test_only_who_delivers_as_soon_counts_where_the_class_decides(api, product):
    Product.rows.update(rules={"strategy": "FIRST_IN_CLASS"})
    us = product.store.merchant_id
    seen(product, an_offer("1", 900), an_offer(us, 1000, delivery=Delivery.TODAY))

    document = api.get(f"/products/{product.pk}/rivals").json()

    assert [one["why"] for one in document["offers"]] == ["slow", "own"]


@pytest.mark.parametrize("number", [1, 3])
def test_it_costs_the_same_number_of_queries_however_many_there_are(
    api, product, number, django_assert_num_queries
):
    by_turns(product)
    seen(product, *(an_offer(str(place), 900 + place) for place in range(number)))

    with django_assert_num_queries(7):  # user, product, offers, shops, sheets, tariffs, tape
        response = api.get(f"/products/{product.pk}/rivals")

    assert len(response.json()["offers"]) == number


def test_another_sellers_rules_and_shops_are_nothing_to_us(api, product, stranger):
    theirs = make_store(user=stranger)
    make_product(store=theirs, market=product.market, rules={"excluded_merchants": ["1"]})
    seen(product, an_offer("1", 990), an_offer(theirs.merchant_id, 995))

    document = api.get(f"/products/{product.pk}/rivals").json()

    assert [one["counts"] for one in document["offers"]] == [True, True]


def test_a_foreign_products_rivals_are_not_to_be_found(api, stranger):
    foreign = make_product(store=make_store(user=stranger), market=make_market())
    seen(foreign, an_offer("1", 990))

    assert api.get(f"/products/{foreign.pk}/rivals").status_code == 404


def test_before_the_first_look_nobody_is_known(api, product):
    response = api.get(f"/products/{product.pk}/rivals")

    assert response.status_code == 409
    assert response.json()["type"].endswith("offers-unknown")
