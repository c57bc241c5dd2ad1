from datetime import datetime, timedelta

import pytest

from news.models import EventKind
from news.services.telling import tell
from products.pricing.hours import ALMATY
from tests.factories import make_store, make_user
from tests.whatsapp.connecting import make_connection
from whatsapp.alert_words import sparkline
from whatsapp.models import Message, Preferences
from whatsapp.services.summaries import tell_due

pytestmark = pytest.mark.db
OWN = "77017654321"
NOON = datetime(2026, 11, 23, 12, 1, tzinfo=ALMATY)
EVERYTHING = [
    *("SESSION_LOST", "FLOOR_REACHED", "PRICE_WAR", "SHOP_BANNED"),
    *("PREORDER_FAILED", "PLAN_ENDING", "DAILY_SUMMARY"),
]


@pytest.fixture
def wishes(seller):
    make_connection(user=seller, phone=OWN)
    return Preferences.rows.create(user=seller, alerts=EVERYTHING)


def hear(seller, kind, *, now=NOON, **payload):
    tell(user_id=seller.pk, kind=kind, payload=payload, now=now)


def texts():
    return list(Message.rows.order_by("pk").values_list("text", flat=True))


def test_a_seller_is_told_on_their_own_phone(seller, wishes):
    hear(seller, EventKind.FLOOR_REACHED, title="Стул", wanted_price_tiyn=1_523_800)

    row = Message.rows.get()
    assert (row.contact.phone, row.kind, row.state) == (OWN, "ALERT", "WAITING")
    assert row.text == "⬇️ Цена опустилась до минимума:\n• Стул: 15\u00a0238\u00a0₸"


def test_what_comes_within_a_while_is_one_message(seller, wishes):
    for title in ("Стул", "Стол", "Стул", "Лампа"):
        hear(seller, EventKind.WAR_BEGUN, title=title, wanted_price_tiyn=None)
    later = NOON + timedelta(minutes=40)
    hear(seller, EventKind.WAR_BEGUN, now=later, title="Шкаф")

    assert texts() == [
        "⚔️ Началась ценовая война:\n• Стул\n• Стол\n• Лампа",
        "⚔️ Началась ценовая война:\n• Шкаф",
    ]


def test_nothing_is_added_to_what_is_on_its_way(seller, wishes):
    hear(seller, EventKind.WAR_BEGUN, title="Стул")
    Message.rows.update(state="SENT")

    hear(seller, EventKind.WAR_BEGUN, title="Стол")

    assert texts() == ["⚔️ Началась ценовая война:\n• Стул"]


def test_a_flood_is_one_message_that_still_fits(seller, wishes):
    for number in range(60):
        hear(seller, EventKind.FLOOR_REACHED, title=f"Товар {number} " + "x" * 100)

    [text] = texts()
    assert len(text) < 4096
    assert text.count("\n") <= 21


def test_a_store_that_stands_still_is_named_with_the_time(seller, wishes):
    store = make_store(user=seller, name="Мебель Алматы")
    banned = {"store_id": store.pk, "attention": "pushes-banned", "until": "2026-11-23T08:30:00Z"}
    hear(seller, EventKind.STORE_STOPPED, **banned)
    hear(seller, EventKind.STORE_STOPPED, **{**banned, "attention": "walled-off"})

    assert texts() == ["⛔ Kaspi приостановил изменение цен магазина:\n• Мебель Алматы → 13:30"]


def test_a_plan_that_ends_is_told_with_its_day(seller, wishes):
    hear(seller, EventKind.PAYMENT_DUE, state="active", access_until="2026-11-25T20:00:00Z")

    assert texts() == ["⏳ Тариф скоро закончится.\n• → 26.11.2026"]


@pytest.mark.parametrize(
    ("kind", "hour", "due"),
    [
        (EventKind.SESSION_LOST, 3, "03:03"),
        (EventKind.FLOOR_REACHED, 3, "09:00"),
        (EventKind.FLOOR_REACHED, 12, "12:03"),
        (EventKind.PREORDER_FAILED, 22, "09:00"),
    ],
)
def test_at_night_only_what_is_urgent_goes(seller, wishes, kind, hour, due):
    hear(seller, kind, now=NOON.replace(hour=hour), title="Стул")

    assert f"{Message.rows.get().due_at.astimezone(ALMATY):%H:%M}" == due


def test_who_did_not_ask_is_not_told(seller, wishes):
    Preferences.rows.update(alerts=["PRICE_WAR"])
    stranger = make_user()
    make_connection(user=stranger, phone="77015550000")

    hear(seller, EventKind.FLOOR_REACHED, title="Стул")
    hear(stranger, EventKind.WAR_BEGUN, title="Стул")
    hear(seller, EventKind.PRICE_APPLIED, title="Стул")

    assert texts() == []


def test_without_a_phone_news_go_on_as_ever(seller):
    Preferences.rows.create(user=seller, alerts=EVERYTHING, alert_phone=OWN)

    hear(seller, EventKind.FLOOR_REACHED, title="Стул")

    assert texts() == []


def test_another_number_may_be_named(seller, wishes):
    Preferences.rows.update(alert_phone="77019998877", language="kk")

    hear(seller, EventKind.SESSION_LOST, store_ids=[])

    row = Message.rows.get()
    assert row.contact.phone == "77019998877"
    assert row.text == ("⚠️ Kaspi қайта кіруді сұрайды: бұл дүкендердің бағалары әзірге өзгермейді.")


def test_the_day_in_numbers_comes_once_at_its_hour(seller, wishes):
    evening = NOON.replace(hour=20, minute=0)

    told = [tell_due(now=at) for at in (NOON, evening, evening + timedelta(hours=1))]

    assert told == [0, 1, 0]
    assert texts()[0].startswith("📊 За сутки: 0 изменений цен. Товаров под наблюдением: 0")


@pytest.mark.parametrize(
    ("values", "line"),
    [([], ""), ([5], "▅"), ([5, 5], "▅▅"), ([1, 8], "▁█"), ([0, 50, 100], "▁▄█")],
)
@pytest.mark.unit
def test_numbers_are_drawn_in_blocks(values, line):
    assert sparkline(values) == line
