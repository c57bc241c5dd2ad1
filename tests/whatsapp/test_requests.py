"""Every request of our client, as it goes over the wire, is one that WAHA describes."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.flows.patience import until
from tests.sandbox.waha.contract import Contract
from tests.whatsapp.chatting import BUYER, make_chat
from whatsapp.clients import waha
from whatsapp.ports import SessionStatus
from whatsapp.services.sessions import session_config

pytestmark = [pytest.mark.flow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def heard(shared_folder: Path):
    """What was asked for, held to the description as it is sent."""
    contract = Contract(shared_folder / "contracts" / "waha-openapi.json")
    asked: set[tuple[str, str]] = set()

    def judge(request):
        path = request.url.raw_path.decode().partition("?")[0]
        query, body = dict(request.url.params), request.read()
        if operation := contract.judge_request(request.method, path, query, body):
            asked.add(operation)

    hooks = waha._pool().event_hooks
    waha._pool().event_hooks = {**hooks, "request": [judge]}
    yield asked
    waha._pool().event_hooks = hooks


def test_everything_that_our_client_asks_is_described(gateway, seller, broker, heard):
    chat = make_chat(user=seller, gateway=gateway)
    client, chat_id = chat.client(), f"{BUYER}@c.us"
    client.ping()
    client.create(session_config(chat.connection))
    until(client.session, lambda facts: facts.status == SessionStatus.WORKING)
    gateway.order("messages", session=chat.name, **{"from": BUYER}, text="Есть?")
    client.chat_of(BUYER)
    client.phone_of(gateway.ask("people", phone=BUYER)["lid"])
    client.show_seen(chat_id)
    client.show_typing(chat_id, is_typing=True)
    client.show_typing(chat_id, is_typing=False)
    sent = client.send_text(chat_id, "Да", message_id=client.new_message_id())
    client.message(chat_id, sent)
    since = datetime.now(UTC) - timedelta(hours=1)
    client.messages(chat_id, since=since, most=5)
    client.chats(since=since, most=5)
    client.logout()
    client.restart()
    until(client.session, lambda facts: facts.status == SessionStatus.SCAN_QR_CODE)
    client.qr_picture()
    client.qr_text()
    client.pairing_code("77017654321")
    client.start()
    client.delete()

    assert len(heard) >= 17
