from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import AuditEntry, Membership, TeamRole
from accounts.tasks import send_invitation
from tests.accounts.mailbox import token_in
from tests.factories import NOW, PASSWORD, make_helper, make_user

pytestmark = pytest.mark.db


def invite(api, email="helper@example.kz", role="manager"):
    return api.post("/auth/team", {"email": email, "role": role})


def accept(client, token):
    return client.post("/auth/team/accept", {"token": token})


def a_mailed_token():
    send_invitation(membership_id=Membership.rows.latest("pk").pk)
    return token_in(mail.outbox[-1])


def actions():
    return list(AuditEntry.rows.order_by("pk").values_list("action", flat=True))


def test_a_helper_is_invited_by_mail(seller, api, broker, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        response = invite(api)

    row = Membership.rows.get()
    assert response.status_code == 201
    assert response.json() == {
        "id": row.pk,
        "email": "helper@example.kz",
        "role": "manager",
        "user_id": None,
        "name": "",
        "invited_at": response.json()["invited_at"],
        "accepted_at": None,
    }
    assert [(one.task, one.arguments) for one in broker.take()] == [
        ("accounts.send_invitation", {"membership_id": row.pk})
    ]
    token = a_mailed_token()
    assert mail.outbox[-1].to == ["helper@example.kz"]
    assert "Seller" in mail.outbox[-1].body
    assert token not in str(list(Membership.rows.values()))


def test_who_opened_an_account_for_it_acts_for_the_seller_from_then_on(
    seller, api, anyone, client_of
):
    invite(api)
    helper = make_user(email="helper@example.kz", joined_at=timezone.now())
    client = client_of(helper)

    response = accept(client, a_mailed_token())

    assert response.json() == {
        "id": seller.pk,
        "name": "Seller",
        "email": "seller@example.kz",
        "role": "manager",
        "is_default": True,
    }
    assert client.get("/auth/sellers").json()["results"] == [response.json()]
    assert client.get("/auth/team").json()["results"][0]["user_id"] == helper.pk
    assert actions() == ["helper.invited", "helper.joined"]
    assert AuditEntry.rows.latest("pk").actor == helper


def test_who_was_there_before_acts_for_themselves_unless_they_say_so(
    seller, stranger, api, client_of
):
    invite(api, email=stranger.email)
    client = client_of(stranger)
    accept(client, a_mailed_token())

    assert client.get("/auth/team").json()["results"] == []
    assert len(client.get("/auth/team", HTTP_X_SELLER=str(seller.pk)).json()["results"]) == 1


def test_who_helps_two_sellers_has_to_say_whom(seller, stranger, api, client_of):
    helper = make_user(joined_at=timezone.now() + timedelta(hours=1))
    client = client_of(helper)
    for host in (seller, stranger):
        invite(client_of(host), email=helper.email)
        accept(client, a_mailed_token())

    listed = client.get("/auth/sellers").json()["results"]

    assert [(one["id"], one["is_default"]) for one in listed] == [
        (stranger.pk, False),
        (seller.pk, False),
    ]
    assert client.get("/auth/team").json()["results"] == []


def test_an_invitation_works_once_and_not_for_the_seller(seller, api, client_of):
    invite(api)
    token = a_mailed_token()

    own = accept(api, token)
    first = accept(client_of(make_user()), token)
    second = accept(client_of(make_user()), token)

    assert (own.status_code, own.json()["code"]) == (409, "already-in-team")
    assert first.status_code == 200
    assert (second.status_code, second.json()["code"]) == (422, "invitation-spent")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: Membership.rows.update(expires_at=NOW),
        lambda _: Membership.rows.all().delete(),
        lambda _: a_mailed_token(),
        lambda seller: type(seller).objects.filter(pk=seller.pk).update(is_active=False),
    ],
    ids=["expired", "taken back", "mailed again", "of a blocked seller"],
)
def test_an_invitation_that_is_not_good_lets_nobody_in(seller, api, client_of, spoil):
    invite(api)
    token = a_mailed_token()
    spoil(seller)

    response = accept(client_of(make_user()), token)

    assert (response.status_code, response.json()["code"]) == (422, "invitation-spent")
    assert Membership.rows.exclude(helper=None).count() == 0


def test_an_invitation_may_be_asked_for_again_with_another_role(api):
    invite(api)

    again = invite(api, email="HELPER@example.kz", role="viewer")

    assert (again.status_code, again.json()["role"]) == (201, "viewer")
    assert Membership.rows.count() == 1


def test_a_helper_and_the_seller_are_not_invited_again(seller, api):
    row = make_helper(seller=seller)

    refused = [invite(api, email=row.email), invite(api, email="Seller@example.kz")]

    assert [(one.status_code, one.json()["code"]) for one in refused] == [
        (409, "already-in-team")
    ] * 2
    assert Membership.rows.count() == 1


def test_a_team_has_its_limit_and_invitations_their_pace(seller, api):
    for _ in range(50):
        make_helper(seller=seller)

    full = invite(api)
    paced = [invite(api).status_code for _ in range(20)]

    assert (full.status_code, full.json()["code"]) == (409, "too-many-helpers")
    assert paced == [409] * 19 + [429]


