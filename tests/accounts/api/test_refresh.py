from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone
from rest_framework.test import APIClient
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from accounts.models import AuditEntry, SignIn
from accounts.services.sign_ins import Device, begin
from tests.factories import make_user

pytestmark = pytest.mark.db


def refresh(client, token):
    return client.post("/auth/refresh", {"refresh": token})


def a_refresh_token(user):
    with transaction.atomic():
        return begin(user=user, device=Device(), now=timezone.now()).refresh


def assert_spent(response):
    assert (response.status_code, response.json()["code"]) == (401, "refresh-token-spent")


def test_a_refresh_token_gives_a_new_pair(seller, anyone, tokens):
    response = refresh(anyone, tokens["refresh"])

    assert response.status_code == 200
    assert sorted(response.json()) == ["access", "refresh"]
    assert response.json()["refresh"] != tokens["refresh"]
    anyone.credentials(HTTP_AUTHORIZATION=f"Bearer {response.json()['access']}")
    assert anyone.get("/auth/me").json()["id"] == seller.pk


def test_a_refresh_token_works_once(anyone, tokens):
    refresh(anyone, tokens["refresh"])

    assert_spent(refresh(anyone, tokens["refresh"]))


def test_a_chain_of_refreshes_goes_on(anyone, tokens):
    renewed = refresh(anyone, tokens["refresh"]).json()["refresh"]

    assert refresh(anyone, renewed).status_code == 200


def test_a_blocked_user_gets_no_new_tokens(seller, anyone, tokens):
    seller.is_active = False
    seller.save()

    assert_spent(refresh(anyone, tokens["refresh"]))


def test_a_user_who_is_gone_gets_no_new_tokens(seller, anyone, tokens):
    seller.delete()

    assert_spent(refresh(anyone, tokens["refresh"]))


def test_an_access_token_refreshes_nothing(anyone, tokens):
    assert_spent(refresh(anyone, tokens["access"]))


def test_an_expired_refresh_token_is_spent(seller, anyone):
    token = RefreshToken(a_refresh_token(seller))
    token.set_exp(lifetime=-timedelta(seconds=1))

    assert_spent(refresh(anyone, str(token)))


@pytest.mark.parametrize("token", ["nonsense", "a.b.c", "жетон"])
def test_a_made_up_token_is_spent(db, anyone, token):
    assert_spent(refresh(anyone, token))


def test_a_token_with_a_changed_letter_is_spent(anyone, tokens):
    head, body, signature = tokens["refresh"].split(".")

    assert_spent(refresh(anyone, f"{head}.{body}.{signature[::-1]}"))


def test_a_token_without_a_user_is_spent(db, anyone):
    assert_spent(refresh(anyone, str(RefreshToken())))


def test_a_token_that_is_no_text_is_refused(db, anyone):
    response = refresh(anyone, 5)

    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, "refresh")


def test_of_refreshes_at_once_one_wins(transactional_db):
    user = make_user()
    token = a_refresh_token(user)

    def race(_):
        try:
            return refresh(APIClient(), token).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as threads:
        with transaction.atomic():
            SignIn.rows.select_for_update().get(user=user)
            racing = [threads.submit(race, number) for number in range(3)]
            wait_until_blocked(3)  # each has found the token unspent, and now waits for the row
        statuses = sorted(racer.result() for racer in racing)

    assert statuses == [200, 401, 401]


def wait_until_blocked(count):
    blocked = """SELECT count(*) FROM pg_stat_activity
                 WHERE datname = current_database() AND wait_event_type = 'Lock'"""
    found = 0
    with connection.cursor() as cursor:
        while found < count:
            cursor.execute("SELECT pg_stat_clear_snapshot()")  # a transaction sees it once only
            cursor.execute(blocked)
            [found] = cursor.fetchone()


def test_a_token_that_comes_again_later_was_copied_and_ends_its_sign_in(seller, anyone, tokens):
    renewed = refresh(anyone, tokens["refresh"]).json()
    BlacklistedToken.objects.update(blacklisted_at=timezone.now() - timedelta(seconds=11))

    assert_spent(refresh(anyone, tokens["refresh"]))

    assert_spent(refresh(anyone, renewed["refresh"]))
    anyone.credentials(HTTP_AUTHORIZATION=f"Bearer {renewed['access']}")
    assert anyone.get("/auth/me").status_code == 401
    assert [entry.action for entry in AuditEntry.rows.order_by("id")] == [
        *("account.logged-in", "sign-in.stolen"),
    ]


def test_two_tabs_that_bring_one_token_at_once_are_no_theft(anyone, tokens):
    renewed = refresh(anyone, tokens["refresh"]).json()

    assert_spent(refresh(anyone, tokens["refresh"]))

    assert refresh(anyone, renewed["refresh"]).status_code == 200


def test_an_access_token_outlives_its_refresh_token(seller, anyone, tokens):
    refresh(anyone, tokens["refresh"])

    anyone.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens['access']}")
    assert anyone.get("/auth/me").status_code == 200


def test_tokens_of_two_kinds_are_told_apart(seller):
    assert AccessToken.for_user(seller)["token_type"] == "access"
    assert RefreshToken.for_user(seller)["token_type"] == "refresh"
