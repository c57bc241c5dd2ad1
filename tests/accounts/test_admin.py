import pytest
from django.test import Client

from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.db


def log_in(client, email):
    return client.post("/admin/login/?next=/admin/", {"username": email, "password": PASSWORD})


def test_an_operator_reaches_the_admin_by_password(operator):
    client = Client()

    response = log_in(client, operator.email)

    assert (response.status_code, response["Location"]) == (302, "/admin/")
    assert client.get("/admin/").status_code == 200


def test_a_seller_does_not(seller):
    client = Client()

    response = log_in(client, seller.email)

    assert response.status_code == 200
    assert b"Please enter the correct" in response.content
    assert client.get("/admin/").status_code == 302


def test_a_logged_in_seller_is_shown_the_door(seller):
    client = Client()
    client.force_login(seller)

    response = client.get("/admin/accounts/user/")

    assert (response.status_code, response["Location"].split("?")[0]) == (302, "/admin/login/")


def test_an_api_token_does_not_open_the_admin(operator, client_of):
    assert client_of(operator).get("/admin/").status_code == 302


def test_an_admin_cookie_does_not_open_the_api(admin_site):
    assert admin_site.get("/auth/me").status_code == 401


def test_the_short_address_leads_to_the_admin(admin_site):
    response = admin_site.get("/admin")

    assert (response.status_code, response["Location"]) == (302, "/admin/")


def test_an_operator_blocks_a_seller(admin_site, seller):
    response = admin_site.post(
        f"/admin/accounts/user/{seller.pk}/change/", {"name": "Seller", "role": "USER"}
    )

    seller.refresh_from_db()
    assert (response.status_code, seller.is_active) == (302, False)


def test_no_page_shows_a_password(admin_site, seller):
    page = admin_site.get(f"/admin/accounts/user/{seller.pk}/change/")

    assert page.status_code == 200
    assert b"bcrypt" not in page.content
    assert b'name="password"' not in page.content


def test_accounts_are_not_opened_in_the_admin(admin_site):
    assert admin_site.get("/admin/accounts/user/add/").status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_as_often_for_three_as_for_one(admin_site, rows, django_assert_num_queries):
    for _ in range(rows):
        make_user()

    with django_assert_num_queries(4):
        admin_site.get("/admin/accounts/user/")
