"""A seller's stores: how they do, what is set on them, and their end here."""

import json
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from cube_demper.kernel.money import Money
from kaspi.models import Attention, Channel, City, Point, SessionState, Store
from products.models import Change, ChangeState, Product, RuleSheet
from products.pricing.hours import ALMATY
from products.services.overviews import overview_of
from tests.factories import (
    NOW,
    make_change,
    make_claimed_store,
    make_decision,
    make_helper,
    make_market,
    make_product,
    make_session,
    make_store,
)

pytestmark = pytest.mark.db
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=ALMATY)


@pytest.fixture
def store(seller):
    return make_store(user=seller)


def sent(product, at, state=ChangeState.APPLIED):
    decision = make_decision(product=product)
    return make_change(decision=decision, state=state, sent_at=at, settled_at=at)


def sell_in(store, city_id, *names, **fields):
    city, _ = City.objects.get_or_create(city_id=city_id, defaults={"name": f"City {city_id}"})
    for name in names:
        Point.rows.create(store=store, point_id=name, city=city, **fields)


def full(store):
    """Give a store something of everything that its overview tells."""
    product = make_product(store=store, market=make_market(looked_at=NOW))
    sent(product, NOW)
    sell_in(store, "750000000", f"{store.pk}_PP1")
    RuleSheet.rows.create(
        user=store.user, store=store, rules={"excluded_merchants": ["1"]}, changed_at=NOW
    )


def test_a_store_says_when_it_was_looked_for_what_it_spent_and_where_it_sells(seller, store):
    product = make_product(store=store, market=make_market(looked_at=NOON))
    sent(product, NOON - timedelta(minutes=5))
    sent(product, NOON - timedelta(minutes=31), ChangeState.REFUSED)
    sent(product, NOON - timedelta(hours=12), ChangeState.LOST)
    sent(product, NOON - timedelta(hours=12, seconds=1), ChangeState.LOST)
    sell_in(store, "710000000", "PP1", "PP2")
    sell_in(store, "750000000", "PP3")
    sell_in(store, "630000000", "PP4", is_enabled=False)

    found = overview_of(seller, store_id=store.pk, now=NOON)

    assert (found.looked_at, found.pushed_at) == (NOON, NOON - timedelta(minutes=5))
    assert (found.spent.in_window, found.spent.today, found.spent.failed_today) == (1, 3, 2)
    assert (found.points, [city.city_id for city in found.cities]) == (
        3,
        ["710000000", "750000000"],
    )


def test_cities_of_a_listing_that_went_together_are_one_change(seller, store):
    listing = make_product(store=store, market=make_market())
    city = make_product(
        store=store, market=make_market(), listing=listing, city_id="710000000", sku=listing.sku
    )
    sent(listing, NOON)
    sent(city, NOON)

    found = overview_of(seller, store_id=store.pk, now=NOON)

    assert (found.spent.in_window, found.spent.today) == (1, 1)


def test_nothing_of_another_sellers_store_is_counted(api, store, stranger):
    theirs = make_store(user=stranger)
    full(theirs)

    [document] = api.get("/kaspi/stores").json()["results"]

    assert document["id"] == store.pk
    assert document["health"] == {
        "looked_at": None,
        "pushed_at": None,
        "failed_today": 0,
        "is_stalled": False,
    }
    assert document["quota"] == {"used": 0, "allowed": 250, "window_s": 1800, "today": 0}
    assert (document["points"], document["cities"]) == (0, [])
    assert set(document["settings"].values()) == {None}


@pytest.mark.parametrize("number", [1, 3])
def test_a_list_of_stores_costs_the_same_whatever_its_length(
    api, seller, number, django_assert_num_queries
):
    for _ in range(number):
        full(make_store(user=seller))

    with django_assert_num_queries(6):
        document = api.get("/kaspi/stores").json()

    assert [one["points"] for one in document["results"]] == [1] * number


