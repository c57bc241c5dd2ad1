"""Laws over payloads: whatever comes, it ends as our types or as one of our errors."""

import json
from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaspi.clients import bundle_payloads, payloads
from kaspi.clients.answers import (
    Answer,
    read_bundle,
    read_cabinet,
    read_push,
    read_storefront,
)
from kaspi.clients.login_answers import LoginAnswer, read_login
from kaspi.clients.payloads import RawPage
from kaspi.errors import KaspiError, PayloadUnreadable
from kaspi.ports import Listing, Merchant, OffersPage

pytestmark = pytest.mark.unit

CATALOGUE = json.loads((Path(__file__).parents[1] / "payloads" / "catalogue.json").read_text())
OFFERS: Any = {
    "total": 2,
    "offersCount": 2,
    "deliveryDurationFacetValues": {"TOMORROW": 1},
    "offers": [
        {
            "masterSku": "100200301",
            "merchantId": "87654321",
            "merchantName": "Sample Shop",
            "price": 24500.0,
            "merchantRating": 4.8,
            "merchantReviewsQuantity": 120,
            "preorder": 0,
            "kaspiDelivery": True,
            "deliveryDuration": "TOMORROW",
        },
        {"merchantId": "12345678", "price": 24990, "merchantRating": None, "preorder": 7},
    ],
}
MERCHANTS: Any = {"merchants": [{"uid": "12345678", "name": "Shop"}, {"uid": "2"}]}
FLOOD: Any = {"error": {"code": "MFA_SEND_FLOOD"}, "errorData": {"breakTimeSeconds": 120}}
BUNDLE: Any = {
    "id": "65f0c0ffee00112233445566",
    "items": [{"sku": "A", "id": "1"}, {"sku": "B", "message": "no"}],
    "errorOffers": [{"sku": "C", "errorCode": "BAD"}],
}
PROTOCOL: Any = [
    {"sku": "A", "status": "PROCESSED", "message": None, "date": "2026-09-01T10:20:30"},
    {"sku": "A", "status": "ERROR", "id": "1", "appliedBeforeDateTime": "2026-09-01T10:20:30"},
]
CHOICE: Any = {"su": [{"merchantId": "1", "name": "One"}, {"uid": 2}]}


def login(raw: Any) -> LoginAnswer:
    return read_login(Answer(200, {}, json.dumps(raw).encode()), wall_s=10)


def refused_login(raw: Any) -> LoginAnswer:
    return read_login(Answer(401, {}, json.dumps(raw).encode()), wall_s=10)


def protocol(raw: Any) -> Any:
    return bundle_payloads.protocol(raw, words=bundle_payloads.ProtocolWords())


READERS: dict[str, tuple[Callable[[Any], Any], Any, type]] = {
    "offers": (payloads.offers, OFFERS, OffersPage),
    "listings": (payloads.listings, CATALOGUE, RawPage),
    "listing": (payloads.listing, CATALOGUE["data"][0], Listing),
    "merchants": (payloads.merchants, MERCHANTS, tuple),
    "job": (payloads.job_id, {"id": "65f0c0ffee00112233445566"}, str),
    "bundle": (
        partial(bundle_payloads.bundle, skus=("A", "B", "C", "D"), names_job=True),
        BUNDLE,
        dict,
    ),
    "protocol": (protocol, PROTOCOL, dict),
    "login": (login, CHOICE, LoginAnswer),
    "refused login": (refused_login, FLOOD, LoginAnswer),
}

