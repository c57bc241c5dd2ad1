"""The price list at its address, over HTTP."""

import gzip
import logging
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from cube_demper.kernel.logs import hide_secret_paths
from cube_demper.kernel.money import Money
from kaspi.models import PriceList
from kaspi.price_list.rules import check
from products.models import PriceListEntry
from tests.factories import make_claimed_store, make_entry, make_market, make_product

pytestmark = pytest.mark.db


@pytest.fixture
def store(seller):
    store = make_claimed_store(user=seller)
    make_entry(product=make_product(store=store, market=make_market()))
    return store


@pytest.fixture
def address(store):
    return f"/kaspi/feed/{store.price_list.secret.reveal()}.xml"


def fetch(address: str, **headers: str) -> Any:
    """Ask for it and take all of it, as whoever asks does."""
    response: Any = Client().get(address, headers=headers)
    response.body = response.getvalue()
    return response


def test_anybody_with_the_address_is_served(address):
    response = fetch(address, accept="text/xml")

    body = response.body
    assert (response.status_code, response["Content-Type"]) == (
        200,
        "application/xml; charset=utf-8",
    )
    assert list(check([body])) == []
    assert response["Content-Length"] == str(len(body))
    assert response["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br", "gzip"),
        ("br;q=1.0, gzip;q=0.5", "gzip"),
        ("*", "gzip"),
        ("gzip;q=0", None),
        ("identity", None),
        ("", None),
    ],
)
def test_it_is_packed_for_whoever_takes_it(address, accepted, encoding):
    plain = fetch(address).body

    response = fetch(address, accept_encoding=accepted)

    body = response.body
    assert response.get("Content-Encoding") == encoding
    assert (gzip.decompress(body) if encoding else body) == plain
    assert (response["Content-Length"], response["Vary"]) == (
        str(len(body)),
        "Accept-Encoding, origin",
    )


@pytest.mark.parametrize("accepted", ["gzip", "identity"])
def test_who_has_it_already_is_told_so(address, accepted):
    first = fetch(address, accept_encoding=accepted)

    again = fetch(address, accept_encoding=accepted, if_none_match=first["ETag"])
    since = fetch(address, accept_encoding=accepted, if_modified_since=first["Last-Modified"])

    assert [(one.status_code, one.body, one["ETag"]) for one in (again, since)] == [
        (304, b"", first["ETag"])
    ] * 2


def test_who_has_an_older_one_is_served(address):
    first = fetch(address)
    PriceListEntry.rows.update(stated_price=Money.tenge(989))

    second = fetch(address, if_none_match=first["ETag"])

    assert second.status_code == 200
    assert b"<price>989</price>" in second.body
    assert second["ETag"] != first["ETag"]


def test_packed_and_plain_have_names_of_their_own(address):
    plain, packed = fetch(address), fetch(address, accept_encoding="gzip")

    assert plain["ETag"] != packed["ETag"]


@pytest.mark.parametrize("accepted", ["gzip", "identity"])
def test_a_head_says_what_a_fetch_would_bring(address, accepted):
    fetched = fetch(address, accept_encoding=accepted)
    before = PriceList.rows.get().fetched_at

    head = Client().head(address, headers={"accept-encoding": accepted})

    names = ("ETag", "Last-Modified", "Content-Length", "Content-Type", "Vary")
    assert (head.status_code, head.content) == (200, b"")
    assert [head[name] for name in names] == [fetched[name] for name in names]
    assert PriceList.rows.get().fetched_at == before


def test_a_fetch_is_shown_to_the_seller(api, store, address):
    fetch(address, user_agent="Kaspi/1.0")

    document = api.get(f"/kaspi/stores/{store.pk}/price-list").json()

    assert document["fetched_by"] == "Kaspi/1.0"
    assert document["fetched_at"] is not None
    assert document["address"] == f"http://testserver{address}"


@pytest.mark.parametrize("key", ["a", "A" * 43, "%00", "ключ"])
def test_a_wrong_address_is_a_404_that_tells_nothing(address, key):
    response = fetch(f"/kaspi/feed/{key}.xml")

    assert (response.status_code, response.json()["code"]) == (404, "price-list-missing")


def test_every_wrong_address_is_looked_up_the_same_way(address, django_assert_num_queries):
    for wrong in ("a", address[12:-5], "A" * 43):
        with django_assert_num_queries(1):
            fetch(f"/kaspi/feed/{wrong}.xml")


def test_a_rotated_address_is_dead_at_once(api, store, address):
    rotated = api.post(f"/kaspi/stores/{store.pk}/price-list/rotate").json()["address"]

    old, new = fetch(address), fetch(rotated.removeprefix("http://testserver"))

    assert (old.status_code, new.status_code) == (404, 200)


def test_a_catalogue_that_was_never_read_is_a_503(address):
    PriceList.rows.update(stated_at=None)

    response = fetch(address)

    assert (response.status_code, response.json()["code"]) == (503, "price-list-not-ready")


def test_a_database_that_dies_is_a_503_and_no_half_document(address):
    def fail(execute, sql, *rest):
        if "products_pricelistentry" in sql:
            raise OperationalError("gone")
        return execute(sql, *rest)

    with connection.execute_wrapper(fail):
        response = fetch(address)

    assert (response.status_code, response.json()["code"]) == (503, "database-unavailable")


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_it_is_only_read(address, method):
    assert getattr(Client(), method)(address).status_code == 405


def test_the_address_is_in_no_log(address):
    line = f"Service Unavailable: {address}?x=1"

    event = hide_secret_paths(logging, "error", {"event": line, "path": address, "status": 503})

    assert event == {
        "event": "Service Unavailable: /kaspi/feed/…?x=1",
        "path": "/kaspi/feed/…",
        "status": 503,
    }


def test_a_blocked_sellers_list_is_not_served_until_they_may_come_again(address, seller):
    answers = []

    for is_active in (False, True):
        seller.is_active = is_active
        seller.save()
        answers += [fetch(address).status_code, Client().head(address).status_code]

    assert answers == [404, 404, 200, 200]
