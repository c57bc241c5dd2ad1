from datetime import timedelta
from uuid import uuid4

import pytest

from kaspi.models import Attention, Job, JobState, Login, LoginState, SessionState
from tests.factories import NOW, make_job, make_login, make_session, make_store

pytestmark = pytest.mark.db


def test_connecting_answers_at_once_with_a_login_to_follow(api, broker):
    response = api.post("/kaspi/auth", {"email": "shop@example.kz", "password": "Kaspi-2026"})

    login = Login.rows.get()
    document = response.json()
    assert response.status_code == 202
    assert (document["id"], document["state"], document["reason"]) == (
        str(login.pk),
        "working",
        "",
    )
    assert "Kaspi-2026" not in response.content.decode()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "shop@example.kz"}, "password"),
        ({"email": "no address", "password": "x"}, "email"),
        ({"email": "shop@example.kz", "password": 5}, "password"),
        ({"email": "shop@example.kz", "password": "x", "phone": "1"}, "phone"),
        ({"phone": "+7 701 000 00 01", "password": "x"}, "password"),
    ],
)
def test_a_bad_body_names_the_field_and_starts_nothing(api, body, field):
    response = api.post("/kaspi/auth", body)

    assert response.status_code == 422
    assert [error["field"] for error in response.json()["errors"]] == [field]
    assert not Login.rows.exists()


def test_a_second_login_with_the_same_account_is_a_conflict(api, seller):
    make_login(user=seller, expires_at=NOW.replace(year=2099))

    response = api.post("/kaspi/auth", {"email": "shop@example.kz", "password": "x"})

    assert (response.status_code, response.json()["code"]) == (409, "login-under-way")


def test_a_failed_login_says_what_to_do(api, seller):
    login = make_login(
        user=seller,
        state=LoginState.FAILED,
        reason="codes-flooded",
        detail="Codes were asked for too often: wait, then log in again.",
        retry_at=NOW + timedelta(seconds=130),
    )

    document = api.get(f"/kaspi/auth/{login.pk}").json()

    assert (document["state"], document["reason"], document["retry_at"]) == (
        "failed",
        "codes-flooded",
        "2026-03-02T09:02:10Z",
    )


def test_a_code_is_taken_only_while_one_is_asked_for(api, seller):
    login = make_login(user=seller, state=LoginState.CODE_NEEDED, expires_at=NOW.replace(year=2099))

    first = api.post(f"/kaspi/auth/{login.pk}/code", {"code": "123456"})
    second = api.post(f"/kaspi/auth/{login.pk}/code", {"code": "123456"})

    assert (first.status_code, first.json()["state"]) == (202, "working")
    assert (second.status_code, second.json()["code"]) == (409, "login-not-asking")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/kaspi/auth/{login}"),
        ("post", "/kaspi/auth/{login}/code"),
        ("post", "/kaspi/auth/{login}/merchant"),
        ("get", "/kaspi/jobs/{job}"),
        ("get", "/kaspi/stores/{store}"),
    ],
)
def test_what_belongs_to_another_seller_does_not_exist(api, stranger, method, path):
    store = make_store(user=stranger)
    login = make_login(user=stranger, state=LoginState.CODE_NEEDED)
    job = make_job(store=store)
    bodies = {"code": {"code": "123456"}, "merchant": {"merchant_id": "1"}}

    response = getattr(api, method)(
        path.format(login=login.pk, job=job.pk, store=store.pk), bodies.get(path.split("/")[-1])
    )

    assert response.status_code == 404
    login.refresh_from_db()
    assert login.state == LoginState.CODE_NEEDED


def test_an_id_that_never_was_does_not_exist(api):
    assert api.get(f"/kaspi/auth/{uuid4()}").status_code == 404


def test_stores_say_why_they_stand_still(api, seller, stranger):
    make_store(user=stranger)
    session = make_session(user=seller, state=SessionState.NEEDS_REAUTH)
    make_store(user=seller, session=session, attention=Attention.WRONG_PASSWORD)

    [store] = api.get("/kaspi/stores").json()["results"]

    assert (store["is_connected"], store["attention"], store["attention_detail"]) == (
        False,
        "wrong-password",
        "Kaspi refused the password: log in with the right one",
    )


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_of_stores_costs_the_same_whatever_its_length(
    api, seller, number, django_assert_num_queries
):
    for _ in range(number):
        make_store(user=seller)

    with django_assert_num_queries(6):
        api.get("/kaspi/stores")


def test_a_sync_answers_with_a_job_and_its_progress_can_be_read(api, seller, broker):
    make_store(user=seller)

    response = api.post("/kaspi/stores/sync", {})
    Job.rows.update(
        state=JobState.DONE,
        done=250,
        total=250,
        started_at=NOW,
        finished_at=NOW + timedelta(seconds=10),
    )
    document = api.get(f"/kaspi/jobs/{response.json()['id']}").json()

    assert response.status_code == 202
    assert (document["state"], document["done"], document["total"]) == ("done", 250, 250)
    assert (document["rate_per_s"], document["eta_s"]) == (25.0, None)


def test_no_answer_ever_holds_a_cookie_or_a_password(api, seller):
    make_store(user=seller)
    login = make_login(user=seller)

    answers = [api.get("/kaspi/stores"), api.get(f"/kaspi/auth/{login.pk}")]

    for answer in answers:
        assert not {"jar", "password", "answer", "cookies"} & set(
            answer.content.decode().split('"')
        )


@pytest.mark.parametrize("store_id", ["5", 1.0, True, -1], ids=repr)
def test_a_store_is_named_by_a_number_and_nothing_like_it(api, seller, store_id):
    make_store(user=seller)

    response = api.post("/kaspi/stores/sync", {"store_id": store_id})

    assert response.status_code == 422
    assert not Job.rows.exists()
