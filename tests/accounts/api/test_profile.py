import pytest
from django.core import mail

from accounts.models import AuditEntry
from accounts.tasks import send_proof, send_reset
from tests.accounts.mailbox import token_in
from tests.factories import NOW, PASSWORD, make_user

pytestmark = pytest.mark.db


def verify(client, token):
    return client.post("/auth/email/verify", {"token": token})


def a_proof(user, email):
    send_proof(user_id=user.pk, email=email)
    return token_in(mail.outbox[-1])


def test_a_name_is_changed_at_once(seller, api):
    response = api.patch("/auth/me", {"name": "Aigerim"})

    seller.refresh_from_db()
    assert (response.status_code, response.json()["name"], seller.name) == (200, *["Aigerim"] * 2)
    entry = AuditEntry.rows.get()
    assert (entry.action, entry.changes) == ("account.renamed", {"name": ["Seller", "Aigerim"]})
    assert (entry.actor, entry.actor_email) == (seller, "seller@example.kz")


def test_an_email_is_changed_when_the_new_mailbox_answers(
    seller, api, anyone, broker, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        response = api.patch("/auth/me", {"email": "new@Example.KZ", "password": PASSWORD})
    [order] = broker.take()
    assert (response.status_code, response.json()["email"]) == (200, "seller@example.kz")
    assert order.arguments == {"user_id": seller.pk, "email": "new@example.kz"}

    answer = verify(anyone, a_proof(seller, email=order.arguments["email"]))

    seller.refresh_from_db()
    assert (answer.status_code, answer.json()["email"]) == (200, "new@example.kz")
    assert (seller.email, seller.email_proved_at is not None) == ("new@example.kz", True)
    assert mail.outbox[-1].to == ["new@example.kz"]
    assert AuditEntry.rows.get().changes == {"email": ["seller@example.kz", "new@example.kz"]}


def test_a_mail_to_the_old_address_opens_nothing_after_the_change(seller, anyone):
    send_reset(email=seller.email)
    reset = token_in(mail.outbox[-1])
    verify(anyone, a_proof(seller, "new@example.kz"))

    response = anyone.post(
        "/auth/password/reset/confirm", {"token": reset, "password": "better-price-2027"}
    )

    assert (response.status_code, response.json()["code"]) == (422, "mail-token-spent")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"email": "new@example.kz"}, "invalid"),
        ({"password": PASSWORD}, "invalid"),
        ({"email": "new@example.kz", "password": "wrong-2026-price"}, "not-your-password"),
        ({"role": "ADMIN"}, "unknown-field"),
    ],
    ids=["no password", "no e-mail", "wrong password", "a role"],
)
def test_a_refused_change_changes_nothing(seller, api, broker, body, code):
    response = api.patch("/auth/me", body)

    seller.refresh_from_db()
    assert (response.status_code, response.json()["code"]) == (422, code)
    assert (seller.email, seller.name, seller.role) == ("seller@example.kz", "Seller", "USER")
    assert broker.take() == []


def test_an_address_that_was_taken_meanwhile_is_not_given_away(seller, stranger, anyone):
    token = a_proof(seller, stranger.email)

    response = verify(anyone, token)

    seller.refresh_from_db()
    assert (response.status_code, response.json()["code"]) == (409, "email-taken")
    assert seller.email == "seller@example.kz"


def test_registering_mails_a_proof_that_proves_the_address(
    db, anyone, broker, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        anyone.post("/auth/register", {"email": "a@example.kz", "password": PASSWORD})
    [order] = broker.take()
    send_proof(**order.arguments)

    response = verify(anyone, token_in(mail.outbox[-1]))

    assert response.status_code == 200
    assert response.json()["email_proved_at"] is not None


def test_a_proof_is_mailed_again_on_request(
    seller, api, broker, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        response = api.post("/auth/email/verification")

    assert response.status_code == 202
    assert [order.task for order in broker.take()] == ["accounts.send_proof"]


def test_a_proved_address_a_blocked_user_and_a_full_mailbox_are_not_mailed(seller):
    proved = make_user(email_proved_at=NOW)
    blocked = make_user(is_active=False)

    for user in (proved, blocked, seller, seller):
        send_proof(user_id=user.pk, email=user.email)

    assert [letter.to for letter in mail.outbox] == [["seller@example.kz"]]
