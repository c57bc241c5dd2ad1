import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.test import Client
from rest_framework.test import APIClient
from typing_extensions import override

from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.db

HOME, ELSEWHERE = "198.51.100.7", "203.0.113.9"
WRONG = "unfair-price"


class CountingHasher(PBKDF2PasswordHasher):
    """Counts how often a password is looked at, and looks quickly."""

    iterations = 1
    looked = 0

    @override
    def encode(self, password, salt, iterations=None):
        type(self).looked += 1
        return super().encode(password, salt, iterations)


@pytest.fixture
def hashing(settings):
    """A hasher that is quick, and counts."""
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    CountingHasher.looked = 0
    return CountingHasher


@pytest.fixture
def owner(db, hashing):
    user = make_user(email="seller@example.kz", password="")
    user.set_password(PASSWORD)
    user.save()
    hashing.looked = 0
    return user


def log_in(client, email="seller@example.kz", password=WRONG, address=HOME):
    body = {"email": email, "password": password}
    return client.post("/auth/login", body, REMOTE_ADDR=address)


def statuses(times, **said):
    return [log_in(APIClient(), **said).status_code for _ in range(times)]


@pytest.mark.parametrize("email", ["seller@example.kz", "nobody@example.kz"])
def test_after_five_failures_an_address_waits_and_is_told_how_long(owner, hashing, email):
    assert statuses(5, email=email) == [401] * 5

    refused = log_in(APIClient(), email=email)

    assert (refused.status_code, refused.json()["code"]) == (429, "too-many-tries")
    assert 170 <= int(refused["Retry-After"]) <= 180
    assert hashing.looked == 5


def test_a_password_is_looked_at_once_for_anybody(owner, hashing):
    make_user(email="blocked@example.kz", is_active=False, password=owner.password)
    looked = []

    for email in ("seller@example.kz", "nobody@example.kz", "blocked@example.kz"):
        hashing.looked = 0
        log_in(APIClient(), email=email)
        looked.append(hashing.looked)

    assert looked == [1, 1, 1]


def test_a_stranger_locks_nobody_out_from_elsewhere(owner):
    statuses(6, address=ELSEWHERE)

    assert log_in(APIClient(), password=PASSWORD).status_code == 200


def test_strangers_everywhere_lock_no_known_device_out(owner):
    known = APIClient()
    log_in(known, password=PASSWORD)
    for number in range(51):
        log_in(APIClient(), address=f"203.0.113.{number}")

    unknown = log_in(APIClient(), password=PASSWORD)

    assert (unknown.status_code, log_in(known, password=PASSWORD).status_code) == (429, 200)


def test_a_stranger_on_the_same_network_locks_no_known_device_out(owner):
    known = APIClient()
    log_in(known, password=PASSWORD)
    statuses(6)

    assert log_in(known, password=PASSWORD).status_code == 200


def test_a_known_device_may_not_guess_for_ever(owner):
    known = APIClient()
    log_in(known, password=PASSWORD)

    assert [log_in(known).status_code for _ in range(11)] == [401] * 10 + [429]


def test_a_device_is_known_to_its_own_account_only(owner):
    make_user(email="other@example.kz", password=owner.password)
    known = APIClient()
    log_in(known, email="other@example.kz", password=PASSWORD)

    assert [log_in(known).status_code for _ in range(6)] == [401] * 5 + [429]


def test_a_made_up_cookie_makes_nothing_known(owner):
    liar = APIClient()
    liar.cookies["demper_device"] = "WyJhIiwiYiJd:1tA:made-up"

    assert [log_in(liar).status_code for _ in range(6)] == [401] * 5 + [429]


def test_the_cookie_is_for_logins_only(owner):
    response = log_in(APIClient(), password=PASSWORD)

    cookie = response.cookies["demper_device"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (
        *("/auth/login", True, "Strict"),
    )


def test_logins_that_come_through_cost_nothing(owner):
    assert statuses(8, password=PASSWORD) == [200] * 8


def test_one_address_may_not_try_every_account(owner):
    tried = [log_in(APIClient(), email=f"{number}@example.kz").status_code for number in range(31)]

    assert tried == [401] * 30 + [429]


def test_a_household_counts_as_one_address(owner):
    tried = [
        log_in(APIClient(), address=f"2001:db8:1:2::{number:x}").status_code
        for number in range(1, 7)
    ]

    assert tried == [401] * 5 + [429]


def test_without_redis_nobody_new_comes_in_and_nobody_goes(owner, client_of, settings):
    settings.REDIS_URL = "unix:///nonexistent/valkey.sock?db=0"

    refused = log_in(APIClient(), password=PASSWORD)

    assert (refused.status_code, refused.json()["code"]) == (503, "tries-uncounted")
    assert client_of(owner).get("/auth/me").status_code == 200


def test_registrations_are_counted_by_address(db, hashing, settings):
    settings.REGISTRATIONS_PER_HOUR = 2

    answers = [
        APIClient().post("/auth/register", {"email": f"{n}@example.kz", "password": PASSWORD})
        for n in range(3)
    ]

    assert [one.status_code for one in answers] == [202, 202, 429]
    assert int(answers[-1]["Retry-After"]) > 1700


def test_mails_and_what_was_mailed_are_counted_by_address(db):
    asked = [
        APIClient().post("/auth/password/reset", {"email": f"{n}@example.kz"}) for n in range(11)
    ]
    brought = [APIClient().post("/auth/email/verify", {"token": str(n)}) for n in range(21)]

    assert [one.status_code for one in asked] == [202] * 10 + [429]
    assert [one.status_code for one in brought] == [422] * 20 + [429]


def test_an_open_session_does_not_help_to_find_the_password(owner, client_of):
    client = client_of(owner)
    body = {"current": "unfair-price", "password": "better-price-2027"}

    tried = [client.post("/auth/password/change", body).status_code for _ in range(11)]

    assert tried == [422] * 10 + [429]


def test_the_admins_login_is_counted_too(owner, hashing):
    for _ in range(6):
        page = Client().post("/admin/login/", {"username": owner.email, "password": "unfair"})

    assert b"Too many tries: wait a while." in page.content
    assert hashing.looked == 5
