import json

import pytest

pytestmark = pytest.mark.db

HUGE = "9" * 25


@pytest.mark.parametrize(
    ("method", "address", "code"),
    [
        ("delete", f"/auth/api-keys/{HUGE}", "api-key-missing"),
        ("delete", f"/auth/sessions/{HUGE}", "sign-in-missing"),
        ("delete", f"/auth/team/{HUGE}", "helper-missing"),
        ("delete", f"/auth/sellers/{HUGE}", "seller-missing"),
    ],
)
def test_an_id_that_nothing_could_have_is_not_there(api, method, address, code):
    response = getattr(api, method)(address)

    assert (response.status_code, response.json()["code"]) == (404, code)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        (f"actor_id={HUGE}", 200),
        ("actor_id=1e400", 422),
        ("actor_id=1.5", 200),
        ("actor_id=NaN", 422),
        ("actor_id=one", 422),
        ("action=%00", 422),
        ("subject_id=%ED%A0%80", 200),
        ("since=yesterday", 422),
        ("since=0001-01-01T00:00:00%2B14:00", 200),
        ("before=9999-12-31T23:59:59-14:00", 200),
        ("cursor=made-up", 404),
    ],
)
def test_the_audit_is_asked_nonsense(api, query, status):
    response = api.get(f"/audit?{query}")

    assert (response.status_code, response.json().get("results")) == (
        status,
        [] if status == 200 else None,
    )


@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("/auth/password/reset", {"email": "a\x00@example.kz"}),
        ("/auth/password/reset", {"email": "\ud800@example.kz"}),
        ("/auth/email/verify", {"token": "\x00"}),
        ("/auth/email/verify", {"token": "x" * 201}),
        ("/auth/email/verify", {"token": ["x"]}),
        ("/auth/team/accept", {"token": "\ud800"}),
        ("/auth/team", {"email": "a@example.kz", "role": "admin"}),
        ("/auth/team", {"email": "a@example.kz", "role": ["viewer"]}),
        ("/auth/api-keys", {"name": "\x00", "scope": "read"}),
        ("/auth/api-keys", {"name": "x" * 81, "scope": "read"}),
        ("/auth/api-keys", {"name": "x", "scope": {"read": True}}),
        ("/auth/password/change", {"current": "\ud800", "password": "\ud800-price-2027"}),
        ("/auth/login", {"email": "a@example.kz", "password": "\ud800"}),
    ],
    ids=lambda value: str(value).encode("ascii", "backslashreplace").decode()[:40],
)
def test_nonsense_in_a_body_is_a_problem(api, address, body):
    response = api.generic("POST", address, json.dumps(body), content_type="application/json")

    assert response.status_code == 422
    assert response["Content-Type"] == "application/problem+json"


def test_a_device_may_call_itself_anything(api):
    response = api.get("/auth/sessions", HTTP_USER_AGENT="\ud800\x00" * 100)

    assert response.status_code == 200
