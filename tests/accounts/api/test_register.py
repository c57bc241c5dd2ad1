from datetime import datetime

import pytest

from accounts.models import User

pytestmark = pytest.mark.db

GOOD = {"email": "Aigerim@Example.KZ", "password": "fair-price-2026", "name": "Aigerim"}


def register(client, **changes):
    body = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    return client.post("/auth/register", body)


def test_a_seller_registers(db, anyone):
    response = register(anyone)

    user = User.objects.get()
    assert response.status_code == 201
    assert response["Content-Type"] == "application/json"
    assert response.json() == {
        "id": user.pk,
        "email": "Aigerim@example.kz",
        "name": "Aigerim",
        "role": "user",
        "joined_at": response.json()["joined_at"],
        "email_proved_at": None,
    }
    assert datetime.fromisoformat(response.json()["joined_at"]) == user.joined_at


def test_a_password_is_kept_as_bcrypt_of_cost_12(db, anyone):
    register(anyone)

    user = User.objects.get()
    assert user.password.startswith("bcrypt_sha256$$2b$12$")
    assert user.check_password("fair-price-2026")


def test_a_name_may_be_left_out(db, anyone):
    response = register(anyone, name=None)

    assert (response.status_code, response.json()["name"]) == (201, "")


@pytest.mark.parametrize("email", ["seller@example.kz", "SELLER@example.kz", "Seller@EXAMPLE.KZ"])
def test_an_email_belongs_to_one_account_whatever_its_case(seller, anyone, email):
    response = register(anyone, email=email, name="Somebody else")

    assert (response.status_code, response.json()["code"]) == (409, "email-taken")
    assert list(User.objects.all()) == [seller]
    assert User.objects.get().name == "Seller"


@pytest.mark.parametrize(
    "password",
    ["short", "password123", "8412905571", "aigerim@example"],
    ids=["short", "common", "digits", "like the e-mail"],
)
def test_a_weak_password_is_refused(db, anyone, password):
    response = register(anyone, password=password)

    assert (response.status_code, response.json()["code"]) == (422, "weak-password")
    assert User.objects.count() == 0


def test_an_unknown_field_is_refused(db, anyone):
    response = register(anyone, role="ADMIN")

    assert (response.status_code, response.json()["code"]) == (422, "unknown-field")
    assert [fault["field"] for fault in response.json()["errors"]] == ["role"]
    assert User.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"password": 1234567890}, "password", "invalid"),
        ({"password": ["fair-price-2026"]}, "password", "invalid"),
        ({"password": "p" * 129}, "password", "max_length"),
        ({"password": "fair\0price-2026"}, "password", "null_characters_not_allowed"),
        ({"password": ""}, "password", "blank"),
        ({"name": {"first": "A"}}, "name", "invalid"),
        ({"email": "not an address"}, "email", "invalid"),
        ({"email": ["a@example.kz"]}, "email", "invalid"),
        ({"email": "a" * 250 + "@example.kz"}, "email", "max_length"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_a_wrong_type_or_shape_names_its_field(db, anyone, changes, field, code):
    response = register(anyone, **changes)

    fault = response.json()["errors"][0]
    assert (response.status_code, fault["field"], fault["code"]) == (422, field, code)
    assert User.objects.count() == 0


def test_every_missing_field_is_named_at_once(db, anyone):
    response = anyone.post("/auth/register", {})

    assert response.status_code == 422
    assert [(fault["field"], fault["code"]) for fault in response.json()["errors"]] == [
        ("email", "required"),
        ("password", "required"),
    ]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "malformed-body"),
        (b"\xff\xfe", 400, "malformed-body"),
        (b'{"email": NaN}', 400, "malformed-body"),
        (b"[" * 100_000, 400, "malformed-body"),
        (b'{"a": ' + b"9" * 5_000 + b"}", 400, "malformed-body"),
        (b'["a@example.kz"]', 422, "invalid"),
        (b'"a@example.kz"', 422, "invalid"),
        (b"null", 422, "invalid"),
        (b"", 422, "invalid"),
        (b'{"\\ud800": 1}', 422, "invalid"),
        (b'{"name": "' + b"a" * 3_000_000 + b'"}', 400, "malformed-request"),
    ],
    ids=lambda value: value[:12].decode("latin-1") if isinstance(value, bytes) else None,
)
def test_an_unreadable_body_is_a_problem(db, anyone, body, status, code):
    response = anyone.generic("POST", "/auth/register", body, content_type="application/json")

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response["Content-Type"] == "application/problem+json"
    assert User.objects.count() == 0


@pytest.mark.parametrize("content_type", ["text/csv", "application/x-www-form-urlencoded", ""])
def test_only_json_is_read(db, anyone, content_type):
    response = anyone.generic("POST", "/auth/register", b"email=a", content_type=content_type)

    assert (response.status_code, response.json()["code"]) == (415, "unsupported-media-type")
    assert response["Content-Type"] == "application/problem+json"