ODD: st.SearchStrategy[Any] = st.sampled_from(
    [
        *(None, True, False, 0, -1, 10**25, 10**400, 1e308, 0.1, -0.0, float("inf"), float("nan")),
        *("", " ", "0", "-5", "24 990", "1e5", "NaN", "\ufeff7", "\u0661", "\x00", "\ud800"),
        *("9" * 5000, [], {}, [[]], [None], {"": None}, {"id": []}),
    ]
)
ANYTHING = st.recursive(
    ODD | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=10,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a payload, the root first."""
    found = [path]
    if isinstance(value, dict):
        for name in value:
            found += places(value[name], (*path, name))
    if isinstance(value, list):
        for index, inner in enumerate(value):
            found += places(inner, (*path, index))
    return found


@st.composite
def mutated(draw: st.DrawFn, valid: Any) -> Any:
    """A valid payload after one to four accidents: dropped, renamed, doubled, replaced."""
    payload = deepcopy(valid)
    for _ in range(draw(st.integers(1, 4))):
        inner = places(payload)[1:]
        if not inner:
            break
        *path, last = draw(st.sampled_from(inner))
        holder = payload
        for step in path:
            holder = holder[step]
        match draw(st.sampled_from(["drop", "rename", "double", "replace", "retype"])):
            case "drop":
                del holder[last]
            case "rename" if isinstance(holder, dict):
                holder[draw(st.text(max_size=6))] = holder.pop(last)
            case "double" if isinstance(holder, list):
                holder.append(deepcopy(holder[last]))
            case "retype":
                was = holder[last]
                holder[last] = draw(st.sampled_from([str(was), [was], {"value": was}]))
            case _:
                holder[last] = deepcopy(draw(ANYTHING))  # what is drawn may be drawn again
    return payload


@pytest.mark.parametrize("name", READERS)
@given(data=st.data())
def test_a_mangled_payload_is_read_or_refused_by_name(name, data):
    read, valid, kind = READERS[name]
    raw = data.draw(mutated(valid))

    with suppress(KaspiError):
        assert isinstance(read(raw), kind)


@pytest.mark.parametrize("name", READERS)
@given(raw=ANYTHING)
def test_anything_json_shaped_is_read_or_refused_by_name(name, raw):
    read, _, kind = READERS[name]

    with suppress(KaspiError):
        assert isinstance(read(raw), kind)


PAYLOADS = ["offers", "listings", "listing", "merchants", "job", "bundle", "protocol"]


@pytest.mark.parametrize("name", PAYLOADS)
@given(data=st.data())
def test_a_complaint_about_a_payload_names_a_field(name, data):
    read, valid, _ = READERS[name]
    raw = data.draw(mutated(valid))

    complaint = complaint_of(lambda: read(raw))

    assert complaint is None or (complaint.field and len(complaint.detail) < 500)


def complaint_of(read: Callable[[], Any]) -> PayloadUnreadable | None:
    try:
        read()
    except PayloadUnreadable as error:
        return error
    return None


@given(data=st.data())
def test_every_price_that_is_read_is_positive(data):
    with suppress(PayloadUnreadable):
        page = payloads.offers(data.draw(mutated(OFFERS)))

        assert all(offer.price.tiyn > 0 for offer in page.offers)


@given(data=st.data())
def test_every_statement_of_a_bundle_has_exactly_one_answer(data):
    raw = data.draw(mutated(BUNDLE))

    with suppress(PayloadUnreadable):
        found = bundle_payloads.bundle(raw, skus=("A", "B", "X"), names_job=False)

        assert [one.sku for one in found.values()] == ["A", "B", "X"]


@given(copies=st.integers(1, 5))
def test_a_row_that_comes_twice_is_told_twice_and_a_merchant_once(copies):
    rows = CATALOGUE["data"] * copies

    assert len(payloads.listings({"data": rows, "total": 1}).listings) == copies
    assert payloads.merchants({"merchants": [{"uid": 7}] * copies}) == (Merchant("7"),)


WHOLE = {
    "cabinet": partial(read_cabinet, wall_s=10),
    "storefront": partial(read_storefront, wall_s=10),
    "push": partial(read_push, wall_s=10, ban_s=1800),
    "bundle": partial(
        read_bundle, skus=("A", "B"), names_job=True, is_whole=True, wall_s=10, ban_s=1800
    ),
    "jobless bundle": partial(
        read_bundle, skus=("A", "B"), names_job=False, is_whole=False, wall_s=10, ban_s=1800
    ),
    "login": partial(read_login, wall_s=10),
    "code": partial(read_login, wall_s=10, is_code_step=True),
}
BODIES = (
    st.binary(max_size=60)
    | ANYTHING.map(lambda raw: json.dumps(raw).encode())
    | st.sampled_from(
        [
            b"",
            b"\xef\xbb\xbf",
            b'\xef\xbb\xbf{"id": "1"}',
            b"[" * 100_000,
            b'{"error":' * 900 + b"1" + b"}" * 900,
            b"NaN",
            b'{"id": NaN}',
            b'{"id": 1e999}',
            b'{"id": "\\ud800"}',
            b"<html>",
            b'{"id": "1"',
            b"9" * 10_000,
        ]
    )
)
STATUSES = st.sampled_from([200, 204, 302, 400, 401, 403, 405, 429, 500]) | st.integers(100, 599)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "content-type": st.sampled_from(["text/html", "application/json", ""]),
        "retry-after": st.sampled_from(["0", "7", "-1", "soon", "9" * 400, "\u0661", "1e9"]),
        "location": st.sampled_from(["/login", "http://x/oauth2/authorize", "/", ""]),
    },
)


@pytest.mark.parametrize("name", WHOLE)
@given(status=STATUSES, headers=HEADERS, body=BODIES)
def test_any_answer_is_read_or_refused_by_name(name, status, headers, body):
    answer = Answer(status, headers, body)

    with suppress(KaspiError):
        WHOLE[name](answer)
