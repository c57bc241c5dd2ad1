from datetime import timedelta

import pytest

from accounts.models import Actor, AuditEntry, TeamRole
from accounts.services import audit
from tests.factories import NOW, make_helper, make_market, make_product, make_store, make_user

pytestmark = pytest.mark.db


def an_entry(seller, *, action="product.changed", subject_id="1", at=NOW, actor=None):
    actor = actor or seller
    seller.acting = Actor(user_id=actor.pk, email=actor.email)
    audit.record(seller=seller, action=action, subject="product", subject_id=subject_id, now=at)
    return AuditEntry.rows.latest("pk").pk


def listed(client, query=""):
    return [entry["id"] for entry in client.get(f"/audit{query}").json()["results"]]


def test_a_helpers_change_is_in_the_sellers_audit_with_the_helpers_name(seller, client_of):
    product = make_product(store=make_store(user=seller), market=make_market())
    helper = make_user(email="helper@example.kz")
    make_helper(seller=seller, role=TeamRole.MANAGER, helper=helper)
    body = {"floor_tiyn": 95000, "ceiling_tiyn": 150000}

    client_of(helper).patch(f"/products/{product.pk}", body, HTTP_X_REQUEST_ID="from-the-shop")

    [entry] = client_of(seller).get("/audit").json()["results"]
    assert entry == {
        "id": entry["id"],
        "at": entry["at"],
        "action": "product.changed",
        "subject": "product",
        "subject_id": str(product.pk),
        "changes": [{"field": "floor_tiyn", "before": 90000, "after": 95000}],
        "actor_id": helper.pk,
        "actor_email": helper.email,
        "key_prefix": "",
        "request_id": "from-the-shop",
    }
    assert client_of(helper).get("/audit").json()["results"] == [entry]


def test_a_stranger_sees_none_of_it(seller, stranger, client_of):
    an_entry(seller)
    own = an_entry(stranger)

    assert listed(client_of(stranger)) == [own]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?action=store.paused", "paused"),
        ("?subject=product&subject_id=2", "second"),
        ("?actor_email=HELPER@example.kz", "helped"),
        ("?since=2026-03-02T10:00:00Z", "later"),
        ("?before=2026-03-02T09:00:00Z", "earlier"),
    ],
)
def test_the_audit_is_narrowed(seller, stranger, api, query, found):
    stranger.email = "helper@example.kz"
    entries = {
        "paused": an_entry(seller, action="store.paused"),
        "second": an_entry(seller, subject_id="2"),
        "helped": an_entry(seller, actor=stranger),
        "later": an_entry(seller, at=NOW + timedelta(hours=1)),
        "earlier": an_entry(seller, at=NOW - timedelta(hours=1)),
    }

    assert listed(api, query) == [entries[found]]


def test_the_audit_comes_in_pages(seller, api):
    entries = [an_entry(seller) for _ in range(3)]

    first = api.get("/audit?page_size=2").json()
    second = api.get(first["next"]).json()

    pages = [[entry["id"] for entry in page["results"]] for page in (first, second)]
    assert pages == [[entries[2], entries[1]], [entries[0]]]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_audit_asks_as_often_for_three_as_for_one(seller, api, rows, django_assert_num_queries):
    for _ in range(rows):
        an_entry(seller)

    with django_assert_num_queries(2):
        api.get("/audit")


@pytest.mark.parametrize("rows", [1, 3])
def test_the_operator_reads_it_by_as_many_queries(
    seller, admin_site, rows, django_assert_num_queries
):
    for _ in range(rows):
        an_entry(seller)

    with django_assert_num_queries(5):
        page = admin_site.get("/admin/accounts/auditentry/")

    assert b"product.changed" in page.content


def test_an_entry_can_be_neither_changed_nor_deleted(seller, api, admin_site):
    entry = an_entry(seller)

    answers = [
        api.delete("/audit").status_code,
        api.patch("/audit", {}).status_code,
        admin_site.post(f"/admin/accounts/auditentry/{entry}/delete/").status_code,
    ]

    assert answers == [405, 405, 403]
