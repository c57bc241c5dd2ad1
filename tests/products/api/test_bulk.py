"""Many products changed at once, through the API."""

from typing import Any

import pytest

from cube_demper.kernel.money import Money
from products.models import BulkEdit, BulkRow, Market, Product
from products.services import bulk_edits
from tests.factories import NOW, make_market, make_product, make_store

pytestmark = pytest.mark.db


@pytest.fixture
def store(seller):
    return make_store(user=seller)


def add(store, sku, **fields):
    market = make_market(next_look_at=NOW.replace(year=2099))
    return make_product(store=store, market=market, sku=sku, **fields)


def bulk(api, key=None, **body):
    headers = {"Idempotency-Key": key} if key else {}
    return api.post("/products/bulk-update", body, headers=headers)


def corridors():
    rows = Product.rows.order_by("sku").values_list("sku", "floor", "ceiling", "step")
    return {sku: (floor, ceiling, step) for sku, floor, ceiling, step in rows}


def tenge(*amounts):
    return tuple(Money.tenge(amount) for amount in amounts)


def test_corridors_are_moved_by_percent_and_looked_at_soon(api, store):
    one = add(store, "A", floor=Money.tenge(900), ceiling=Money.tenge(1500))
    two = add(store, "B", floor=Money.tenge(1111), ceiling=Money.tenge(2000))

    answer = bulk(
        api,
        ids=[two.pk, one.pk],
        changes={"floor": {"of": "floor", "times": 1.05}, "step_tiyn": 500},
    )

    edit = answer.json()
    assert (answer.status_code, edit["state"]) == (200, "done")
    assert (edit["total"], edit["changed"], edit["refused"]) == (2, 2, 0)
    assert corridors() == {"A": tenge(945, 1500, 5), "B": tenge(1167, 2000, 5)}
    assert {market.next_look_at.year for market in Market.objects.all()} != {2099}


def test_a_floor_is_made_of_what_a_product_costs(api, store):
    add(store, "A", rules={"cost_tiyn": 80_000})
    add(store, "B", floor=None, ceiling=None, step=None, rules={"cost_tiyn": 100_050})
    add(store, "C")
    floor = {"of": "cost", "times": 1.2, "plus_tiyn": 1000}
    ceiling = {"of": "price", "times": 2}

    edit = bulk(
        api, filter={"store_id": store.pk}, changes={"floor": floor, "ceiling": ceiling}
    ).json()

    assert corridors() == {
        "A": tenge(970, 2000, 1),
        "B": tenge(1211, 2000, 1),
        "C": tenge(900, 1500, 1),
    }
    [refused] = api.get(f"/products/bulk-edits/{edit['id']}/rows?state=refused").json()["results"]
    assert (refused["sku"], refused["code"], refused["column"]) == (
        "C",
        "nothing-to-reckon-from",
        "floor",
    )


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"floor_tiyn": 160_000}, "floor-above-ceiling"),
        ({"floor_tiyn": None}, "corridor-incomplete"),
        ({"floor": {"of": "floor", "times": 0}}, "amount-outside"),
        ({"ceiling": {"of": "wanted_price"}}, "nothing-to-reckon-from"),
        ({"rules": {"strategy": "fixed"}}, "rules-clash"),
    ],
)
def test_all_or_nothing_leaves_all_as_they_were(api, store, changes, code):
    fine = add(store, "A", ceiling=Money.tenge(2000), wanted_price=Money.tenge(1000))
    odd = add(store, "B")
    before = corridors()
    Product.rows.filter(pk=fine.pk).update(rules={"fixed_tiyn": 100_000})
    if code in {"amount-outside", "corridor-incomplete"}:
        fine = odd

    edit = bulk(api, ids=[fine.pk, odd.pk], changes=changes, all_or_nothing=True).json()

    assert (edit["state"], corridors()) == ("refused", before)
    rows = api.get(f"/products/bulk-edits/{edit['id']}/rows").json()["results"]
    assert {row["code"] for row in rows if row["state"] == "refused"} == {code}


def test_a_dry_run_tells_what_would_be_and_writes_nothing(api, store):
    product = add(store, "A")
    add(store, "B", is_priority=True)
    before = corridors()

    answer = bulk(
        api,
        filter={},
        changes={"is_priority": True, "rules": {"strategy": "match_first"}},
        dry_run=True,
    )

    told = answer.json()
    assert (answer.status_code, told["total"], told["changed"]) == (200, 2, 2)
    assert {row["product_id"]: row["after"] for row in told["rows"]}[product.pk] == {
        "is_priority": True,
        "rules": {"strategy": "match_first"},
    }
    assert (corridors(), BulkEdit.rows.count()) == (before, 0)
    assert not Product.rows.get(pk=product.pk).is_priority


def test_somebody_elses_products_are_not_there(api, store, stranger):
    own = add(store, "A")
    foreign = add(make_store(user=stranger), "A")

    edit = bulk(api, ids=[foreign.pk, own.pk], changes={"is_paused": True}).json()

    assert (edit["changed"], edit["refused"]) == (1, 1)
    foreign.refresh_from_db()
    assert not foreign.is_paused
    assert BulkRow.rows.filter(product=foreign).count() == 0


