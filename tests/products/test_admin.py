import pytest

from cube_demper.kernel.money import Money
from products.models import ChangeState, Round
from tests.factories import (
    NOW,
    make_change,
    make_decision,
    make_market,
    make_product,
    make_store,
)

pytestmark = pytest.mark.db


@pytest.fixture
def product(seller):
    product = make_product(
        store=make_store(user=seller),
        market=make_market(),
        wanted_price=Money.tenge(989),
        reason="UNDERCUT",
        explanation={"en": "Rival asks 990 ₸; less a step of 1 ₸ makes 989 ₸."},
    )
    decision = make_decision(product=product)
    make_change(decision=decision, state=ChangeState.APPLIED, sent_at=NOW, settled_at=NOW)
    return product


def test_the_list_shows_every_product_with_its_decision_and_reason(admin_site, product):
    page = admin_site.get("/admin/products/product/").content.decode()

    assert "UNDERCUT: Rival asks 990 ₸; less a step of 1 ₸ makes 989 ₸." in page


def test_a_product_shows_its_price_history_as_a_chart(admin_site, product):
    page = admin_site.get(f"/admin/products/product/{product.pk}/change/").content.decode()

    assert '<svg viewBox="0 0 760 220"' in page
    assert "Our price" in page
    assert "Cheapest rival" in page


def test_a_product_without_a_history_says_so(admin_site, seller):
    product = make_product(store=make_store(user=seller), market=make_market())

    page = admin_site.get(f"/admin/products/product/{product.pk}/change/").content.decode()

    assert "Nothing yet." in page


@pytest.mark.parametrize("page", ["product", "change", "market", "card", "round"])
def test_every_list_opens(admin_site, product, page):
    Round.objects.create(
        shard=0, started_at=NOW, finished_at=NOW, looks=1, failures=0, decisions=1, changes=1
    )

    assert admin_site.get(f"/admin/products/{page}/").status_code == 200


@pytest.mark.parametrize("number", [1, 3])
def test_the_product_list_costs_the_same_number_of_queries_whatever_its_length(
    admin_site, seller, number, django_assert_num_queries
):
    store = make_store(user=seller)
    for place in range(number):
        make_product(store=store, market=make_market(), sku=f"SKU-{place}")

    with django_assert_num_queries(5):
        admin_site.get("/admin/products/product/")


def test_nobody_edits_what_machines_write(admin_site, product):
    url = f"/admin/products/product/{product.pk}/change/"

    response = admin_site.post(url, {"price": "1"})

    assert response.status_code == 403
    product.refresh_from_db()
    assert product.price == Money.tenge(1000)