@pytest.mark.parametrize(
    ("fields", "connection", "words"),
    [
        ({}, "connected", "Магазин подключён"),
        (
            {"state": SessionState.RENEWING},
            "renewing",
            "Kaspi завершил сеанс: восстанавливаем вход сами",
        ),
        ({"state": SessionState.NEEDS_REAUTH}, "login_needed", "Нужен вход в кабинет Kaspi"),
    ],
)
def test_a_store_says_how_it_is_connected(api, seller, fields, connection, words):
    store = make_store(user=seller, session=make_session(user=seller, **fields))

    document = api.get(f"/kaspi/stores/{store.pk}").json()

    assert (document["connection"], document["connection_in_words"]["ru"]) == (connection, words)


def test_a_store_that_was_claimed_goes_by_price_list_until_it_is_taken_over(api, seller):
    store = make_claimed_store(user=seller)

    before = api.get(f"/kaspi/stores/{store.pk}").json()["connection"]
    Store.rows.update(released_at=NOW)
    after = api.get(f"/kaspi/stores/{store.pk}").json()["connection"]

    assert (before, after) == ("price_list", "taken_over")


@pytest.mark.parametrize("attention", [one for one in Attention if one])
def test_every_trouble_is_told_in_each_language(api, store, attention):
    Store.rows.update(attention=attention)

    document = api.get(f"/kaspi/stores/{store.pk}").json()

    words = document["attention_in_words"]
    assert words["en"] == document["attention_detail"]
    assert all(words[language] for language in ("ru", "kk", "en"))


def test_a_change_of_a_store_is_written_where_each_thing_is_kept(api, store):
    body = {
        "name": "Outlet",
        "is_paused": True,
        "working_hours": [{"begins": "09:00", "ends": "21:00"}],
        "excluded_merchants": ["30000009"],
        "new_from": "price",
        "new_floor_percent": 90,
        "new_ceiling_percent": 120.5,
    }

    document = api.patch(f"/kaspi/stores/{store.pk}", body).json()

    store.refresh_from_db()
    assert (store.name, store.is_named, store.is_paused) == ("Outlet", True, True)
    assert document["settings"] == {
        name: said for name, said in body.items() if name not in {"name", "is_paused"}
    }
    assert RuleSheet.rows.get().rules["new_from"] == "PRICE"


def test_a_pause_by_patch_drops_what_waits_and_its_end_looks_soon(api, store):
    market = make_market(next_look_at=NOW.replace(year=2099))
    change = make_change(decision=make_decision(product=make_product(store=store, market=market)))

    api.patch(f"/kaspi/stores/{store.pk}", {"is_paused": True})
    api.patch(f"/kaspi/stores/{store.pk}", {"is_paused": False})

    change.refresh_from_db()
    market.refresh_from_db()
    assert change.state == ChangeState.SUPERSEDED
    assert market.next_look_at < timezone.now() + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"merchant_id": "1"}, 422, "unknown-field"),
        ({"name": ""}, 422, "invalid"),
        ({"is_paused": "yes"}, 422, "invalid"),
        ({"working_hours": [{"begins": "25:00", "ends": "21:00"}]}, 422, "invalid"),
        ({"name": "Kept out", "new_from": "price"}, 422, "rules-clash"),
        (
            {"new_from": "price", "new_floor_percent": 120, "new_ceiling_percent": 90},
            422,
            "rules-clash",
        ),
    ],
)
def test_a_change_that_makes_no_sense_changes_nothing(api, store, body, status, code):
    response = api.patch(f"/kaspi/stores/{store.pk}", body)

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert (Store.rows.get().name, RuleSheet.rows.exists()) == ("Electronics", False)


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_a_foreign_store_is_not_to_be_found(api, seller, stranger, method):
    make_store(user=seller)
    theirs = make_store(user=stranger)

    response = getattr(api, method)(f"/kaspi/stores/{theirs.pk}", {"name": "Mine"})

    theirs.refresh_from_db()
    assert (response.status_code, response.json()["code"]) == (404, "store-missing")
    assert (theirs.name, theirs.removed_at) == ("Electronics", None)


