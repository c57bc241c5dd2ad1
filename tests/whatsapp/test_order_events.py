from datetime import datetime, timedelta

import pytest

from cube_demper.kernel.money import Money
from cube_demper.kernel.sealing import Secret
from kaspi.models import Order, OrdersAccess
from kaspi.signals import order_changed
from products.pricing.hours import ALMATY
from tests.factories import make_store
from tests.whatsapp.connecting import make_connection
from whatsapp.models import Contact, Message, Preferences
from whatsapp.services.order_events import consider
from whatsapp.services.templates import create

pytestmark = pytest.mark.db
NOON = datetime(2026, 11, 23, 12, tzinfo=ALMATY)
BUYER = "77011112233"
EVERYTHING = ["ACCEPTED", "SHIPPED", "DELIVERED", "CANCELLED", "REVIEW"]


@pytest.fixture
def store(seller):
    make_connection(user=seller, phone="77017654321")
    Preferences.rows.create(user=seller, order_events=EVERYTHING)
    store = make_store(user=seller, name="Мебель")
    OrdersAccess.rows.create(store=store, token=Secret("t"), set_at=NOON, next_read_at=NOON)
    return store


def an_order(store, *, phone="+7 (701) 111-22-33", **fields):
    usual = {
        "kaspi_id": f"id-{Order.rows.count()}",
        "code": "417",
        "state": "KASPI_DELIVERY",
        "status": "ACCEPTED_BY_MERCHANT",
        "total": Money.tenge(100),
        "delivery_cost": Money.tenge(0),
        "placed_at": NOON - timedelta(hours=1),
        "buyer_name": "Аружан",
        "buyer_phone": Secret(phone),
        "first_read_at": NOON,
        "read_at": NOON,
        "changed_at": NOON,
    }
    return Order.rows.create(store=store, **{**usual, **fields})


def hear(order, *, is_new=False, now=NOON, **fields):
    Order.rows.filter(pk=order.pk).update(**fields)
    return consider(order_id=order.pk, is_new=is_new, now=now)


def told():
    return [
        cause.split(":")[-1]
        for cause in Message.rows.order_by("pk").values_list("cause", flat=True)
    ]


def test_a_buyer_is_told_each_thing_once(store):
    order = an_order(store)

    for fields in ({}, {}, {"courier_at": NOON}, {}, {"status": "COMPLETED"}, {}):
        hear(order, **fields)

    assert told() == ["ACCEPTED", "SHIPPED", "DELIVERED", "REVIEW"]
    first = Message.rows.order_by("pk").first()
    assert first is not None
    assert first.text == "Здравствуйте, Аружан! Заказ 417 принят."
    assert (first.contact.phone, first.contact.name) == (BUYER, "Аружан")
    assert Message.rows.get(cause__endswith="REVIEW").due_at == NOON + timedelta(days=3)


@pytest.mark.parametrize(
    ("fields", "events"),
    [
        ({"status": "APPROVED_BY_BANK", "state": "NEW"}, []),
        ({"status": "ACCEPTED_BY_MERCHANT"}, ["ACCEPTED"]),
        ({"status": "ACCEPTED_BY_MERCHANT", "courier_at": NOON}, ["SHIPPED"]),
        ({"status": "COMPLETED", "courier_at": NOON}, ["DELIVERED", "REVIEW"]),
        ({"status": "CANCELLED", "courier_at": NOON}, ["CANCELLED"]),
        ({"status": "CANCELLING"}, []),
        ({"status": "RETURNED"}, []),
        ({"status": "SOMETHING_NEW"}, []),
    ],
)
def test_the_stage_says_what_is_told(store, fields, events):
    hear(an_order(store), **fields)

    assert told() == events


@pytest.mark.parametrize(
    ("fields", "events"),
    [
        ({}, ["ACCEPTED"]),
        ({"placed_at": NOON - timedelta(days=2)}, []),
        ({"status": "COMPLETED"}, []),
        ({"courier_at": NOON}, []),
    ],
)
def test_a_token_that_was_set_today_tells_nobody_of_last_week(store, fields, events):
    hear(an_order(store), is_new=True, **fields)

    assert told() == events


def test_whoever_gave_it_back_is_not_asked_how_they_like_it(store):
    order = an_order(store)
    hear(order, status="COMPLETED")

    hear(order, status="RETURNED")

    review = Message.rows.get(cause__endswith="REVIEW")
    assert review.state == "DROPPED"


SPOILT = {
    "off": lambda _: Preferences.rows.update(order_events=[]),
    "never said": lambda _: Preferences.rows.all().delete(),
    "no token": lambda _: OrdersAccess.rows.all().delete(),
    "opted out": lambda store: Contact.rows.create(
        user=store.user, phone=BUYER, opted_out_at=NOON, created_at=NOON
    ),
    "masked": lambda _: Order.rows.update(buyer_phone=Secret("+7 (0**) ***-**-**")),
    "no phone": lambda _: Order.rows.update(buyer_phone=Secret("")),
    "no whatsapp": lambda store: store.user.connections.update(wish="DELETED"),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_nobody_is_told_who_must_not_be(store, spoil):
    order = an_order(store)
    spoil(store)

    assert hear(order) == 0
    assert Message.rows.count() == 0


def test_a_sellers_own_text_is_used_where_it_can_be_filled(store, seller):
    create(user=seller, name="order-accepted", texts={"ru": "{shop}: {order} у нас!"}, now=NOON)
    create(user=seller, name="order-shipped", texts={"ru": "Код {code}"}, now=NOON)
    order = an_order(store)

    hear(order)
    hear(order, courier_at=NOON)

    assert [row.text for row in Message.rows.order_by("pk")] == [
        "Мебель: 417 у нас!",
        "Здравствуйте, Аружан! Заказ 417 в пути.",
    ]


def test_a_change_of_an_order_is_taken_up_by_a_worker(
    store, broker, django_capture_on_commit_callbacks
):
    order = an_order(store)

    with django_capture_on_commit_callbacks(execute=True):
        order_changed.send(Order, order_id=order.pk, store_id=store.pk, is_new=True)

    assert [(one.task, one.arguments) for one in broker.take()] == [
        ("whatsapp.tell_buyer", {"order_id": order.pk, "is_new": True})
    ]