def test_a_role_is_changed_from_the_next_request_on(seller, api, client_of):
    row = make_helper(seller=seller, role=TeamRole.OWNER)
    client = client_of(row.helper)
    assert invite(client).status_code == 201

    response = api.patch(f"/auth/team/{row.pk}", {"role": "viewer"})

    assert (response.status_code, response.json()["role"]) == (200, "viewer")
    assert invite(client).json()["code"] == "role-too-low"
    assert AuditEntry.rows.latest("pk").changes == {"role": ["OWNER", "VIEWER"]}


def test_a_helper_who_is_removed_is_out_at_once(seller, api, client_of):
    row = make_helper(seller=seller)
    client = client_of(row.helper)

    assert api.delete(f"/auth/team/{row.pk}").status_code == 204

    assert client.get("/auth/team").json()["results"] == []
    named = client.get("/auth/team", HTTP_X_SELLER=str(seller.pk))
    assert (named.status_code, named.json()["code"]) == (404, "seller-missing")
    assert actions() == ["helper.removed"]


def test_a_helper_leaves(seller, client_of):
    row = make_helper(seller=seller)
    client = client_of(row.helper)

    assert client.delete(f"/auth/sellers/{seller.pk}").status_code == 204

    assert Membership.rows.count() == 0
    assert client.delete(f"/auth/sellers/{seller.pk}").json()["code"] == "seller-missing"
    assert (actions(), AuditEntry.rows.get().actor) == (["helper.left"], row.helper)


@pytest.mark.parametrize("method", ["patch", "delete"])
def test_a_strangers_helper_is_not_there(seller, stranger, client_of, method):
    make_helper(seller=stranger)
    row = make_helper(seller=seller)

    response = getattr(client_of(stranger), method)(f"/auth/team/{row.pk}", {"role": "viewer"})

    assert (response.status_code, response.json()["code"]) == (404, "helper-missing")
    row.refresh_from_db()
    assert row.role == TeamRole.MANAGER


@pytest.mark.parametrize(
    "said",
    [lambda stranger: str(stranger.pk), lambda _: "0", lambda _: "9" * 30, lambda _: "x"],
    ids=["somebody else", "nobody", "too long", "no number"],
)
def test_nobody_acts_for_a_seller_whose_helper_they_are_not(stranger, api, said):
    make_helper(seller=stranger)

    response = api.get("/auth/team", HTTP_X_SELLER=said(stranger))

    assert (response.status_code, response.json()["code"]) == (404, "seller-missing")


def test_a_blocked_seller_is_helped_by_nobody(seller, client_of):
    row = make_helper(seller=seller)
    client = client_of(row.helper)
    seller.is_active = False
    seller.save()

    named = client.get("/auth/team", HTTP_X_SELLER=str(seller.pk))

    assert named.status_code == 404
    assert client.get("/auth/team").json()["results"] == []
    assert client.get("/auth/sellers").json()["results"] == []


def test_a_helper_may_speak_for_themselves(seller, client_of):
    row = make_helper(seller=seller)

    response = client_of(row.helper).get("/auth/team", HTTP_X_SELLER=str(row.helper_id))

    assert (response.status_code, response.json()["results"]) == (200, [])


def test_what_is_about_the_person_is_not_the_sellers(seller, client_of):
    row = make_helper(seller=seller)
    client = client_of(row.helper)

    assert client.get("/auth/me", HTTP_X_SELLER=str(seller.pk)).json()["id"] == row.helper_id
    assert len(client.get("/auth/sessions").json()["results"]) == 1


def test_no_key_opens_the_team(api):
    key = api.post("/auth/api-keys", {"name": "x", "scope": "write"}).json()["key"]
    api.credentials(HTTP_AUTHORIZATION=f"Api-Key {key}")

    assert invite(api).json()["code"] == "people-only"


def test_a_mail_is_not_sent_for_what_is_gone(seller):
    row = make_helper(seller=seller)

    send_invitation(membership_id=row.pk)
    send_invitation(membership_id=0)

    assert mail.outbox == []


@pytest.mark.parametrize("rows", [1, 3])
def test_a_team_is_listed_by_as_many_queries_for_three_as_for_one(
    seller, api, rows, django_assert_num_queries
):
    for _ in range(rows):
        make_helper(seller=seller)

    with django_assert_num_queries(2):
        api.get("/auth/team")


def test_a_helpers_request_asks_no_more_than_the_sellers(
    seller, client_of, django_assert_num_queries
):
    client = client_of(make_helper(seller=seller).helper)

    with django_assert_num_queries(2):
        client.get("/auth/team")
    with django_assert_num_queries(3):
        client.get("/auth/team", HTTP_X_SELLER=str(seller.pk))


def test_a_new_password_is_the_helpers_own(seller, client_of):
    row = make_helper(seller=seller)

    client_of(row.helper).post(
        "/auth/password/change", {"current": PASSWORD, "password": "better-price-2027"}
    )

    seller.refresh_from_db()
    assert seller.check_password(PASSWORD)
    assert AuditEntry.rows.get().user == row.helper
