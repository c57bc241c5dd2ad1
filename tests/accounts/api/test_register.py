import pytest
from django.core import mail

from accounts.hashers import BCrypt12PasswordHasher
from accounts.models import Role, User
from accounts.tasks import send_known
from tests.accounts.mailbox import token_in
from tests.factories import NOW, PASSWORD, make_user

pytestmark = pytest.mark.db

GOOD = {"email": "Aigerim@Example.KZ", "password": "fair-price-2026", "name": "Aigerim"}


def register(client, **changes):
    body = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    return client.post("/auth/register", body)


@pytest.fixture
def hashings(monkeypatch) -> list[str]:
    """The passwords that were hashed, by the hasher itself."""
    hashed: list[str] = []
    encode = BCrypt12PasswordHasher.encode

    def noted(hasher, password, salt):
        hashed.append(password)
        return encode(hasher, password, salt)

    monkeypatch.setattr(BCrypt12PasswordHasher, "encode", noted)
    return hashed


def test_a_seller_registers(db, anyone):
    response = register(anyone)

    user = User.objects.get()
    assert (response.status_code, response.content) == (202, b"")
    assert (user.email, user.name, user.role) == ("Aigerim@example.kz", "Aigerim", Role.USER)
    assert user.email_proved_at is None


def test_a_password_is_kept_as_bcrypt_of_cost_12(db, anyone):
    register(anyone)

    user = User.objects.get()
    assert user.password.startswith("bcrypt_sha256$$2b$12$")
    assert user.check_password("fair-price-2026")


def test_a_name_may_be_left_out(db, anyone):
    response = register(anyone, name=None)

    assert (response.status_code, User.objects.get().name) == (202, "")


@pytest.mark.parametrize("email", ["seller@example.kz", "SELLER@example.kz", "Seller@EXAMPLE.KZ"])
def test_an_email_belongs_to_one_account_whatever_its_case(seller, anyone, email):
    response = register(anyone, email=email, name="Somebody else")

    assert (response.status_code, response.content) == (202, b"")
    assert list(User.objects.all()) == [seller]
    assert User.objects.get().name == "Seller"
    assert User.objects.get().check_password(PASSWORD)


def test_a_known_and_an_unknown_address_get_the_same_answer_after_the_same_work(
    seller, anyone, hashings
):
    answers = [register(anyone, email=email) for email in (seller.email, "new@example.kz")]

    assert [(one.status_code, one.content) for one in answers] == [(202, b"")] * 2
    assert answers[0].headers.keys() == answers[1].headers.keys()
    assert hashings == [GOOD["password"]] * 2


def test_a_known_address_is_mailed_that_it_has_an_account_and_how_to_come_in(
    seller, anyone, broker, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        register(anyone, email=seller.email.upper())
    [order] = broker.take()
    send_known(**order.arguments)

    [letter] = mail.outbox
    reset = {"token": token_in(letter), "password": "better-price-2027"}
    response = anyone.post("/auth/password/reset/confirm", reset)

    assert (order.task, letter.to) == ("accounts.send_known", [seller.email])
    assert response.status_code == 204
    seller.refresh_from_db()
    assert seller.check_password("better-price-2027")


def test_nobody_blocked_is_mailed_that_there_is_an_account(db):
    blocked = make_user(is_active=False)

    send_known(email=blocked.email)

    assert mail.outbox == []


def test_where_proof_is_asked_a_new_account_opens_with_the_answered_mail(db, anyone, settings):
    settings.LOGIN_WANTS_PROOF = True
    register(anyone)
    credentials = {"email": GOOD["email"], "password": GOOD["password"]}

    early = anyone.post("/auth/login", credentials)
    User.objects.update(email_proved_at=NOW)
    proved = anyone.post("/auth/login", credentials)

    assert (early.status_code, early.json()["code"]) == (401, "wrong-credentials")
    assert proved.status_code == 200


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
