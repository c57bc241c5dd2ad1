from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from kaspi.models import Channel, SessionState
from preorders.models import Preorder
from preorders.services.steering import steer
from products.models import PreorderChange
from tests.factories import make_market, make_product, make_store
from tests.preorders.pushing import send, show

pytestmark = pytest.mark.db
HOUR = timedelta(hours=1)
IN_AN_HOUR = {"starts_at": "2099-01-01T10:00:00Z"}


def begin(api, product, point_id="PP1", **more):
    body = {"product_id": product.pk, "point_id": point_id, "days": 14, **more}
    return api.post("/preorders", body)


def reason(answer):
    return answer.status_code, answer.json()["code"]


def test_a_preorder_is_begun_followed_and_ended(api, product):
    begun = begin(api, product)
    steer(product.pk, now=timezone.now())
    show(send(product.store, now=timezone.now()), now=timezone.now())
    active = api.get(f"/preorders/{begun.json()['id']}").json()
    ending = api.delete(f"/preorders/{active['id']}")
    steer(product.pk, now=timezone.now())
    show(send(product.store, now=timezone.now()), now=timezone.now())
    over = api.get(f"/preorders/{active['id']}").json()

    assert begun.status_code == 201
    assert begun.json() == {
        "id": begun.json()["id"],
        "product_id": product.pk,
        "store_id": product.store_id,
        "sku": "SKU-1",
        "title": "Smartphone 128 GB",
        "point_id": "PP1",
        "days": 14,
        "shown_days": 0,
        "starts_at": None,
        "ends_at": None,
        "pauses_repricing": False,
        "state": "pending",
        "state_at": begun.json()["state_at"],
        "is_ending": False,
        "reason": "on-its-way",
        "explanation": begun.json()["explanation"],
        "created_at": begun.json()["created_at"],
    }
    assert begun.json()["explanation"]["en"] == "It is on its way to Kaspi."
    assert (active["state"], active["shown_days"], active["reason"]) == ("active", 14, "")
    assert active["explanation"] == {}
    assert (ending.status_code, ending.json()["is_ending"]) == (202, True)
    assert (over["state"], over["reason"], over["is_ending"]) == ("ended", "by-seller", False)


def test_a_draft_waits_until_it_is_begun(api, product):
    draft = begin(api, product, "PP3", is_draft=True).json()

    steer(product.pk, now=timezone.now())
    refused = api.patch(f"/preorders/{draft['id']}", {"state": "pending"})
    product.points[2].pop("stock")
    product.save()
    begun = api.patch(f"/preorders/{draft['id']}", {"state": "pending", "days": 3})

    assert (draft["state"], draft["reason"]) == ("draft", "")
    assert reason(refused) == (409, "point-has-stock")
    assert (begun.json()["state"], begun.json()["days"]) == ("pending", 3)
    assert not PreorderChange.rows.exists()


def test_a_draft_is_forgotten_when_it_is_deleted(api, product):
    draft = begin(api, product, is_draft=True).json()

    answer = api.delete(f"/preorders/{draft['id']}")

    assert answer.status_code == 204
    assert not Preorder.rows.exists()


def test_one_that_is_over_stays_so(api, product):
    preorder = begin(api, product).json()
    api.delete(f"/preorders/{preorder['id']}")
    steer(product.pk, now=timezone.now())

    again = api.delete(f"/preorders/{preorder['id']}")
    changed = api.patch(f"/preorders/{preorder['id']}", {"days": 3})

    assert again.status_code == 204
    assert reason(changed) == (409, "preorder-over")
    assert Preorder.rows.get().reason == "by-seller"


@pytest.mark.parametrize(
    ("point_id", "more", "expected"),
    [
        ("PP3", {}, (409, "point-has-stock")),
        ("PP4", {}, (409, "point-not-selling")),
        ("PP9", {}, (404, "point-missing")),
        ("PP9", {"is_draft": True}, (404, "point-missing")),
        ("PP1", {"days": 0}, (422, "invalid")),
        ("PP1", {"days": 31}, (422, "invalid")),
        ("PP1", {"days": "14"}, (422, "invalid")),
        ("pp1", {}, (422, "invalid")),
        ("PP1", {"ends_at": "2020-01-01T00:00:00Z"}, (422, "ends-too-early")),
        ("PP1", {**IN_AN_HOUR, "ends_at": "2098-01-01T00:00:00Z"}, (422, "ends-too-early")),
        ("PP1", {"weeks": 2}, (422, "unknown-field")),
    ],
)
def test_what_can_be_no_preorder_is_refused(api, product, point_id, more, expected):
    answer = begin(api, product, point_id, **more)

    assert reason(answer) == expected
    assert not Preorder.rows.exists()


@pytest.mark.parametrize("point_id", ["PP3", "PP4"])
def test_what_starts_later_is_only_looked_at_then(api, product, point_id):
    answer = begin(api, product, point_id, **IN_AN_HOUR)

    assert (answer.status_code, answer.json()["reason"]) == (201, "waits-for-its-start")