def test_a_store_that_was_taken_away_is_gone_with_its_products(api, seller, store):
    product = make_product(store=store, market=make_market())
    make_change(decision=make_decision(product=product))

    response = api.delete(f"/kaspi/stores/{store.pk}")

    assert response.status_code == 204
    assert api.get("/kaspi/stores").json()["results"] == []
    assert api.get("/products").json()["results"] == []
    assert [
        api.get(path).status_code
        for path in (
            f"/kaspi/stores/{store.pk}",
            f"/kaspi/stores/{store.pk}/rules",
            f"/kaspi/stores/{store.pk}/points",
            f"/products/{product.pk}",
            f"/products/{product.pk}/history",
        )
    ] == [404] * 5
    assert Change.rows.get().state == ChangeState.SUPERSEDED


def test_a_manager_changes_a_store_and_only_an_owner_takes_it_away(seller, store, client_of):
    manager = client_of(make_helper(seller=seller).helper)

    changed = manager.patch(f"/kaspi/stores/{store.pk}", {"name": "Outlet"})
    removed = manager.delete(f"/kaspi/stores/{store.pk}")

    assert (changed.status_code, removed.status_code) == (200, 403)
    assert removed.json()["code"] == "role-too-low"
    assert Store.rows.get().removed_at is None


def test_a_claim_brings_a_store_back_with_its_products(api, seller):
    store = make_claimed_store(user=seller, merchant_id="30112233")
    product = make_product(store=store, market=make_market(), floor=Money.tenge(950))
    api.delete(f"/kaspi/stores/{store.pk}")

    response = api.post("/kaspi/stores", {"merchant_id": "30112233", "name": "Anew"})

    assert (response.status_code, response.json()["id"]) == (201, store.pk)
    assert Store.rows.get().channel == Channel.PRICE_LIST
    assert Product.objects.for_user(seller).get().floor == product.floor


HUGE = "9" * 25


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("get", f"/kaspi/stores/{HUGE}", None, 404),
        ("patch", f"/kaspi/stores/{HUGE}", {"is_paused": True}, 404),
        ("patch", f"/kaspi/stores/{HUGE}", {"new_from": None}, 404),
        ("delete", f"/kaspi/stores/{HUGE}", None, 404),
        ("get", f"/kaspi/stores/{HUGE}/points", None, 404),
        ("get", f"/kaspi/jobs?store_id={HUGE}", None, 200),
        ("get", "/kaspi/jobs?store_id=1e400", None, 422),
        ("get", "/kaspi/jobs?state=%00", None, 422),
        ("get", f"/products/{HUGE}/explain", None, 404),
        ("get", f"/products/{HUGE}/chart", None, 404),
        ("get", f"/products/1/chart?days={HUGE}", None, 422),
        ("patch", "/kaspi/stores/{store}", {"name": "a\x00"}, 422),
        ("patch", "/kaspi/stores/{store}", {"name": "\ud800"}, 422),
        ("patch", "/kaspi/stores/{store}", {"excluded_merchants": ["\ud800"]}, 422),
        ("patch", "/kaspi/stores/{store}", {"new_floor_percent": int(HUGE)}, 422),
        ("patch", "/kaspi/stores/{store}", {"working_hours": {"begins": "09:00"}}, 422),
        ("patch", "/kaspi/stores/{store}", ["name"], 422),
    ],
    ids=lambda value: str(value).encode("ascii", "backslashreplace").decode()[:40],
)
def test_nonsense_is_a_problem_and_nothing_is_written(api, store, method, path, body, status):
    address = path.format(store=store.pk)
    text = "" if body is None else json.dumps(body)

    response = api.generic(method.upper(), address, text, content_type="application/json")

    store.refresh_from_db()
    assert response.status_code == status
    assert (store.name, store.removed_at, RuleSheet.rows.exists()) == ("Electronics", None, False)
