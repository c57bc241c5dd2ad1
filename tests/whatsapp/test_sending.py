"""The outbox against the stand-in, over real HTTP, by a clock of the test's own."""

from datetime import timedelta
from itertools import pairwise

import pytest

from tests.whatsapp.chatting import BUYER, NOON, OURS, make_chat
from whatsapp.models import Connection, Contact, Message, MessageState
from whatsapp.services import outbox
from whatsapp.services.sending import order_due

pytestmark = [pytest.mark.flow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def chat(gateway, seller, broker):
    chat = make_chat(user=seller, gateway=gateway)
    gateway.forget("requests")
    broker.take()
    return chat


def write(chat, text="Здравствуйте!", to=BUYER, key=""):
    return outbox.write(user=chat.connection.user, to=to, text=text, key=key, now=chat.now)


def they_wrote(contact=None, *, user, phone=BUYER, at=NOON):
    contact, _ = Contact.rows.get_or_create(
        user=user, phone=phone, defaults={"created_at": at, "chat_id": f"{phone}@c.us"}
    )
    Contact.rows.filter(pk=contact.pk).update(wrote_at=at)
    return contact


def asked(chat):
    return [one["endpoint"] for one in chat.gateway.ask("requests")["requests"]]


def states():
    return list(Message.rows.order_by("id").values_list("state", "reason"))


def test_an_answer_is_seen_typed_and_then_sent(chat, seller):
    they_wrote(user=seller)
    write(chat, "Да, есть в наличии.")

    chat.step()
    typing = states()
    chat.run()

    row = Message.rows.get()
    assert typing == [("TYPING", "")]
    assert (row.state, row.said_at is not None, row.is_first) == ("SENT", True, False)
    assert asked(chat) == [
        *("send_seen", "start_typing", "stop_typing", "new_message_id", "send_text"),
    ]
    assert chat.texts() == ["Да, есть в наличии."]


def test_who_never_wrote_is_looked_for_first(chat):
    write(chat)

    chat.run()

    assert asked(chat)[:2] == ["check_exists", "start_typing"]
    assert (Message.rows.get().is_first, Contact.rows.get().chat_id) == (True, f"{BUYER}@c.us")


def test_a_number_without_whatsapp_is_told_and_nothing_is_sent(chat):
    write(chat, to="77010000404")

    chat.run()

    assert states() == [("FAILED", "not-on-whatsapp")]
    assert chat.sent() == []


def test_one_is_sent_after_the_other_with_a_pause_between(chat, seller):
    they_wrote(user=seller)
    for number in range(4):
        write(chat, f"Сообщение {number}")

    chat.run()

    times = [row.said_at for row in Message.rows.order_by("said_at") if row.said_at is not None]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert chat.sent() == [f"Сообщение {number}" for number in range(4)]
    assert min(gaps) > timedelta(seconds=2 + 1)  # what lies between two, and the typing


def test_two_who_work_at_one_session_send_once(chat, seller):
    they_wrote(user=seller)
    write(chat)
    chat.step()
    chat.now += timedelta(seconds=30)
    Connection.rows.update(sending_until=chat.now + timedelta(seconds=60))

    chat.step()
    kept_out = chat.sent()
    Connection.rows.update(sending_until=None)
    chat.run()

    assert (kept_out, len(chat.sent())) == ([], 1)


def test_an_answer_that_is_lost_is_looked_up_and_never_sent_again(chat, seller):
    they_wrote(user=seller)
    write(chat)
    chat.gateway.order("faults", endpoint="send_text", kind="reset", count=1, after=True)

    chat.run()

    assert states() == [("SENT", "")]
    assert len(chat.sent()) == 1
    assert chat.texts() == ["Здравствуйте!"]


def test_a_request_that_was_lost_is_not_in_the_chat_and_fails(chat, seller):
    they_wrote(user=seller)
    write(chat)
    chat.gateway.order("faults", endpoint="send_text", kind="reset", count=1)

    chat.run()

    assert states() == [("FAILED", "send-unanswered")]
    assert chat.texts() == []


def test_whoever_died_while_sending_is_followed_by_a_look_and_not_by_a_second_send(chat, seller):
    they_wrote(user=seller)
    message = write(chat)
    client = chat.client()
    sent_id = client.new_message_id()
    Message.rows.filter(pk=message.pk).update(
        state=MessageState.SENDING, message_id=sent_id, said_at=NOON
    )
    client.send_text(f"{BUYER}@c.us", message.text, message_id=sent_id)

    chat.run()

    assert states() == [("SENT", "")]
    assert len(chat.sent()) == 1


def test_a_gateway_that_is_away_is_tried_again(chat, seller):
    they_wrote(user=seller)
    write(chat)
    chat.gateway.order("faults", endpoint="start_typing", kind="503", count=1)

    chat.step()
    put_off = states()
    chat.run()

    assert put_off == [("WAITING", "waha-gone")]
    assert states() == [("SENT", "")]


def test_a_lock_stops_first_messages_and_lets_answers_go(chat, seller):
    chat.gateway.order("accounts", phone=OURS, locked_s=7200)
    phone = "77015550000"
    chat.gateway.order("messages", session=chat.name, **{"from": phone}, text="Есть?")
    they_wrote(user=seller, phone=phone)
    first, answer = write(chat), write(chat, to="77015550000")
    another = write(chat, to="77019990000")

    chat.run()

    first.refresh_from_db()
    answer.refresh_from_db()
    another.refresh_from_db()
    connection = Connection.rows.get()
    assert (first.state, first.reason) == ("WAITING", "first-messages-locked")
    assert (another.state, another.reason) == ("WAITING", "first-messages-locked")
    assert first.due_at == another.due_at == connection.locked_until
    assert answer.state == "SENT"
    assert len(chat.sent()) == 2  # one that was refused, and the answer


def test_at_night_only_answers_go(chat, seller):
    they_wrote(user=seller, at=NOON + timedelta(hours=13))
    answer, first = write(chat), write(chat, to="77019990000")
    chat.now = NOON + timedelta(hours=13, minutes=1)

    chat.run()

    first.refresh_from_db()
    answer.refresh_from_db()
    assert answer.state == "SENT"
    assert (first.state, first.reason) == ("WAITING", "quiet-hours")
    assert first.due_at == NOON + timedelta(hours=21)


def test_what_is_too_late_is_dropped(chat):
    message = write(chat)
    Message.rows.filter(pk=message.pk).update(expires_at=NOON)

    chat.run()

    assert states() == [("DROPPED", "too-late")]
    assert chat.sent() == []


def test_a_session_that_does_not_work_keeps_its_outbox(chat, broker):
    write(chat)
    Connection.rows.update(session_status="SCAN_QR_CODE")
    broker.take()

    chat.step()
    order_due(now=chat.now)

    assert states() == [("WAITING", "")]
    assert [order.task for order in broker.take()] == []


def test_what_is_due_is_ordered_by_the_clock(chat, broker):
    write(chat)
    broker.take()

    order_due(now=chat.now)

    assert [order.task for order in broker.take()] == ["whatsapp.deliver"]
