"""Orders and their token over the API."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from kaspi.errors import OrdersTokenRefused
from kaspi.models import Attention, Order, OrdersAccess, OrdersState, Store
from kaspi.services import orders_access as accesses
from kaspi.services.orders import keep_entries, keep_orders
from tests.factories import NOW, make_store
from tests.kaspi.services.test_orders import LINE, ORDER
from tests.kaspi.services.test_orders_access import TOKEN

pytestmark = pytest.mark.db


@pytest.fixture
def store(seller):
    return make_store(user=seller)


def put(client, store, token):
    return client.put(f"/kaspi/stores/{store.pk}/orders-token", {"token": token}, format="json")


def test_a_token_is_set_and_never_told(api, store):
    answer = put(api, store, TOKEN)
    told = api.get(f"/kaspi/stores/{store.pk}/orders-token")

    assert (answer.status_code, answer.json()["state"]) == (202, "unproved")
    assert told.json() == answer.json()
    assert TOKEN not in answer.content.decode()


def test_a_token_is_removed(api, store):
    put(api, store, TOKEN)

    answer = put(api, store, None)

    assert answer.status_code == 204
    assert not OrdersAccess.rows.exists()
    assert put(api, store, None).json()["code"] == "orders-token-missing"


def test_a_refused_token_is_shown_on_the_store_and_stops_nothing_else(api, seller, store):
    before = api.get("/kaspi/stores").json()["results"][0]
    put(api, store, TOKEN)
    access = accesses.lease(store_id=store.pk, now=timezone.now())
    assert access is not None
    accesses.note_refusal(access=access, error=OrdersTokenRefused())

    shown = api.get("/kaspi/stores").json()["results"][0]

    assert (before["attention"], before["orders_state"]) == ("", None)
    assert (shown["attention"], shown["orders_state"]) == ("orders-token-refused", "refused")
    assert shown["attention_detail"].startswith("Kaspi refused the token for orders")
    assert (shown["is_connected"], shown["session_state"]) == (True, "live")
    assert Store.objects.for_user(seller).live().get() == store


def test_what_stops_the_whole_store_is_shown_before_its_orders(api, store):
    put(api, store, TOKEN)
    OrdersAccess.rows.update(state=OrdersState.REFUSED)
    Store.rows.update(attention=Attention.SESSION_DEAD)

    shown = api.get(f"/kaspi/stores/{store.pk}").json()

    assert (shown["attention"], shown["orders_state"]) == ("session-dead", "refused")


def test_a_new_token_ends_what_is_said_of_the_old_one(api, store):
    put(api, store, TOKEN)
    OrdersAccess.rows.update(state=OrdersState.REFUSED)

    put(api, store, TOKEN[::-1])

    shown = api.get(f"/kaspi/stores/{store.pk}").json()
    assert (shown["attention"], shown["orders_state"]) == ("", "unproved")


@pytest.mark.parametrize("token", ["", "short", "with a space in it, and more", 5])
def test_what_is_no_token_is_refused(api, store, token):
    answer = put(api, store, token)

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "token")


def test_the_store_of_another_is_not_there(client_of, stranger, store):
    client = client_of(stranger)

    assert put(client, store, TOKEN).json()["code"] == "store-missing"
    told = client.get(f"/kaspi/stores/{store.pk}/orders-token")
    assert told.json()["code"] == "orders-token-missing"


def test_orders_are_listed_and_narrowed(api, store):
    older = replace(ORDER, kaspi_id="b", code="901", state="ARCHIVE", status="COMPLETED")
    old = replace(older, placed_at=NOW - timedelta(days=3))
    keep_orders(store=store, found=[ORDER, old], now=NOW)

    def codes(**query):
        return [row["code"] for row in api.get("/kaspi/orders", query).json()["results"]]

    assert set(codes()) == {"900", "901"}
    assert codes(state="archive") == codes(status="completed") == ["901"]
    assert codes(store_id=store.pk, placed_from=(NOW - timedelta(days=1)).isoformat()) == ["900"]
    assert codes(store_id=store.pk + 1) == []


def test_an_order_is_shown_with_its_lines_and_without_a_phone(api, store):
    keep_orders(store=store, found=[ORDER], now=NOW)
    order = Order.rows.get()
    keep_entries(order=order, found=[LINE], now=NOW)

    answer = api.get(f"/kaspi/orders/{order.pk}")

    document = answer.json()
    assert (document["total_tiyn"], document["state"], document["buyer_name"]) == (
        2_499_000,
        "new",
        "Дана",
    )
    assert [line["sku"] for line in document["entries"]] == ["SKU-1"]
    assert ORDER.buyer_phone not in answer.content.decode()


def test_nobody_sees_the_orders_of_another(client_of, stranger, store):
    keep_orders(store=store, found=[ORDER], now=NOW)
    client = client_of(stranger)

    assert client.get("/kaspi/orders").json()["results"] == []
    answer = client.get(f"/kaspi/orders/{Order.rows.get().pk}")
    assert (answer.status_code, answer.json()["code"]) == (404, "order-missing")


@pytest.mark.parametrize("page", ["order", "ordersaccess"])
def test_the_admin_pages_open_and_show_no_buyer_and_no_token(admin_site, api, store, page):
    put(api, store, TOKEN)
    keep_orders(store=store, found=[ORDER], now=NOW)
    row = (Order if page == "order" else OrdersAccess).rows.get()

    pages = [
        admin_site.get(f"/admin/kaspi/{page}/"),
        admin_site.get(f"/admin/kaspi/{page}/{row.pk}/change/"),
    ]

    shown = "".join(answer.content.decode() for answer in pages)
    assert [answer.status_code for answer in pages] == [200, 200]
    assert [one for one in (ORDER.buyer_phone, ORDER.buyer_name, TOKEN) if one in shown] == []
