from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import AuditEntry, MailPurpose, MailToken, SignIn, User
from accounts.tasks import send_reset
from tests.accounts.mailbox import token_in
from tests.factories import PASSWORD, make_access_token, make_sign_in, make_user

pytestmark = pytest.mark.db

NEW = "better-price-2027"


def change(client, current=PASSWORD, password=NEW):
    return client.post("/auth/password/change", {"current": current, "password": password})


def confirm(client, token, password=NEW):
    body = {"token": token, "password": password}
    return client.post("/auth/password/reset/confirm", body)


def a_mailed_token(user):
    send_reset(email=user.email)
    return token_in(mail.outbox[-1])


def test_a_password_is_changed_by_the_old_one(seller, api):
    response = change(api)

    seller.refresh_from_db()
    assert response.status_code == 204
    assert (seller.check_password(NEW), seller.check_password(PASSWORD)) == (True, False)
    assert AuditEntry.rows.latest("pk").action == "password.changed"


def test_a_changed_password_logs_out_every_other_device(seller, api):
    other = APIClient()
    other.credentials(HTTP_AUTHORIZATION=f"Bearer {make_access_token(user=seller)}")

    change(api)

    assert (other.get("/auth/me").status_code, api.get("/auth/me").status_code) == (401, 200)


@pytest.mark.parametrize(
    ("current", "password", "code"),
    [("wrong-2026-price", NEW, "not-your-password"), (PASSWORD, "short", "weak-password")],
)
def test_a_refused_change_changes_nothing(seller, api, current, password, code):
    make_sign_in(user=seller)

    response = change(api, current, password)

    seller.refresh_from_db()
    assert (response.status_code, response.json()["code"]) == (422, code)
    assert seller.check_password(PASSWORD)
    assert SignIn.rows.filter(ended_at=None).count() == 2


def test_a_reset_is_ordered_alike_for_anybody(
    seller, anyone, broker, django_capture_on_commit_callbacks, django_assert_num_queries
):
    answers = []
    for email in ("seller@example.kz", "nobody@example.kz"):
        with (
            django_assert_num_queries(0),
            django_capture_on_commit_callbacks(execute=True),
        ):
            answers.append(anyone.post("/auth/password/reset", {"email": email}))

    assert [(one.status_code, one.content) for one in answers] == [(202, b"")] * 2
    assert [(order.task, order.arguments) for order in broker.take()] == [
        ("accounts.send_reset", {"email": "seller@example.kz"}),
        ("accounts.send_reset", {"email": "nobody@example.kz"}),
    ]


def test_a_mail_brings_the_link_and_only_its_hash_is_kept(seller):
    send_reset(email="SELLER@example.kz", old_word="from before")

    [letter] = mail.outbox
    assert letter.to == ["seller@example.kz"]
    token = token_in(letter)
    assert f"http://127.0.0.1:8010/reset-password#token={token}" in letter.body
    assert token not in str(list(MailToken.rows.values()))


def test_nobody_is_mailed_who_has_no_account_or_is_blocked(db):
    make_user(email="blocked@example.kz", is_active=False)

    send_reset(email="nobody@example.kz")
    send_reset(email="blocked@example.kz")

    assert mail.outbox == []


def test_a_mailbox_is_not_flooded(seller):
    for _ in range(3):
        send_reset(email=seller.email)
    assert len(mail.outbox) == 1

    MailToken.rows.update(made_at=timezone.now() - timedelta(minutes=2))
    token = MailToken.rows.get()
    for number in range(9):
        token.pk, token.secret_hash = None, str(number)
        token.save()
    send_reset(email=seller.email)

    assert len(mail.outbox) == 1


def test_a_mailed_token_sets_a_password_and_logs_everything_out(seller, anyone, api):
    token = a_mailed_token(seller)

    response = confirm(anyone, token)

    seller.refresh_from_db()
    assert response.status_code == 204
    assert seller.check_password(NEW)
    assert seller.email_proved_at is not None
    assert api.get("/auth/me").status_code == 401
    assert AuditEntry.rows.get().action == "password.reset"


def test_a_mailed_token_works_once(seller, anyone):
    token = a_mailed_token(seller)
    confirm(anyone, token)

    response = confirm(anyone, token, password="third-price-2028")

    seller.refresh_from_db()
    assert (response.status_code, response.json()["code"]) == (422, "mail-token-spent")
    assert seller.check_password(NEW)


def test_a_weak_password_does_not_use_the_token_up(seller, anyone):
    token = a_mailed_token(seller)

    assert confirm(anyone, token, password="short").json()["code"] == "weak-password"

    assert confirm(anyone, token).status_code == 204


@pytest.mark.parametrize(
    "spoil",
    [
        lambda: MailToken.rows.update(expires_at=timezone.now()),
        lambda: MailToken.rows.update(purpose=MailPurpose.PROVE_EMAIL),
        lambda: User.objects.update(is_active=False),
        lambda: MailToken.rows.update(secret_hash="0" * 64),
    ],
    ids=["expired", "for something else", "of a blocked user", "made up"],
)
def test_a_token_that_is_not_good_sets_nothing(seller, anyone, spoil):
    token = a_mailed_token(seller)
    spoil()

    response = confirm(anyone, token)

    seller.refresh_from_db()
    assert (response.status_code, response.json()["code"]) == (422, "mail-token-spent")
    assert seller.check_password(PASSWORD)
