"""Orders into rows: once, whole, and without their buyers in time."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cube_demper.kernel.money import Money
from cube_demper.kernel.sealing import Secret
from kaspi.models import Order, OrderEntry
from kaspi.order_ports import EntryFacts, OrderFacts
from kaspi.services.orders import erase_buyers, keep_entries, keep_orders
from kaspi.signals import order_changed
from tests.factories import NOW, make_store

pytestmark = pytest.mark.db

LATER = NOW + timedelta(hours=1)
ORDER = OrderFacts(
    kaspi_id="OTAw",
    code="900",
    state="NEW",
    status="APPROVED_BY_BANK",
    total=Money.tenge(24990),
    delivery_cost=Money(0),
    payment_mode="PREPAID",
    delivery_mode="DELIVERY_LOCAL",
    placed_at=NOW - timedelta(hours=2),
    approved_at=None,
    planned_delivery_at=None,
    courier_at=None,
    is_kaspi_delivery=False,
    is_express=False,
    is_preorder=False,
    is_assembled=False,
    is_signature_required=False,
    point_id="30000001_PP1",
    city="Алматы",
    waybill_number="",
    cancellation_reason="",
    buyer_name="Дана",
    buyer_phone="7051234567",
)
LINE = EntryFacts(
    kaspi_id="a",
    number=0,
    sku="SKU-1",
    title="Phone",
    master_sku="100",
    category="Phones",
    quantity=2,
    price=Money.tenge(100),
    total=Money.tenge(200),
)


@pytest.fixture
def store(seller):
    return make_store(user=seller)


@pytest.fixture
def news():
    """What was announced: the order, and whether it is new."""
    heard: list[tuple[int, bool]] = []

    def hear(sender, *, order_id, is_new, **_):
        heard.append((order_id, is_new))

    order_changed.connect(hear)
    yield heard
    order_changed.disconnect(hear)


def test_an_order_is_kept_as_it_is(store):
    keep_orders(store=store, found=[ORDER], now=NOW)

    order = Order.rows.get()
    assert (order.code, order.state, order.status) == ("900", "NEW", "APPROVED_BY_BANK")
    assert (order.total, order.placed_at) == (Money.tenge(24990), ORDER.placed_at)
    assert (order.buyer_name, order.buyer_phone) == ("Дана", Secret("7051234567"))


def test_the_same_page_twice_is_one_order_and_news_once(store, news):
    keep_orders(store=store, found=[ORDER], now=NOW)
    keep_orders(store=store, found=[ORDER], now=LATER)

    order = Order.rows.get()
    assert (order.first_read_at, order.changed_at, order.read_at) == (NOW, NOW, LATER)
    assert news == [(order.pk, True)]


@pytest.mark.parametrize("moved", [{"state": "ARCHIVE"}, {"status": "DREAMING"}])
def test_another_state_or_status_is_news(store, news, moved):
    keep_orders(store=store, found=[ORDER], now=NOW)

    keep_orders(store=store, found=[replace(ORDER, **moved)], now=LATER)

    order = Order.rows.get()
    assert news == [(order.pk, True), (order.pk, False)]
    assert order.changed_at == LATER


def test_an_unknown_word_is_kept_and_flagged(store):
    keep_orders(store=store, found=[replace(ORDER, status="DREAMING" * 20)], now=NOW)

    order = Order.rows.get()
    assert (order.status, order.is_known) == (("DREAMING" * 20)[:64], False)


def test_what_a_first_reading_meets_is_no_news(store, news):
    keep_orders(store=store, found=[ORDER], now=NOW, is_news=False)

    assert news == []


def test_the_same_number_in_two_stores_is_two_orders(seller, stranger):
    for user in (seller, stranger):
        keep_orders(store=make_store(user=user), found=[ORDER], now=NOW)

    assert Order.objects.for_user(seller).count() == Order.objects.for_user(stranger).count() == 1


def test_lines_are_replaced_whole(store):
    keep_orders(store=store, found=[ORDER], now=NOW)
    order = Order.rows.get()

    keep_entries(order=order, found=[LINE, replace(LINE, kaspi_id="b")], now=NOW)
    keep_entries(order=order, found=[replace(LINE, quantity=1)], now=LATER)

    assert [(row.sku, row.quantity) for row in OrderEntry.rows.all()] == [("SKU-1", 1)]
    order.refresh_from_db()
    assert order.entries_read_at == LATER


def test_buyers_are_forgotten_in_time_and_orders_are_not(store, settings):
    settings.ORDERS_KEEP_BUYERS_DAYS = 30
    old = replace(ORDER, kaspi_id="b", code="901", placed_at=NOW - timedelta(days=29))
    keep_orders(store=store, found=[ORDER, old], now=NOW)

    erased = erase_buyers(now=NOW + timedelta(days=2))

    fresh, forgotten = Order.rows.order_by("code")
    assert (erased, fresh.buyer_name, fresh.erased_at) == (1, "Дана", None)
    assert (forgotten.buyer_name, forgotten.buyer_phone.reveal()) == ("", "")
    assert (forgotten.total, forgotten.erased_at) == (ORDER.total, NOW + timedelta(days=2))


def test_a_forgotten_buyer_does_not_come_back_with_the_next_reading(store):
    keep_orders(store=store, found=[ORDER], now=NOW)
    much_later = NOW + timedelta(days=40)
    erase_buyers(now=much_later)

    keep_orders(store=store, found=[replace(ORDER, status="COMPLETED")], now=much_later)

    order = Order.rows.get()
    assert (order.status, order.buyer_name, order.buyer_phone.reveal()) == ("COMPLETED", "", "")


def test_the_buyer_of_an_order_first_met_late_is_never_kept(store):
    keep_orders(store=store, found=[ORDER], now=NOW + timedelta(days=40))

    order = Order.rows.get()
    assert (order.buyer_name, order.buyer_phone.reveal()) == ("", "")
    assert order.erased_at == NOW + timedelta(days=40)
