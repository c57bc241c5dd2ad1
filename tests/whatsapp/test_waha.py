"""The client against the stand-in, over real HTTP."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from tests.flows.patience import until
from tests.whatsapp.gateway import Gateway
from whatsapp.clients.waha import WahaClient
from whatsapp.errors import (
    FirstMessagesLocked,
    NotByThisEngine,
    SendUnanswered,
    SessionMissing,
    SessionNotReady,
    WahaGone,
    WahaKeyRefused,
)
from whatsapp.ports import Endpoint, SessionStatus

pytestmark = pytest.mark.flow
CONFIG = {"metadata": {"config": "1"}, "ignore": {"groups": True}}
PNG = b"\x89PNG\r\n"
OURS, BUYER = "77017654321", "77011112233"
_numbers = count(1)


def a_session(gateway, *, config=CONFIG):
    client = WahaClient(gateway.endpoint(f"session-{next(_numbers)}"))
    client.create(config)
    return client


def name_of(client):
    return client._at.session_name


def waiting_for_scan(gateway):
    client = a_session(gateway)
    until(client.session, lambda facts: facts.status == SessionStatus.SCAN_QR_CODE)
    return client


def working(gateway):
    client = waiting_for_scan(gateway)
    phone = f"7701{next(_numbers):07}"  # what one account may not do, another may
    gateway.order("sessions/scan", session=name_of(client), phone=phone, name="Shop")
    until(client.session, lambda facts: facts.status == SessionStatus.WORKING)
    return client


def test_a_session_is_made_scanned_and_forgotten(gateway):
    client = waiting_for_scan(gateway)
    picture, text = client.qr_picture(), client.qr_text()
    gateway.order("sessions/scan", session=name_of(client), phone=OURS, name="Shop", code=text)
    facts = until(client.session, lambda facts: facts.status == SessionStatus.WORKING)
    client.delete()
    client.delete()

    assert (picture[:6], facts.account.phone, facts.account.name) == (PNG, OURS, "Shop")
    with pytest.raises(SessionMissing):
        client.session()


def test_a_session_that_has_its_config_is_left_as_it_is(gateway):
    client = a_session(gateway)
    gateway.forget("requests")

    client.create(CONFIG)
    client.create({**CONFIG, "metadata": {"config": "2"}})

    asked = [row["endpoint"] for row in gateway.ask("requests")["requests"]]
    assert asked == ["session", "session", "update", "session"]


def test_what_a_session_is_not_ready_for_says_what_it_is_instead(gateway):
    gateway.order("settings", wait_s=0.1)
    client = working(gateway)

    with pytest.raises(SessionNotReady) as refused:
        client.qr_picture()

    assert refused.value.status == "WORKING"


def test_a_code_may_be_typed_instead(gateway):
    client = waiting_for_scan(gateway)

    assert len(client.pairing_code(OURS)) == len("ABCD-EFGH")


def test_a_wrong_key_is_told_apart_from_everything_else(gateway):
    client = WahaClient(Endpoint(gateway.url, "another-key", "default"))

    with pytest.raises(WahaKeyRefused):
        client.session()


def test_nobody_there_is_told_before_and_while_sending():
    client = WahaClient(Endpoint("http://127.0.0.1:9", "key", "default"))

    with pytest.raises(WahaGone):
        client.ping()
    with pytest.raises(WahaGone):
        client.send_text(f"{BUYER}@c.us", "Здравствуйте!")


@pytest.mark.parametrize("engine", ["GOWS", "NOWEB", "WEBJS"])
def test_a_message_has_one_id_whatever_the_engine_answers(engine, tmp_path):
    gateway = Gateway.start(engine=engine, store=tmp_path)
    try:
        client = WahaClient(gateway.endpoint("default"))
        client.create({**CONFIG, "noweb": {"store": {"enabled": True}}})
        until(client.session, lambda facts: facts.status == SessionStatus.SCAN_QR_CODE)
        gateway.order("sessions/scan", session="default", phone=OURS)
        until(client.session, lambda facts: facts.status == SessionStatus.WORKING)
        chat_id = client.chat_of(BUYER) or ""
        try:
            asked = client.new_message_id()
        except NotByThisEngine:
            asked = ""

        sent = client.send_text(chat_id, "Здравствуйте!", message_id=asked)
        found = client.message(chat_id, sent)
    finally:
        gateway.stop()

    assert found is not None
    assert chat_id == f"{BUYER}@c.us"
    assert sent == (asked or sent)
    assert (engine == "WEBJS") is (asked == "")
    assert (found.text, found.is_ours, found.message_id) == ("Здравствуйте!", True, sent)


def test_the_lock_on_first_messages_is_told_apart(gateway):
    gateway.order("settings", lock_after=1)
    client = working(gateway)
    client.send_text(f"{BUYER}@c.us", "Первое")

    with pytest.raises(FirstMessagesLocked):
        client.send_text("77019998877@c.us", "Второе")

    assert client.session().limits.locked_until > datetime.now(UTC)


def test_a_send_that_is_cut_off_may_have_gone_and_reading_tells(gateway):
    client = working(gateway)
    message_id = client.new_message_id()
    gateway.order("faults", endpoint="send_text", kind="reset", count=1, after=True)

    with pytest.raises(SendUnanswered):
        client.send_text(f"{BUYER}@c.us", "Здравствуйте!", message_id=message_id)

    assert client.message(f"{BUYER}@c.us", message_id).text == "Здравствуйте!"
    assert client.message(f"{BUYER}@c.us", "3EB0NEVER") is None


def test_what_came_meanwhile_is_read_from_the_chats(gateway):
    client = working(gateway)
    since = datetime.now(UTC) - timedelta(minutes=1)
    gateway.order("messages", session=name_of(client), **{"from": BUYER}, text="Есть в наличии?")

    [chat_id] = client.chats(since=since, most=10)
    [message] = client.messages(chat_id, since=since, most=10)

    assert (message.text, message.is_ours) == ("Есть в наличии?", False)
    assert client.chats(since=datetime.now(UTC) + timedelta(hours=1), most=10) == []


def test_who_has_no_whatsapp_has_no_chat(gateway):
    client = working(gateway)
    gateway.order("people", phone="77010000001", on_whatsapp=False)

    assert client.chat_of("77010000001") is None
