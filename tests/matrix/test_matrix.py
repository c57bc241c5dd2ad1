"""Every address by everybody: what they get and see, what changes, and that it is audited."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.conf import settings as django_settings
from django.db import transaction
from django.http import HttpResponseBase
from django.test import TestCase
from django.urls import URLPattern, URLResolver, get_resolver
from redis import Redis
from rest_framework.test import APIClient

from accounts.models import AuditEntry, Scope, TeamRole, User
from tests.factories import make_helper, make_operator, make_user
from tests.matrix.rows import CALLERS, HELPERS, OUTSIDERS, Row
from tests.matrix.rows_of_accounts import ROWS as ACCOUNTS
from tests.matrix.rows_of_ai import ROWS as ASSISTANTS
from tests.matrix.rows_of_billing import ROWS as BILLING
from tests.matrix.rows_of_news import ROWS as NEWS
from tests.matrix.rows_of_preorders import ROWS as PREORDERS
from tests.matrix.rows_of_products import ROWS as PRODUCTS
from tests.matrix.rows_of_stores import ROWS as STORES
from tests.matrix.rows_of_whatsapp import ROWS as WHATSAPP
from tests.matrix.world import (
    Rows,
    Things,
    bearer,
    everything_of,
    make_card,
    make_things,
    with_password,
)

ROWS = [*ACCOUNTS, *BILLING, *NEWS, *STORES, *PRODUCTS, *PREORDERS, *WHATSAPP, *ASSISTANTS]
AUDIT = AuditEntry._meta.label
METHODS = ("get", "post", "put", "patch", "delete")
# What has no caller: pages and signs of life, and a price list, whose address is the secret.
WITHOUT_CALLER = {
    *("admin", "limits", "schema", "docs", "redoc", "health-live", "health-ready", "metrics"),
    "price-list-feed",
}


def endpoints(patterns) -> Iterator[str]:
    """Give every method of every address outside the admin site."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver) and str(pattern.pattern) != "admin/":
            yield from endpoints(pattern.url_patterns)
        elif isinstance(pattern, URLPattern):
            name = pattern.name or str(pattern.pattern)
            view = getattr(pattern.callback, "view_class", None)
            known = [method for method in METHODS if hasattr(view, method)] or ["?"]
            if name not in WITHOUT_CALLER:
                yield from (f"{method.upper()} {name}" for method in known)


@pytest.mark.unit
def test_every_method_of_every_address_has_its_row():
    rows = sorted(row.id for row in ROWS)

    assert rows == sorted(endpoints(get_resolver().url_patterns))


@dataclass(frozen=True, slots=True)
class World:
    """The two sellers, and what each caller says to be let in."""

    seller: Things
    stranger: Things
    said: dict[str, str]

    def client(self, who: str) -> APIClient:
        client = APIClient()
        if who in self.said:
            client.credentials(HTTP_AUTHORIZATION=self.said[who])
        return client


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one attempt, which then was taken back."""

    status: int
    has_changed: bool
    is_audited: bool
    ids: frozenset[int]


@pytest.fixture
def world(db, settings) -> World:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.WAHA_LAYOUT = "shared"
    settings.TIPTOPPAY_URL = "http://127.0.0.1:9"  # where nobody answers
    settings.TIPTOPPAY_PUBLIC_ID, settings.TIPTOPPAY_API_SECRET = "test_api", "a-secret"
    settings.EVENT_STREAM_S = 0.0  # a stream shows what there is, and ends
    with Redis.from_url(django_settings.REDIS_URL) as redis:
        for key in redis.scan_iter("tries:*"):
            redis.delete(key)
    market = make_card()
    seller = make_things(email="seller@example.kz", market=market)
    stranger = make_things(email="stranger@example.kz", market=market)
    said = {
        "the seller": bearer(seller.user),
        "the seller, blocked": bearer(seller.user),
        "a stranger": bearer(stranger.user),
        "an operator": bearer(with_password(make_operator())),
        "a reading key": f"Api-Key {seller.keys[Scope.READ.value]}",
        "a writing key": f"Api-Key {seller.keys[Scope.WRITE.value]}",
    }
    for role in TeamRole:
        helper = with_password(make_user(name="Helper"))
        make_helper(seller=seller.user, role=role, helper=helper)
        said[HELPERS[role]] = bearer(helper)
    return World(seller, stranger, said)


def attempt(world: World, row: Row, who: str, before: Rows) -> Outcome:
    """Let somebody try, see what came of it, and take it back."""
    with transaction.atomic():
        if who == "the seller, blocked":
            User.objects.filter(pk=world.seller.user.pk).update(is_active=False)
            before = everything_of(world.seller.user)
        with TestCase.captureOnCommitCallbacks() as ordered:
            answer = row.send(world.client(who), world.seller)
            read(answer)
        after = everything_of(world.seller.user)
        transaction.set_rollback(True)
    is_refused = answer.status_code >= 400
    return Outcome(
        status=answer.status_code,
        has_changed=before != after or (is_refused and bool(ordered)),
        is_audited=before[AUDIT] != after[AUDIT],
        ids=ids_in(answer),
    )


def read(answer: HttpResponseBase) -> None:
    """Read a file that is sent in pieces to its end, while there is a database to read."""
    if answer.streaming:
        list(answer)


def ids_in(answer) -> frozenset[int]:
    """The rows of a list."""
    if answer.streaming or not answer.content or answer["Content-Type"] != "application/json":
        return frozenset()
    body = answer.json()
    rows = body.get("results", []) if isinstance(body, dict) else []
    return frozenset(one["id"] for one in rows if "id" in one)


@pytest.mark.db
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_everybody_gets_what_is_theirs(world, row):
    before = everything_of(world.seller.user)

    outcomes = {who: attempt(world, row, who, before) for who in CALLERS}

    assert {who: outcome.status for who, outcome in outcomes.items()} == row.statuses()
    assert {who for who, outcome in outcomes.items() if outcome.has_changed} == row.changers()
    assert {who for who, outcome in outcomes.items() if outcome.is_audited} == row.changers()
    seen = outcomes["the seller"].ids
    assert [who for who in OUTSIDERS if outcomes[who].ids & seen] == []