def test_a_filter_of_the_list_names_the_products(api, store):
    add(store, "A", title="Кроссовки", is_priority=True)
    add(store, "B", title="Кроссовки")
    add(store, "C", title="Шапка", is_priority=True)

    edit = bulk(
        api, filter={"search": "krossovki", "is_priority": True}, changes={"is_paused": True}
    ).json()

    assert edit["total"] == 1
    assert list(Product.rows.filter(is_paused=True).values_list("sku", flat=True)) == ["A"]


def test_asked_twice_with_one_key_it_happens_once(api, store):
    product = add(store, "A")
    changes = {"floor": {"of": "floor", "times": 1.1}}

    first = bulk(api, key="k-1", ids=[product.pk], changes=changes)
    second = bulk(api, key="k-1", ids=[product.pk], changes=changes)
    other = bulk(api, key="k-1", ids=[product.pk], changes={"is_paused": True})

    assert first.json() == second.json()
    assert corridors()["A"][0] == Money.tenge(990)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency-key-reused")


def test_the_last_bulk_edit_is_taken_back_but_for_what_changed_since(api, store):
    kept = add(store, "A", rules={"ending": "990"})
    changed = add(store, "B")
    before = corridors()
    bulk(
        api,
        ids=[kept.pk, changed.pk],
        changes={
            "floor_tiyn": 100_000,
            "paused_until": "2099-01-01T00:00:00Z",
            "rules": {"strategy": "match_first", "ending": None},
        },
    )
    api.patch(f"/products/{changed.pk}", {"floor_tiyn": 120_000})

    undo = api.post("/products/bulk-update/undo").json()
    again = api.post("/products/bulk-update/undo")

    assert (undo["kind"], undo["changed"], undo["refused"]) == ("undo", 1, 1)
    kept.refresh_from_db()
    assert (kept.floor, kept.paused_until, kept.rules) == (before["A"][0], None, {"ending": "990"})
    assert corridors()["B"][0] == Money.tenge(1200)
    assert (again.status_code, again.json()["code"]) == (409, "nothing-to-undo")


def test_more_than_a_few_go_to_a_worker(
    api, store, monkeypatch, broker, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(bulk_edits, "AT_ONCE", 1)
    monkeypatch.setattr(bulk_edits, "_ROWS_AT_ONCE", 2)
    products = [add(store, sku) for sku in ("A", "B", "C")]

    with django_capture_on_commit_callbacks(execute=True):
        answer = bulk(api, ids=[one.pk for one in products], changes={"is_paused": True})

    edit = answer.json()
    assert (answer.status_code, edit["state"], edit["changed"]) == (202, "waiting", 0)
    [message] = broker.take()
    assert message.task == "products.carry_out_bulk_edit"
    assert message.arguments == {"edit_id": edit["id"]}
    bulk_edits.carry_out(edit_id=edit["id"], clock=lambda: NOW)
    assert api.get(f"/products/bulk-edits/{edit['id']}").json()["changed"] == 3
    assert Product.rows.filter(is_paused=True).count() == 3


ODD: dict[str, dict[str, Any]] = {
    "nothing named": {"changes": {"is_paused": True}},
    "named twice": {"ids": [1], "filter": {}, "changes": {"is_paused": True}},
    "no change": {"ids": [1], "changes": {}},
    "an unknown change": {"ids": [1], "changes": {"price_tiyn": 100}},
    "an unknown filter": {"filter": {"owner": 1}, "changes": {"is_paused": True}},
    "an odd filter": {
        "filter": {"is_paused": "maybe", "store_id": "x"},
        "changes": {"is_paused": True},
    },
    "an amount twice": {"ids": [1], "changes": {"floor_tiyn": 90_000, "floor": {"of": "cost"}}},
    "an odd base": {"ids": [1], "changes": {"floor": {"of": "stock"}}},
    "an endless factor": {"ids": [1], "changes": {"floor": {"of": "cost", "times": 1e300}}},
    "a fraction of a tenge": {"ids": [1], "changes": {"floor_tiyn": 90_050}},
    "too many": {"ids": list(range(1, 10_002)), "changes": {"is_paused": True}},
    "an id beyond numbers": {"ids": [1 << 63], "changes": {"is_paused": True}},
    "odd rules": {"ids": [1], "changes": {"rules": {"strategy": "win"}}},
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_request_is_refused_and_nothing_is_written(api, store, name):
    answer = bulk(api, **ODD[name])

    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert BulkEdit.rows.count() == 0


def test_somebody_elses_bulk_edit_is_not_there(api, stranger):
    edit = BulkEdit.rows.create(user=stranger, ordered_at=NOW, touched_at=NOW)

    answers = [
        api.get(f"/products/bulk-edits/{edit.pk}"),
        api.get(f"/products/bulk-edits/{edit.pk}/rows"),
    ]

    assert [answer.json()["code"] for answer in answers] == ["bulk-edit-missing"] * 2
    assert api.get("/products/bulk-edits").json()["results"] == []
    assert api.post("/products/bulk-update/undo").status_code == 409


@pytest.mark.parametrize("number", [1, 3])
def test_a_bulk_edit_costs_the_same_number_of_queries_whatever_its_length(
    api, store, number, django_assert_num_queries
):
    ids = [add(store, f"SKU-{place}").pk for place in range(number)]

    with django_assert_num_queries(42):
        answer = bulk(api, ids=ids, changes={"floor_tiyn": 95_000, "rules": {"mode": "shadow"}})

    assert answer.json()["changed"] == number
