"""A store's orders read from the sandbox over HTTP into rows, by the process's own gateway."""

import logging
from datetime import timedelta

import httpx
import pytest
from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils import timezone

from kaspi import runtime
from kaspi.models import Order, OrderEntry, OrdersAccess, OrdersState
from kaspi.services import orders_access as accesses
from kaspi.services.orders_reading import read_store
from tests.factories import make_store
from tests.kaspi.clients.stand_ins import Sandbox

pytestmark = pytest.mark.flow

AIGERIM = "30112233"
PHONE = "7059998877"
NAME = "Канарейка"


@pytest.fixture(scope="module")
def marketplace():
    sandbox = Sandbox.start()
    yield sandbox
    sandbox.stop()


@pytest.fixture
def sandbox(marketplace, settings):
    """The sandbox with nothing broken, where this process's gateway looks for Kaspi."""
    marketplace.calm()
    marketplace.set(phones_masked_from=1e12)
    settings.KASPI_SHOP_URL = marketplace.shop_url
    settings.KASPI_ORDERS_RPS = 200.0
    runtime.close()
    yield marketplace
    runtime.close()


def control(sandbox, path="", **body):
    answer = httpx.post(
        f"{sandbox.shop_url}/_sandbox/orders{path}", json={"merchant_id": AIGERIM, **body}
    )
    answer.raise_for_status()
    return answer.json()


@pytest.fixture
def store(seller, sandbox, transactional_db):
    """A store of the seller's with its token, about to be read for the first time."""
    store = make_store(user=seller, merchant_id=AIGERIM)
    now = timezone.now()
    asked = {"merchant_id": AIGERIM}
    token = httpx.get(f"{sandbox.shop_url}/_sandbox/orders/token", params=asked).json()["token"]
    accesses.set_token(user=seller, store_id=store.pk, token=token, now=now)
    return store


def read_now(store):
    """Let the store be due, and read it."""
    OrdersAccess.rows.filter(store=store).update(next_read_at=timezone.now())
    read_store(store_id=store.pk, clock=timezone.now)
    return OrdersAccess.rows.get(store=store)


def test_a_first_reading_keeps_orders_and_their_lines(store, sandbox):
    made = control(sandbox)

    access = read_now(store)

    order = Order.rows.get(code=made["code"])
    bought = [line["sku"] for line in made["lines"]]
    assert (access.state, access.reason, access.leased_until) == (OrdersState.LIVE, "", None)
    assert (order.state, order.status) == ("NEW", "APPROVED_BY_BANK")
    assert [line.sku for line in OrderEntry.rows.filter(order=order).order_by("number")] == bought


def test_what_moved_since_is_seen_into_the_archive_too(store, sandbox):
    young, old = control(sandbox), control(sandbox, age_s=5 * 86_400)
    read_now(store)
    over = {"state": "ARCHIVE", "status": "COMPLETED"}

    for made in (young, old):
        control(sandbox, "/move", code=made["code"], **over)
    read_now(store)

    rows = Order.rows.filter(code__in=[young["code"], old["code"]])
    assert set(rows.values_list("state", "status")) == {("ARCHIVE", "COMPLETED")}


def test_an_order_that_kaspi_shows_late_is_met_by_the_overlap(store, sandbox):
    read_now(store)

    made = control(sandbox, age_s=600)
    read_now(store)

    assert Order.rows.filter(code=made["code"]).exists()


def test_an_open_order_older_than_a_window_is_asked_for_by_its_code(store, sandbox, settings):
    settings.ORDERS_FIRST_DAYS = 40
    made = control(sandbox, age_s=30 * 86_400)
    read_now(store)

    control(sandbox, "/move", code=made["code"], state="ARCHIVE", status="RETURNED")
    read_now(store)

    assert Order.rows.get(code=made["code"]).status == "RETURNED"


def test_a_reading_that_breaks_off_keeps_whole_pages_and_goes_on_later(store, sandbox):
    control(sandbox)
    sandbox.break_("orders", "500", skip=2)

    broken = read_now(store)
    sandbox.calm()
    whole = read_now(store)

    assert (broken.reason, broken.read_at, broken.failures) == ("kaspi-unavailable", None, 1)
    assert (whole.reason, whole.failures) == ("", 0)
    assert whole.read_at is not None
    assert not Order.rows.filter(entries_read_at=None).exists()


def test_one_order_without_readable_lines_does_not_keep_the_others_back(store, sandbox):
    control(sandbox)
    sandbox.break_("order_entries", "403json", count=1)

    access = read_now(store)

    assert access.state == OrdersState.LIVE
    assert OrderEntry.rows.exists()


def test_a_refused_token_is_tried_once(store, sandbox):
    control(sandbox, "/token")

    access = read_now(store)
    asked = len(sandbox.requests("orders"))
    read_now(store)

    assert (access.state, access.reason) == (OrdersState.REFUSED, "orders-token-refused")
    assert len(sandbox.requests("orders")) == asked == 1


def test_the_orders_of_a_dead_worker_are_read_by_the_next(store, sandbox):
    made = control(sandbox)
    OrdersAccess.rows.filter(store=store).update(leased_until=timezone.now() - timedelta(seconds=1))

    read_now(store)

    assert Order.rows.filter(code=made["code"]).count() == 1


def test_neither_buyer_nor_token_is_ever_logged(store, sandbox, caplog, capfd):
    token = OrdersAccess.rows.get(store=store).token.reveal()
    control(sandbox, name=NAME, phone=PHONE)
    sandbox.break_("orders", "500", skip=4, count=1)

    with caplog.at_level(logging.DEBUG):
        read_now(store)

    printed = capfd.readouterr()
    said = f"{caplog.text}{[vars(record) for record in caplog.records]}{printed.out}{printed.err}"
    assert "kaspi.orders.read" in said
    assert Order.rows.filter(buyer_name=NAME).exists()
    assert [secret for secret in (token, PHONE, NAME) if secret in said] == []


def test_a_phone_is_sealed_at_rest(store, sandbox):
    made = control(sandbox, phone=PHONE)

    read_now(store)

    order = Order.rows.get(code=made["code"])
    at_rest = Order.rows.filter(pk=order.pk).values_list(Cast("buyer_phone", TextField()))
    assert order.buyer_phone.reveal() == PHONE
    assert PHONE not in at_rest.get()[0]
