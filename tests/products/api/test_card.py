"""On which card an imported product is sold."""

import pytest

from products.models import Market, Product
from tests.factories import (
    NOW,
    make_card,
    make_claimed_store,
    make_market,
    make_product,
    make_store,
)

pytestmark = pytest.mark.db

MASTER_SKU = "100200300"


@pytest.fixture
def product(seller):
    return Product.rows.create(
        store=make_claimed_store(user=seller), sku="CHAIR-77", title="Стул", listed_at=NOW
    )


def test_a_product_without_a_card_is_shown_as_such(api, product):
    document = api.get(f"/products/{product.pk}").json()

    assert (document["master_sku"], document["looked_at"], document["city_id"]) == (
        None,
        None,
        "750000000",
    )


@pytest.mark.parametrize(
    "card",
    [
        MASTER_SKU,
        f"https://kaspi.kz/shop/p/stul-testovyi-{MASTER_SKU}/?c=750000000",
        f"https://kaspi.kz/shop/p/stul-{MASTER_SKU}",
    ],
)
def test_the_seller_names_the_card_by_its_number_or_its_page(api, product, card):
    corridor = {"floor_tiyn": 90000, "ceiling_tiyn": 150000}

    response = api.patch(f"/products/{product.pk}", {"card": card, **corridor})

    market = Market.objects.get()
    assert (response.status_code, response.json()["master_sku"]) == (200, MASTER_SKU)
    assert (market.card.title, market.city_id, market.is_watched) == ("Стул", "750000000", True)


def test_a_card_may_be_corrected_and_the_old_market_is_left(api, seller):
    old = make_market()
    product = make_product(store=make_claimed_store(user=seller), market=old)
    new = make_card(master_sku=MASTER_SKU)

    api.patch(f"/products/{product.pk}", {"card": MASTER_SKU})

    old.refresh_from_db()
    product.refresh_from_db()
    assert not old.is_watched
    assert product.market == Market.objects.get(card=new, is_watched=True)


def test_what_the_catalogue_says_is_not_for_the_seller_to_say(api, seller):
    product = make_product(store=make_store(user=seller), market=make_market())

    response = api.patch(f"/products/{product.pk}", {"card": MASTER_SKU})

    assert (response.status_code, response.json()["code"]) == (409, "card-known")
    assert not Market.objects.filter(card__master_sku=MASTER_SKU).exists()


@pytest.mark.parametrize("card", ["CHAIR", 5, "https://evil.kz/shop/p/x-100200300/", "1" * 20])
def test_what_is_no_card_is_refused(api, product, card):
    response = api.patch(f"/products/{product.pk}", {"card": card})

    assert (response.status_code, response.json()["code"]) == (422, "no-card")


def test_a_strangers_product_does_not_exist(client_of, stranger, product):
    response = client_of(stranger).patch(f"/products/{product.pk}", {"card": MASTER_SKU})

    product.refresh_from_db()
    assert response.status_code == 404
    assert product.market is None
    assert not Market.objects.exists()
