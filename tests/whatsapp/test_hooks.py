import hashlib
import hmac
import json
from datetime import timedelta

import pytest

from tests.factories import NOW, make_user
from tests.whatsapp.connecting import make_connection
from whatsapp.errors import HookUnreadable, SignatureWrong
from whatsapp.models import HookEvent, Wish
from whatsapp.services.hooks import forget_events, order_untaken, receive, take_events

pytestmark = pytest.mark.db
SECOND = timedelta(seconds=1)
PUBLISHED = (
    "208f8a55dde9e05519e898b10b89bf0d0b3b0fdf11fdbf09b6b90476301b98d8"
    "097c462b2b17a6ce93b6b47a136cf2e78a33a63f6752c2c1631777076153fa89"
)


@pytest.fixture
def connection(seller):
    return make_connection(user=seller)


def signed(body, key="a-hook-key"):
    return hmac.new(key.encode(), body, hashlib.sha512).hexdigest()


def an_event(event_id="evt_1", *, status="WORKING", at=NOW, me=None, event="session.status"):
    said = {
        "id": event_id,
        "timestamp": int(at.timestamp() * 1000),
        "event": event,
        "session": "default",
        "me": me,
        "payload": {"name": "default", "status": status},
    }
    return json.dumps(said).encode()


def tell(connection, body, *, now=NOW):
    receive(connection_id=connection.pk, body=body, signature=signed(body), now=now)


def test_an_event_is_kept_taken_up_and_then_forgotten_but_for_its_id(connection, broker):
    me = {"id": "77017654321@c.us", "lid": "123@lid", "pushName": "Shop"}
    tell(connection, an_event(me=me))
    waiting = HookEvent.rows.get().body["payload"]["status"]

    taken = take_events(connection_id=connection.pk, now=NOW)

    connection.refresh_from_db()
    event = HookEvent.rows.get()
    assert (waiting, taken, event.body, event.taken_at) == ("WORKING", 1, {}, NOW)
    assert (connection.session_status, connection.phone) == ("WORKING", "77017654321")
    assert (connection.lid, connection.push_name) == ("123@lid", "Shop")


def test_an_event_that_comes_again_is_taken_once(connection):
    for _ in range(2):
        tell(connection, an_event())
        take_events(connection_id=connection.pk, now=NOW)

    assert HookEvent.rows.count() == 1


@pytest.mark.parametrize("signature", ["", "no-hex", "0" * 128, "Ы" * 128])
def test_an_event_that_is_not_signed_by_our_key_is_refused(connection, signature):
    with pytest.raises(SignatureWrong):
        receive(connection_id=connection.pk, body=an_event(), signature=signature, now=NOW)

    assert not HookEvent.rows.exists()


def test_what_one_gateway_signs_is_not_taken_for_anothers(connection):
    another = make_connection(user=make_user(), hook_key="another-key")
    body = an_event()

    with pytest.raises(SignatureWrong):
        receive(connection_id=another.pk, body=body, signature=signed(body), now=NOW)


def test_a_body_that_was_altered_is_refused(connection):
    signature = signed(an_event())

    with pytest.raises(SignatureWrong):
        receive(connection_id=connection.pk, body=an_event("evt_2"), signature=signature, now=NOW)


def test_what_a_deleted_connection_still_says_is_dropped(connection):
    connection.wish = Wish.DELETED
    connection.save()

    tell(connection, an_event())

    assert not HookEvent.rows.exists()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b'{"id": "evt_1", "event": "message"}',
        b'{"id": 5, "event": "message", "payload": {}}',
        b'{"id": "", "event": "message", "payload": {}}',
        b'{"id": "%s", "event": "message", "payload": {}}' % (b"x" * 65),
        b'{"id": "evt_1", "event": "message", "payload": {"body": "\\ud800"}}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_event_is_refused(connection, body):
    with pytest.raises(HookUnreadable):
        tell(connection, body)

    assert not HookEvent.rows.exists()


def test_characters_that_no_column_holds_are_left_out(connection):
    tell(connection, b'{"id": "evt_1", "event": "message", "payload": {"body": ["a\\u0000b"]}}')

    assert HookEvent.rows.get().body["payload"] == {"body": ["ab"]}


def test_events_that_come_late_do_not_turn_the_clock_back(connection):
    tell(connection, an_event("evt_2", status="WORKING", at=NOW))
    tell(connection, an_event("evt_1", status="STARTING", at=NOW - SECOND))

    take_events(connection_id=connection.pk, now=NOW + SECOND)

    connection.refresh_from_db()
    assert connection.session_status == "WORKING"


def test_a_word_that_is_new_to_us_is_unknown_and_holds_nothing_up(connection):
    tell(connection, an_event("evt_1", status="DREAMING"))
    tell(connection, an_event("evt_2", status="WORKING", at=NOW + SECOND))

    take_events(connection_id=connection.pk, now=NOW + SECOND)

    connection.refresh_from_db()
    assert connection.session_status == "WORKING"


def test_an_event_that_nobody_can_read_is_dropped_and_the_next_is_taken(connection):
    odd = json.loads(an_event())
    odd["timestamp"] = "soon"
    tell(connection, json.dumps(odd).encode())
    tell(connection, an_event("evt_2", status="SCAN_QR_CODE"))

    taken = take_events(connection_id=connection.pk, now=NOW)

    connection.refresh_from_db()
    assert (taken, connection.session_status) == (2, "SCAN_QR_CODE")


def test_what_nobody_takes_up_is_ordered_anew(
    connection, broker, django_capture_on_commit_callbacks
):
    tell(connection, an_event())

    with django_capture_on_commit_callbacks(execute=True):
        order_untaken(now=NOW)
        order_untaken(now=NOW + timedelta(minutes=1))

    tasks = [(order.task, order.arguments) for order in broker.take()]
    assert tasks == [("whatsapp.take_events", {"connection_id": str(connection.pk)})]


def test_old_events_are_forgotten(connection):
    tell(connection, an_event())
    take_events(connection_id=connection.pk, now=NOW)

    forget_events(now=NOW + timedelta(days=4), kept=timedelta(days=3))

    assert not HookEvent.rows.exists()


def test_the_signature_is_the_one_that_waha_publishes(seller):
    connection = make_connection(user=seller, hook_key="my-secret-key")
    body = b'{"event":"message","session":"default","engine":"WEBJS"}'

    with pytest.raises(HookUnreadable):  # signed well, and without an id
        receive(connection_id=connection.pk, body=body, signature=PUBLISHED, now=NOW)


def test_over_http_an_event_is_answered_at_once(anyone, connection):
    body = an_event()
    address = f"/whatsapp/hooks/{connection.pk}"

    good = anyone.generic(
        "POST", address, body, "application/json", headers={"X-Webhook-Hmac": signed(body)}
    )
    bad = anyone.generic("POST", address, body, "application/json")

    assert (good.status_code, bad.status_code) == (204, 401)
    assert bad.json()["code"] == "signature-wrong"
