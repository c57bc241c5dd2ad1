"""Logins over the API: by telephone, with a kept password, and while nobody may log in."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cube_demper.kernel.sealing import Secret
from kaspi.models import Login, LoginState, Session
from kaspi.services import logins
from tests.factories import NOW, make_login, make_session, make_store

pytestmark = pytest.mark.db

EMAIL = "shop@example.kz"


def begin(client, **body):
    return client.post("/kaspi/auth", {"email": EMAIL, "password": "Kaspi-2026", **body})


@pytest.mark.parametrize("phone", ["+77010000001", "8 (701) 000-00-01", "7010000001"])
def test_a_telephone_is_taken_as_people_write_it(api, broker, phone):
    response = api.post("/kaspi/auth", {"phone": phone})

    login = Login.rows.get()
    assert (response.status_code, response.json()["account"]) == (202, "+77010000001")
    assert (login.account, bool(login.password), login.keeps_password) == (
        "+77010000001",
        False,
        False,
    )


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"phone": "12345"}, "phone"),
        ({"phone": "+77010000001", "email": EMAIL}, "email"),
        ({"phone": "+77010000001", "keep_password": True}, "keep_password"),
        ({"email": EMAIL, "password": "x", "keep_password": "perhaps"}, "keep_password"),
        ({}, "email"),
    ],
    ids=["no number", "two accounts", "no password to keep", "no answer", "nobody"],
)
def test_a_bad_way_to_log_in_names_the_field_and_starts_nothing(api, broker, body, field):
    response = api.post("/kaspi/auth", body)

    assert response.status_code == 422
    assert [error["field"] for error in response.json()["errors"]] == [field]
    assert (Login.rows.count(), broker.take()) == (0, [])


@pytest.mark.parametrize(
    ("asked", "keeps"),
    [({}, False), ({"keep_password": False}, False), ({"keep_password": True}, True)],
)
def test_a_password_is_kept_only_if_the_seller_says_so(api, broker, asked, keeps):
    response = begin(api, **asked)

    assert response.status_code == 202
    assert Login.rows.get().keeps_password is keeps
    assert "Kaspi-2026" not in response.content.decode()


def test_a_kept_password_is_shown_to_be_there_and_forgotten_on_request(api, seller):
    session = make_session(user=seller, password=Secret("Kaspi-2026"))
    store = make_store(user=seller, session=session)
    before = api.get(f"/kaspi/stores/{store.pk}")

    response = api.delete(f"/kaspi/stores/{store.pk}/password")

    after = api.get(f"/kaspi/stores/{store.pk}").json()
    session.refresh_from_db()
    assert (response.status_code, response.content) == (204, b"")
    assert (before.json()["keeps_password"], after["keeps_password"]) == (True, False)
    assert (after["session_state"], session.password) == ("live", Secret(""))
    assert "Kaspi-2026" not in before.content.decode()


def test_forgetting_twice_and_where_nothing_was_kept_does_no_harm(api, seller):
    store = make_store(user=seller)

    answers = [api.delete(f"/kaspi/stores/{store.pk}/password") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [204, 204]


def test_nobody_forgets_anothers_password(api, stranger):
    session = make_session(user=stranger, password=Secret("Kaspi-2026"))
    store = make_store(user=stranger, session=session)

    response = api.delete(f"/kaspi/stores/{store.pk}/password")

    assert (response.status_code, response.json()["code"]) == (404, "store-missing")
    assert Session.rows.get().password == Secret("Kaspi-2026")


def test_while_codes_are_flooded_everybody_is_refused_with_the_time_to_wait(
    api, client_of, seller, stranger, broker
):
    make_login(
        user=seller,
        state=LoginState.FAILED,
        reason="codes-flooded",
        retry_at=timezone.now() + timedelta(seconds=130),
    )

    answers = [begin(api), begin(client_of(stranger))]

    assert [answer.status_code for answer in answers] == [503, 503]
    assert [answer.json()["code"] for answer in answers] == ["codes-flooded"] * 2
    assert all(100 < int(answer["Retry-After"]) <= 130 for answer in answers)
    assert (Login.rows.count(), broker.take()) == (1, [])


def test_a_flood_holds_for_its_account_and_its_time_only(api, seller, broker):
    for account, ended_s in ((EMAIL, 1), ("other@example.kz", -130)):
        make_login(
            user=seller,
            account=account,
            state=LoginState.FAILED,
            reason="codes-flooded",
            retry_at=timezone.now() - timedelta(seconds=ended_s),
        )

    assert begin(api).status_code == 202


def test_a_login_whose_browser_is_gone_ends_with_a_reason_and_makes_room(api, seller, broker):
    login = make_login(user=seller, state=LoginState.CODE_NEEDED, expires_at=NOW)

    logins.expire_logins(now=NOW)

    document = api.get(f"/kaspi/auth/{login.pk}").json()
    late = api.post(f"/kaspi/auth/{login.pk}/code", {"code": "123456"})
    assert (document["state"], document["reason"]) == ("failed", "login-expired")
    assert "start again" in document["detail"]
    assert (late.status_code, late.json()["code"]) == (409, "login-not-asking")
    assert begin(api).status_code == 202
