from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import AuditEntry, SignIn
from tests.factories import NOW, PASSWORD, make_sign_in

pytestmark = pytest.mark.db

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"


def with_token(token):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


def log_in(client, **headers):
    body = {"email": "seller@example.kz", "password": PASSWORD}
    return client.post("/auth/login", body, **headers).json()


def test_a_login_is_a_device_with_a_name_and_an_address(seller, anyone):
    tokens = log_in(anyone, HTTP_USER_AGENT=FIREFOX, REMOTE_ADDR="203.0.113.7")

    [session] = with_token(tokens["access"]).get("/auth/sessions").json()["results"]

    assert session == {
        "id": SignIn.rows.get().pk,
        "device_name": "Firefox on Linux",
        "address": "203.0.113.7",
        "begun_at": session["begun_at"],
        "used_at": session["begun_at"],
        "is_current": True,
    }


def test_only_own_devices_that_are_still_in_are_listed(seller, stranger, api):
    current = SignIn.rows.get()
    other = make_sign_in(user=seller, device_name="Safari on iPhone")
    make_sign_in(user=stranger, device_name="Safari on iPhone")
    make_sign_in(user=seller, ended_at=NOW)
    make_sign_in(user=seller, expires_at=NOW)

    listed = api.get("/auth/sessions").json()["results"]

    assert [(one["id"], one["is_current"]) for one in listed] == [
        (other.pk, False),
        (current.pk, True),
    ]


def test_a_device_that_is_logged_out_is_out_at_once(seller, anyone, api):
    tokens = log_in(anyone)
    other = SignIn.rows.latest("pk")

    response = api.delete(f"/auth/sessions/{other.pk}")

    assert response.status_code == 204
    assert with_token(tokens["access"]).get("/auth/me").status_code == 401
    assert anyone.post("/auth/refresh", {"refresh": tokens["refresh"]}).status_code == 401
    assert api.get("/auth/me").status_code == 200


def test_a_strangers_device_is_not_there(stranger, api):
    theirs = make_sign_in(user=stranger)

    response = api.delete(f"/auth/sessions/{theirs.pk}")

    assert (response.status_code, response.json()["code"]) == (404, "sign-in-missing")
    theirs.refresh_from_db()
    assert theirs.ended_at is None


def test_a_logout_ends_this_device_and_no_other(seller, anyone, api):
    tokens = log_in(anyone)
    leaving = with_token(tokens["access"])

    assert leaving.post("/auth/logout").status_code == 204

    assert leaving.get("/auth/me").status_code == 401
    assert anyone.post("/auth/refresh", {"refresh": tokens["refresh"]}).status_code == 401
    assert api.get("/auth/me").status_code == 200
    assert AuditEntry.rows.latest("pk").action == "sign-in.ended"


def test_the_last_use_is_kept_to_the_minute(seller, client_of):
    client = client_of(seller)
    earlier = timezone.now() - timedelta(seconds=61)
    SignIn.rows.update(used_at=earlier)

    client.get("/auth/me")

    assert SignIn.rows.get().used_at > earlier + timedelta(seconds=60)


@pytest.mark.parametrize("rows", [1, 3])
def test_a_request_asks_the_database_once_who_is_calling(
    seller, api, rows, django_assert_num_queries
):
    for _ in range(rows):
        make_sign_in(user=seller)

    with django_assert_num_queries(1):
        api.get("/auth/me")
    with django_assert_num_queries(2):
        api.get("/auth/sessions")


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "198.51.100.1", "127.0.0.1"),
        (1, "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        (2, "6.6.6.6, 198.51.100.1, 10.0.0.3", "198.51.100.1"),
        (2, "198.51.100.1", "198.51.100.1"),
        (1, "", "127.0.0.1"),
        (1, "nonsense", None),
    ],
    ids=["no proxy", "one", "two", "fewer than said", "none spoke", "nonsense"],
)
def test_an_address_is_the_one_that_our_own_proxies_heard(
    seller, anyone, settings, proxies, forwarded, address
):
    settings.PROXY_COUNT = proxies

    log_in(anyone, HTTP_X_FORWARDED_FOR=forwarded)

    assert SignIn.rows.get().address == address
