from datetime import timedelta

import pytest
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from tests.factories import make_access_token, make_sign_in

pytestmark = pytest.mark.db


def expired(user):
    token = AccessToken(make_access_token(user=user))  # type: ignore[arg-type]  # the stub wants a Token
    token.set_exp(lifetime=-timedelta(seconds=1))
    return token


def refresh_token(user):
    token = RefreshToken.for_user(user)
    token["sid"] = make_sign_in(user=user).pk
    return token


def of_no_sign_in(user):
    sign_in = make_sign_in(user=user)
    token = make_access_token(user=user, sign_in=sign_in)
    sign_in.delete()
    return token


def me(client, authorization):
    return client.get("/auth/me", HTTP_AUTHORIZATION=authorization)


def test_a_seller_sees_itself(seller, api):
    response = api.get("/auth/me")

    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    assert response.json() == {
        "id": seller.pk,
        "email": "seller@example.kz",
        "name": "Seller",
        "role": "user",
        "joined_at": "2026-03-02T09:00:00Z",
        "email_proved_at": None,
    }


def test_an_operator_is_an_admin(operator, client_of):
    assert client_of(operator).get("/auth/me").json()["role"] == "admin"


def test_each_sees_only_itself(seller, stranger, client_of):
    assert client_of(stranger).get("/auth/me").json()["id"] == stranger.pk


@pytest.mark.parametrize(
    "authorization",
    [
        lambda _: "",
        lambda _: "Bearer",
        lambda _: "Bearer two words",
        lambda _: "Bearer nonsense",
        lambda user: f"Bearer {expired(user)}",
        lambda user: f"Bearer {refresh_token(user)}",
        lambda user: f"Basic {make_access_token(user=user)}",
        lambda user: f"Bearer {AccessToken.for_user(user)}",
        lambda user: f"Bearer {of_no_sign_in(user)}",
    ],
    ids=[
        *("none", "empty", "two words", "broken", "expired", "a refresh token", "another scheme"),
        *("without a sign-in", "of a sign-in that is gone"),
    ],
)
def test_without_a_good_token_nobody_is_known(seller, anyone, authorization):
    response = me(anyone, authorization(seller))

    assert (response.status_code, response.json()["code"]) == (401, "not-authenticated")
    assert response["Content-Type"] == "application/problem+json"
    assert response["WWW-Authenticate"] == 'Bearer realm="api"'


@pytest.mark.parametrize("change", ["blocked", "gone"])
def test_the_token_of_a_user_who_may_no_longer_come_is_worth_nothing(seller, api, change):
    if change == "gone":
        seller.delete()
    else:
        seller.is_active = False
        seller.save()

    response = api.get("/auth/me")

    assert (response.status_code, response.json()["code"]) == (401, "not-authenticated")


def test_an_account_is_not_deleted_by_its_address(api):
    response = api.delete("/auth/me")

    assert (response.status_code, response.json()["code"]) == (405, "method-not-allowed")
    assert response["Allow"] == "GET, PATCH, HEAD, OPTIONS"
    assert response["Content-Type"] == "application/problem+json"


def test_other_formats_than_json_are_not_spoken(api):
    response = api.get("/auth/me", HTTP_ACCEPT="text/csv")

    assert (response.status_code, response.json()["code"]) == (406, "not-acceptable")
    assert response["Content-Type"] == "application/problem+json"
