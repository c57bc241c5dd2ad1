"""What nobody should send, over HTTP, at addresses that write: a problem, and nothing written."""

from collections.abc import Iterator

import httpx
import pytest
from django.conf import settings as django_settings
from django.db import transaction
from redis import Redis

from accounts.models import User
from tests.matrix.world import Things, bearer, everything_of, make_card, make_things

pytestmark = pytest.mark.db

JSON = "application/json"
DEEP = 100_000
HUGE = b'{"name": "' + b"a" * 3_000_000 + b'"}'

# Unreadable wherever it goes: name → body, type, status, code.
UNREADABLE: dict[str, tuple[bytes, str, int, str]] = {
    "brackets": (b"[" * DEEP + b"]" * DEEP, JSON, 400, "malformed-body"),
    "braces": (b'{"a":' * DEEP + b"1" + b"}" * DEEP, JSON, 400, "malformed-body"),
    "a name twice": (b'{"name": "a", "name": "b"}', JSON, 400, "malformed-body"),
    "a name twice within": (b'{"changes": {"a": 1, "\\u0061": 2}}', JSON, 400, "malformed-body"),
    "not UTF-8": (b'{"name": "\xff\xfe"}', JSON, 400, "malformed-body"),
    "UTF-16": ('{"name": "a"}'.encode("utf-16"), JSON, 400, "malformed-body"),
    "another encoding": (b'{"name": "\xe9"}', f"{JSON}; charset=latin-1", 400, "malformed-body"),
    "no encoding at all": (b"{", f"{JSON}; charset=made-up", 400, "malformed-body"),
    "not a number": (b'{"floor_tiyn": NaN}', JSON, 400, "malformed-body"),
    "too many digits": (b'{"floor_tiyn": ' + b"9" * 5000 + b"}", JSON, 400, "malformed-body"),
    "half of it": (b'{"name": ', JSON, 400, "malformed-body"),
    "huge": (HUGE, JSON, 400, "malformed-request"),
    "a form": (b"name=a", "application/x-www-form-urlencoded", 415, "unsupported-media-type"),
    "XML": (b"<name/>", "application/xml", 415, "unsupported-media-type"),
    "nothing said": (b'{"name": "a"}', "", 415, "unsupported-media-type"),
    "a list": (b"[]", JSON, 422, "invalid"),
    "a text": (b'"a"', JSON, 422, "invalid"),
}
WRITING = {
    "register": ("POST", "/auth/register"),
    "API keys": ("POST", "/auth/api-keys"),
    "store": ("PATCH", "/kaspi/stores/{store}"),
    "login to Kaspi": ("POST", "/kaspi/auth"),
    "product": ("PATCH", "/products/{product}"),
    "bulk edit": ("POST", "/products/bulk-update"),
    "rules": ("PATCH", "/products/rules"),
}
# Readable, and wrong for one reason.
WRONG: dict[str, tuple[str, str, bytes]] = {
    "NUL in a name": ("PATCH", "/auth/me", b'{"name": "a\\u0000b"}'),
    "half a character in a name": ("PATCH", "/auth/me", b'{"name": "\\ud800"}'),
    "half a character as a field": ("PATCH", "/auth/me", b'{"\\udfff": 1}'),
    "NUL in a store's name": ("PATCH", "/kaspi/stores/{store}", b'{"name": "\\u0000"}'),
    "half a character there": ("PATCH", "/kaspi/stores/{store}", b'{"name": "\\udc00"}'),
    "a price over 64 bits": (
        *("PATCH", "/products/{product}"),
        b'{"floor_tiyn": 36893488147419103232, "ceiling_tiyn": 36893488147419103300}',
    ),
    "a price below them": ("PATCH", "/products/{product}", b'{"floor_tiyn": -9223372036854775809}'),
    "an id over 64 bits": (
        *("POST", "/products/bulk-update"),
        b'{"ids": [36893488147419103232], "changes": {"is_paused": true}}',
    ),
    "a webhook with NUL": ("POST", "/webhooks", b'{"url": "https://example.com/\\u0000"}'),
}
READING = {
    "/products?cursor=made-up": 404,
    "/products?cursor=%FF%FE": 404,
    "/products?cursor=" + "A" * 3000: 422,
    "/audit?cursor=cD05OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5": 404,  # a number of 25 digits
    "/audit?since=10000-01-01T00:00:00Z": 422,
    "/audit?before=2026-02-30": 422,
    "/products/{product}/history?cursor=cD0nOyBEUk9QIFRBQkxF": 404,  # '; DROP TABLE
}


@pytest.fixture
def things(transactional_db, settings) -> Things:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with Redis.from_url(django_settings.REDIS_URL) as redis:
        for key in redis.scan_iter("tries:*"):
            redis.delete(key)
    with transaction.atomic():
        return make_things(email="seller@example.kz", market=make_card())


@pytest.fixture
def seller(things, live_server) -> Iterator[httpx.Client]:
    said = {"Authorization": bearer(things.user)}
    with httpx.Client(base_url=live_server.url, headers=said, timeout=20) as client:
        client.get("/auth/me").raise_for_status()  # what notes that a device is in use
        yield client


def told(answer: httpx.Response) -> tuple[int, str, str]:
    code = answer.json()["code"]
    return answer.status_code, answer.headers["Content-Type"], code


def address_of(address: str, things: Things) -> str:
    return address.format(store=things.store, product=things.product)


def test_what_cannot_be_read_is_a_problem_at_every_address_that_writes(seller, things):
    before = everything_of(things.user), User.objects.count()
    expected, answers = {}, {}

    for place, (method, address) in WRITING.items():
        for name, (body, kind, status, code) in UNREADABLE.items():
            answer = seller.request(
                *(method, address_of(address, things)), content=body, headers={"Content-Type": kind}
            )
            answers[place, name] = told(answer)
            expected[place, name] = (status, "application/problem+json", code)

    assert answers == expected
    assert (everything_of(things.user), User.objects.count()) == before


def test_what_is_out_of_range_is_a_problem(seller, things):
    before = everything_of(things.user)

    answers = {
        name: told(
            seller.request(
                *(method, address_of(address, things)), content=body, headers={"Content-Type": JSON}
            )
        )[:2]
        for name, (method, address, body) in WRONG.items()
    }

    assert answers == dict.fromkeys(WRONG, (422, "application/problem+json"))
    assert everything_of(things.user) == before


def test_cursors_of_strangers_and_days_that_never_come_are_problems(seller, things):
    answers = {address: told(seller.get(address_of(address, things)))[:2] for address in READING}

    assert answers == {
        address: (status, "application/problem+json") for address, status in READING.items()
    }
