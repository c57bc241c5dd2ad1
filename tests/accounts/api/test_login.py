from typing import Any, ClassVar

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.utils import timezone
from typing_extensions import override

from accounts.models import SignIn, User
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.db


def log_in(client, email="seller@example.kz", password=PASSWORD):
    return client.post("/auth/login", {"email": email, "password": password})


def test_the_right_password_opens_the_api(seller, anyone, client_of):
    before = timezone.now()
    response = log_in(anyone)

    assert response.status_code == 200
    assert sorted(response.json()) == ["access", "refresh"]
    anyone.credentials(HTTP_AUTHORIZATION=f"Bearer {response.json()['access']}")
    assert anyone.get("/auth/me").json()["id"] == seller.pk
    assert User.objects.filter(last_login__range=(before, timezone.now())).exists()


@pytest.mark.parametrize("email", ["SELLER@EXAMPLE.KZ", " seller@example.kz "])
def test_the_case_of_an_email_and_space_around_it_do_not_matter(seller, anyone, email):
    assert log_in(anyone, email=email).status_code == 200


def test_an_address_that_only_looks_alike_opens_its_own_account(seller, anyone, client_of):
    make_user(email="\u017feller@example.kz", name="Long s")

    access = log_in(anyone).json()["access"]

    anyone.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    assert anyone.get("/auth/me").json()["id"] == seller.pk


def test_an_unknown_email_a_wrong_password_and_a_blocked_user_look_the_same(seller, anyone):
    make_user(email="blocked@example.kz", is_active=False)

    answers = [
        log_in(anyone, email="nobody@example.kz"),
        log_in(anyone, password="unfair-price-2026"),
        log_in(anyone, email="blocked@example.kz"),
    ]

    assert [answer.status_code for answer in answers] == [401, 401, 401]
    assert [answer.json() for answer in answers] == [
        {
            "type": "https://cube-demper.kz/problems/wrong-credentials",
            "title": "The e-mail or the password is wrong.",
            "status": 401,
            "detail": "The e-mail or the password is wrong.",
            "code": "wrong-credentials",
        }
    ] * 3


def test_a_refused_login_is_not_a_last_login(seller, anyone):
    log_in(anyone, password="unfair-price-2026")

    assert User.objects.get().last_login is None


def test_spaces_belong_to_a_password(seller, anyone):
    assert log_in(anyone, password=f" {PASSWORD} ").status_code == 401


def test_a_long_password_counts_to_its_end(db, anyone):
    long = "fair-price-" * 10
    anyone.post("/auth/register", {"email": "a@example.kz", "password": long + "2026"})

    assert log_in(anyone, email="a@example.kz", password=long + "2027").status_code == 401


class SlowHasher(MD5PasswordHasher):
    """Takes so long that something happens to the user meanwhile."""

    algorithm = "slow"
    meanwhile: ClassVar[dict[str, Any]] = {}

    @override
    def verify(self, password, encoded):
        User.objects.update(**self.meanwhile)
        return super().verify(password, encoded)


@pytest.mark.parametrize("meanwhile", [{"password": "another"}, {"is_active": False}], ids=str)
def test_what_happens_while_a_password_is_looked_at_counts(seller, anyone, settings, meanwhile):
    settings.PASSWORD_HASHERS = [f"{__name__}.SlowHasher"]
    SlowHasher.meanwhile = meanwhile
    seller.set_password(PASSWORD)
    seller.save()

    response = log_in(anyone)

    assert (response.status_code, response.json()["code"]) == (401, "wrong-credentials")
    assert SignIn.rows.count() == 0


def test_a_login_with_an_unknown_field_is_refused(seller, anyone):
    response = anyone.post(
        "/auth/login", {"email": seller.email, "password": PASSWORD, "remember": True}
    )

    assert (response.status_code, response.json()["code"]) == (422, "unknown-field")
