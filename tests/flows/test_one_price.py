"""One price, all the way: from a rival's move on the marketplace to ours and to the seller."""

import re

import httpx
import pytest

from tests.flows.conftest import KASPI_LOGIN, MERCHANT
from tests.flows.market import all_but_the_price
from tests.flows.seller import client_of
from tests.flows.shelf import STEP

OPERATOR = {"username": "operator@demper.kz", "password": "night-watch-2026"}


@pytest.fixture
def admin_site(house):
    """The operator, logged in through Django's own form."""
    with client_of(house.web_url, follow_redirects=True) as http:
        form = http.get("/admin/login/").raise_for_status().text
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
        assert token is not None
        http.post(
            "/admin/login/",
            data={**OPERATOR, "csrfmiddlewaretoken": token[1], "next": "/admin/"},
            headers={"Referer": f"{house.web_url}/admin/login/"},
        ).raise_for_status()
        yield http


def test_the_summary_names_the_pages_and_the_people_to_try_it_with(house):
    said = "\n".join(house.lines)

    assert f"{house.web_url}/docs" in said
    assert f"{house.web_url}/admin/" in said
    assert f"{house.shop_url}/" in said
    assert "operator@demper.kz  password night-watch-2026" in said
    assert "aigerim@demper.kz  password fair-price-2026" in said


def test_a_registered_seller_is_known_by_the_token(seller):
    me = seller.get("/auth/me")

    assert (me["email"], me["role"]) == (seller.email, "user")


def test_a_store_is_connected_by_a_walk_through_the_login_pages(seller, walked):
    store = seller.store()

    assert (walked["state"], walked["reason"], walked["detail"]) == ("connected", "", "")
    assert (store["merchant_id"], store["is_connected"]) == (MERCHANT, True)
    assert (store["attention"], store["attention_detail"]) == ("", "")


def test_the_catalogue_is_read_again_when_asked(seller, market, shelf):
    listings = {(one["sku"], one["on_sale"]) for one in market.listings(MERCHANT)}

    ordered = seller.post("/kaspi/stores/sync", {"store_id": seller.store()["id"]})
    job = seller.follow_sync(ordered["id"])

    assert (job["state"], job["reason"]) == ("done", "")
    assert (job["done"], job["total"]) == (len(listings), len(listings))
    assert {(one["sku"], one["is_on_sale"]) for one in seller.products()} == listings


def test_a_moved_rival_is_followed_and_nothing_but_the_price_changes(shelf):
    article = shelf.take()
    before = article.listing()
    rival = article.lowest - 31

    article.move_rival(rival)
    decision = article.until_priced(rival - STEP)

    after = article.listing()
    assert after["price"] == rival - STEP
    assert set(after["city_prices"].values()) <= {rival - STEP}
    assert all_but_the_price(after) == all_but_the_price(before)
    assert (decision["reason"], decision["rival_name"]) == ("undercut", article.rival_name)
    assert decision["rival_price_tiyn"] == rival * 100
    assert decision["change"]["state"] == "applied"
    assert decision["change"]["price_tiyn"] == (rival - STEP) * 100
    assert article.now()["position"] == 1


def test_a_rival_below_the_floor_is_followed_down_to_the_floor_and_no_further(shelf):
    article = shelf.take()

    article.move_rival(article.floor - 100)
    decision = article.until_priced(article.floor)

    assert article.listing()["price"] == article.floor
    assert (decision["reason"], decision["change"]["state"]) == ("at_floor", "applied")


def test_the_admin_shows_the_decision_its_reason_and_the_price_history(shelf, admin_site):
    article = shelf.take()
    rival = article.lowest - 20
    article.move_rival(rival)
    decision = article.until_priced(rival - STEP)

    page = admin_site.get(f"/admin/products/product/{article.product_id}/change/").text
    chart = page.partition('aria-label="Price history"')[2].partition("</svg>")[0]

    assert f"UNDERCUT: {decision['explanation']['en']}" in page.replace("&nbsp;", " ")
    assert (chart.count("<path "), "Our price" in chart, "Cheapest rival" in chart) == (
        2,
        True,
        True,
    )


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/products/{product}"),
        ("GET", "/products/{product}/history"),
        ("PATCH", "/products/{product}"),
        ("GET", "/kaspi/stores/{store}"),
        ("GET", "/kaspi/auth/{login}"),
    ],
)
def test_what_belongs_to_another_seller_is_not_there(
    seller, walked, shelf, neighbour, method, path
):
    product = seller.products()[0]
    ids = {"product": product["id"], "store": seller.store()["id"], "login": walked["id"]}

    answer = neighbour.http.request(method, path.format(**ids), json={"is_paused": True})

    assert answer.status_code == httpx.codes.NOT_FOUND
    assert answer.headers["content-type"] == "application/problem+json"
    assert seller.product(product["id"])["is_paused"] is False


def test_a_list_holds_the_callers_own_products_only(seller, shelf, neighbour):
    own, others = seller.products(), neighbour.products()

    assert len(own) == 21
    assert len(others) == 46
    assert {one["store_id"] for one in own} == {seller.store()["id"]}
    assert {one["store_id"] for one in own} & {one["store_id"] for one in others} == set()


def test_a_shop_that_another_seller_has_connected_stays_with_that_seller(newcomer, seller, shelf):
    login = newcomer.log_in_at_kaspi(KASPI_LOGIN)

    assert (login["state"], login["reason"]) == ("failed", "store-taken")
    assert newcomer.get("/kaspi/stores")["results"] == []
    assert seller.store()["is_connected"] is True
