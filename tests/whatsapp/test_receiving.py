"""What comes: by webhooks, and by reading chats where webhooks did not come."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from tests.factories import NOW, make_user
from tests.whatsapp.chatting import BUYER, NOON, make_chat
from tests.whatsapp.connecting import make_connection
from whatsapp.models import Connection, Contact, HookEvent, Message, MessageKind, MessageState
from whatsapp.ports import ChatMessage
from whatsapp.services import contacts, missed, outbox
from whatsapp.services.hooks import take_events
from whatsapp.services.receiving import note_ack, receive
from whatsapp.signals import message_received

pytestmark = pytest.mark.db
LID = "311597675001686@lid"


@pytest.fixture
def connection(seller):
    return make_connection(user=seller, session_status="WORKING")


@pytest.fixture
def heard():
    """What was announced."""
    told = []

    def hear(**said):
        told.append((said["user_id"], said["message_id"]))

    message_received.connect(hear)
    yield told
    message_received.disconnect(hear)


def said(text="Есть в наличии?", *, chat_id=f"{BUYER}@c.us", message_id="3EB01", at=NOW):
    return ChatMessage(message_id, chat_id, text, is_ours=False, at=at, ack=0)


def told(connection, kind, **payload):
    HookEvent.rows.create(
        connection=connection,
        event_id=f"evt_{HookEvent.rows.count()}",
        kind=kind,
        body={"payload": payload},
        received_at=NOW,
    )
    take_events(connection_id=connection.pk, now=NOW)


def ours(seller, *, state=MessageState.SENT, kind=MessageKind.BY_HAND, message_id="3EB0OURS"):
    contact = contacts.contact_of_phone(user=seller, phone=BUYER, now=NOW)
    row = outbox.put(user=seller, contact=contact, text="Здравствуйте!", kind=kind, now=NOW)
    Message.rows.filter(pk=row.pk).update(state=state, message_id=message_id)
    return row


def test_what_somebody_writes_is_kept_once_and_announced_once(connection, seller, heard):
    arrived = {"from": LID, "id": f"false_{LID}_3EB01", "body": "Есть?", "timestamp": 1763881200}

    told(connection, "message", **arrived)
    told(connection, "message", **arrived)

    row, contact = Message.rows.get(), Contact.rows.get()
    assert (row.state, row.text, row.message_id) == ("RECEIVED", "Есть?", "3EB01")
    assert (contact.lid, contact.chat_id, contact.phone) == (LID, LID, "")
    assert contact.wrote_at == row.said_at == datetime.fromtimestamp(1763881200, tz=UTC)
    assert heard == [(seller.pk, row.pk)]


@pytest.mark.parametrize(
    "payload",
    [
        {"from": "1203@g.us", "id": "false_1203@g.us_1", "body": "a", "timestamp": 1},
        {"from": "status@broadcast", "id": "false_x_1", "body": "a", "timestamp": 1},
        {"from": LID, "id": "true_x_1", "body": "a", "timestamp": 1, "fromMe": True},
        {"from": LID, "id": "false_x_1", "body": "a"},
        {"from": None, "id": 5, "timestamp": "never"},
        {},
    ],
)
def test_groups_statuses_our_own_and_nonsense_are_not_kept(connection, payload, heard):
    told(connection, "message", **payload)

    assert (Message.rows.count(), heard) == (0, [])


@pytest.mark.parametrize(
    ("acks", "state"),
    [
        ([1], "SENT"),
        ([2], "DELIVERED"),
        ([3], "READ"),
        ([4], "READ"),
        ([3, 2, 1], "READ"),
        ([2, 2], "DELIVERED"),
        ([0], "SENDING"),
        ([-1], "FAILED"),
        ([3, -1], "READ"),
        ([-1, 2], "FAILED"),
    ],
)
def test_acknowledgements_only_lead_forward(connection, seller, acks, state):
    ours(seller, state=MessageState.SENDING)

    for ack in acks:
        told(connection, "message.ack", id=f"true_{BUYER}@c.us_3EB0OURS", ack=ack)

    assert Message.rows.get().state == state


def test_an_acknowledgement_of_somebody_elses_message_moves_nothing(connection, seller):
    stranger = make_connection(user=make_user(), session_status="WORKING")
    ours(seller)

    note_ack(stranger, "3EB0OURS", 3, now=NOW)

    assert Message.rows.get().state == "SENT"


@pytest.mark.parametrize("word", ["СТОП", "стоп!", " Stop ", "тоқта", "не пишите"])
def test_who_says_stop_is_left_alone_and_what_waited_is_dropped(connection, seller, word):
    waiting = ours(seller, state=MessageState.WAITING, kind=MessageKind.ORDER, message_id="")
    answer = ours(seller, state=MessageState.WAITING, message_id="")

    receive(connection, said(word), now=NOW)

    waiting.refresh_from_db()
    answer.refresh_from_db()
    assert not Contact.rows.get().may_be_written
    assert (waiting.state, waiting.reason, answer.state) == ("DROPPED", "opted-out", "WAITING")


def test_who_writes_after_a_stop_may_be_answered_and_start_takes_it_back(connection):
    receive(connection, said("стоп"), now=NOW)
    later = NOW + timedelta(minutes=5)

    receive(connection, said("Сколько стоит?", message_id="3EB02", at=later), now=later)
    answered = Contact.rows.get()
    receive(connection, said("старт", message_id="3EB03", at=later), now=later)

    assert (answered.may_be_written, answered.opted_out_at) == (True, NOW)
    assert Contact.rows.get().opted_out_at is None


@pytest.mark.flow
@pytest.mark.django_db(transaction=True)
def test_a_number_and_a_linked_id_turn_out_to_be_one_person(gateway, seller, broker):
    chat = make_chat(user=seller, gateway=gateway)
    outbox.write(user=seller, to=BUYER, text="Здравствуйте!", now=NOON)
    lid = gateway.ask("people", phone=BUYER)["lid"]
    receive(chat.connection, said(chat_id=lid), now=NOON)
    unnamed = Contact.rows.get(lid=lid)

    contacts.name(contact_id=unnamed.pk)

    one = Contact.rows.get()
    assert (one.phone, one.lid, one.wrote_at is not None) == (BUYER, lid, True)
    assert Message.rows.filter(contact=one).count() == 2


@pytest.mark.flow
@pytest.mark.django_db(transaction=True)
def test_what_no_webhook_told_is_read_from_the_chats(gateway, seller, broker):
    chat = make_chat(user=seller, gateway=gateway)
    began = timezone.now()
    missed.read_missed(connection_id=chat.connection.pk, now=began)
    gateway.order("messages", session=chat.name, **{"from": BUYER}, text="Есть в наличии?")

    found = [
        missed.read_missed(connection_id=chat.connection.pk, now=timezone.now()) for _ in range(2)
    ]

    assert found == [1, 0]
    assert Message.rows.get().text == "Есть в наличии?"
    read_until = Connection.rows.get().read_until
    assert read_until is not None
    assert read_until > began


def test_connections_are_looked_through_in_turn(seller, broker, django_capture_on_commit_callbacks):
    late = make_connection(
        user=seller, session_status="WORKING", read_until=NOON - timedelta(minutes=11)
    )
    make_connection(user=make_user(), session_status="WORKING", read_until=NOON)
    make_connection(user=make_user(), session_status="SCAN_QR_CODE")

    with django_capture_on_commit_callbacks(execute=True):
        missed.order_due(now=NOON)

    assert [order.arguments for order in broker.take()] == [{"connection_id": str(late.pk)}]