def test_a_point_has_one_preorder_at_a_time(api, product):
    begin(api, product)

    again = begin(api, product)
    draft = begin(api, product, is_draft=True)
    too_soon = api.patch(f"/preorders/{draft.json()['id']}", {"state": "pending"})

    assert reason(again) == (409, "preorder-there")
    assert reason(too_soon) == (409, "preorder-there")


def test_a_store_that_goes_by_price_list_has_none(api, product):
    product.store.channel = Channel.PRICE_LIST
    product.store.save()

    assert reason(begin(api, product)) == (409, "cabinet-needed")


def test_a_sellers_preorder_of_somebody_elses_product_is_none(api, stranger):
    points = [{"id": "PP1", "yes": True}]
    foreign = make_product(store=make_store(user=stranger), market=make_market(), points=points)

    assert reason(begin(api, foreign)) == (404, "product-missing")


def test_when_it_starts_can_be_changed_until_it_has(api, product):
    preorder = begin(api, product, **IN_AN_HOUR).json()
    sooner = api.patch(f"/preorders/{preorder['id']}", {"starts_at": None})
    steer(product.pk, now=timezone.now())
    show(send(product.store, now=timezone.now()), now=timezone.now())

    too_late = api.patch(f"/preorders/{preorder['id']}", IN_AN_HOUR)

    assert sooner.json()["reason"] == "on-its-way"
    assert reason(too_late) == (409, "preorder-begun")


def test_what_keeps_a_preorder_waiting_is_said(api, product):
    begin(api, product)
    product.store.is_paused = True
    product.store.save()
    paused = api.get("/preorders").json()["results"]
    product.store.session.state = SessionState.NEEDS_REAUTH
    product.store.session.save()
    disconnected = api.get("/preorders").json()["results"]

    assert [one["reason"] for one in paused] == ["store-paused"]
    assert [one["reason"] for one in disconnected] == ["store-not-connected"]


def test_many_are_begun_at_once_each_for_itself(api, product, stranger):
    other = make_product(store=product.store, market=make_market(), sku="SKU-2", points=[])
    foreign = make_product(store=make_store(user=stranger), market=make_market())
    ids = [product.pk, other.pk, foreign.pk]

    answer = api.post("/preorders/bulk", {"product_ids": ids, "days": 5})
    at_a_point = api.post(
        "/preorders/bulk", {"product_ids": ids[:2], "point_ids": ["PP1"], "days": 5}
    )

    body = answer.json()
    assert [(one["product_id"], one["point_id"]) for one in body["begun"]] == [
        (product.pk, "PP1"),
        (product.pk, "PP2"),
    ]
    assert [(one["product_id"], one["point_id"], one["code"]) for one in body["declined"]] == [
        (product.pk, "PP3", "point-has-stock"),
        (other.pk, "", "point-not-selling"),
        (foreign.pk, "", "product-missing"),
    ]
    assert [one["code"] for one in at_a_point.json()["declined"]] == [
        "preorder-there",
        "point-missing",
    ]


def test_many_are_ended_at_once(api, product, client_of, stranger):
    ids = [begin(api, product, point).json()["id"] for point in ("PP1", "PP2")]

    of_a_stranger = client_of(stranger).post("/preorders/bulk-end", {"ids": ids})
    answer = api.post("/preorders/bulk-end", {"ids": [*ids, ids[0]]})
    steer(product.pk, now=timezone.now())

    assert of_a_stranger.json() == {"ended": 0, "missing": ids}
    assert answer.json() == {"ended": 2, "missing": []}
    assert set(Preorder.rows.values_list("state", "reason")) == {("ENDED", "by-seller")}


def test_preorders_are_listed_by_product_store_and_state(api, product):
    begin(api, product)
    begin(api, product, "PP2", is_draft=True)

    def found(**query):
        return [one["point_id"] for one in api.get("/preorders", query).json()["results"]]

    assert found() == ["PP2", "PP1"]
    assert found(state="draft") == ["PP2"]
    assert found(product_id=product.pk, store_id=product.store_id, state="pending") == ["PP1"]
    assert found(store_id=product.store_id + 1) == []


def test_who_changed_a_preorder_is_kept(api, product):
    preorder = begin(api, product).json()
    api.patch(f"/preorders/{preorder['id']}", {"days": 3})
    api.delete(f"/preorders/{preorder['id']}")

    entries = AuditEntry.rows.filter(subject="preorder").order_by("pk")
    assert [entry.action for entry in entries] == [
        "preorder.begun",
        "preorder.changed",
        "preorder.ended",
    ]
    assert entries[1].changes == {"days": [14, 3]}
    assert {entry.actor_email for entry in entries} == {"seller@example.kz"}


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_costs_the_same_whatever_its_length(
    api, seller, count, django_assert_max_num_queries
):
    store, points = make_store(user=seller), [{"id": "PP1", "yes": True}]
    for number in range(count):
        product = make_product(
            store=store, market=make_market(), sku=f"SKU-{number}", points=points
        )
        begin(api, product)

    with django_assert_max_num_queries(3):
        answer = api.get("/preorders")

    assert len(answer.json()["results"]) == count
