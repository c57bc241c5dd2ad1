"""Events on their way to webhooks, over real HTTP."""

import base64
import hashlib
import hmac
import json
from collections import Counter
from datetime import timedelta

import pytest
from django.db import transaction

from accounts.models import User
from news import tally
from news.clients.post import Guard
from news.models import Delivery, DeliveryState, Event, EventKind, Webhook
from news.services import deliveries
from news.services.rotation import rotate_secret
from news.services.telling import tell
from news.services.trials import send_test
from news.signing import new_key
from tests.factories import NOW

pytestmark = pytest.mark.db


def make_webhook(seller, receiver):
    return Webhook.rows.create(user=seller, url=receiver.url, signing_key=new_key(), made_at=NOW)


@pytest.fixture
def webhook(seller, receiver):
    return make_webhook(seller, receiver)


def deliver(webhook, now=NOW):
    deliveries.deliver(webhook_id=webhook.pk, guard=Guard(is_local=True), clock=lambda: now)


def test_an_event_is_sent_as_streams_have_it_and_signed(webhook, receiver, told):
    told(90_000)

    deliver(webhook)

    headers, body = receiver.received[0]
    event, sent = Event.rows.get(), Delivery.rows.get()
    name, timestamp = f"event-{event.pk}", str(int(NOW.timestamp()))
    key = base64.b64decode(webhook.signing_key.reveal().removeprefix("whsec_"))
    digest = hmac.digest(key, f"{name}.{timestamp}.".encode() + body, hashlib.sha256)
    assert json.loads(body) == {
        "id": event.pk,
        "kind": "price_applied",
        "told_at": "2026-03-02T09:00:00Z",
        "payload": {"price_tiyn": 90_000},
    }
    assert headers["Webhook-Signature"] == f"v1,{base64.b64encode(digest).decode()}"
    assert (headers["Webhook-Id"], headers["Webhook-Timestamp"]) == (name, timestamp)
    assert (sent.state, sent.status, sent.tries) == ("DELIVERED", 200, 1)


def test_for_a_day_the_secret_before_signs_beside_the_new_one(webhook, receiver, told, seller):
    old = webhook.signing_key
    new = rotate_secret(user=seller, webhook_id=webhook.pk, now=NOW).signing_key
    told(1, 2)

    Delivery.rows.filter(event=Event.rows.latest("pk")).update(next_try_at=NOW + timedelta(days=1))
    deliver(webhook)
    deliver(webhook, NOW + timedelta(days=1))

    assert [signers(headers, body, old, new) for headers, body in receiver.received] == [
        [new, old],
        [new],
    ]


def signers(headers, body, *keys):
    """Whose of these keys made each of a message's signatures."""
    signed = f"{headers['Webhook-Id']}.{headers['Webhook-Timestamp']}.".encode() + body
    made = {}
    for key in keys:
        raw = base64.b64decode(key.reveal().removeprefix("whsec_"))
        digest = hmac.digest(raw, signed, hashlib.sha256)
        made[f"v1,{base64.b64encode(digest).decode()}"] = key
    return [made[one] for one in headers["Webhook-Signature"].split()]


def test_a_test_goes_to_one_webhook_alone_and_is_tried_once(webhook, receiver, seller):
    another = make_webhook(seller, receiver)
    receiver.status = 500
    sent = send_test(user=seller, webhook_id=webhook.pk, now=NOW)

    for hours in (0, 1):
        deliver(webhook, NOW + timedelta(hours=hours))
        deliver(another, NOW + timedelta(hours=hours))

    sent.refresh_from_db()
    [(_, body)] = receiver.received
    assert json.loads(body)["kind"] == "webhook_test"
    assert (sent.state, sent.status, sent.failure) == ("GIVEN_UP", 500, "receiver-refused")
    assert Webhook.rows.filter(stopped_at=None).count() == 2


def test_tries_are_counted_by_how_they_went(webhook, receiver, told):
    before = Counter(tally.tries())
    told(1)
    receiver.status = 500
    deliver(webhook)
    receiver.status = 200

    deliver(webhook, NOW + timedelta(minutes=1))

    assert Counter(tally.tries()) - before == {"receiver-refused": 1, "delivered": 1}


def test_what_was_delivered_is_not_sent_again(webhook, receiver, told):
    told(1)
    deliver(webhook)

    deliver(webhook, NOW + timedelta(days=1))

    assert len(receiver.received) == 1


def test_events_go_in_their_order(webhook, receiver, told):
    told(1, 2, 3)

    deliver(webhook)

    sent = [json.loads(body)["payload"]["price_tiyn"] for _, body in receiver.received]
    assert sent == [1, 2, 3]


@pytest.mark.parametrize("kinds", [["WAR_BEGUN"], ["WAR_BEGUN", "WAR_ENDED"]])
def test_a_webhook_is_sent_only_the_kinds_it_wants(webhook, told, seller, kinds):
    Webhook.rows.update(kinds=kinds)

    told(1)
    tell(user_id=seller.pk, kind=EventKind.WAR_BEGUN, payload={}, now=NOW)

    assert [one.event.kind for one in Delivery.rows.select_related("event")] == ["WAR_BEGUN"]


def test_a_strangers_events_are_not_sent(webhook, told, stranger):
    told(1, user=stranger)

    assert Delivery.rows.count() == 0


@pytest.mark.parametrize("status", [301, 400, 404, 410, 500, 503])
def test_what_was_refused_is_tried_again_later_and_holds_up_nothing(
    webhook, receiver, told, status
):
    told(1, 2)
    receiver.status = status

    deliver(webhook)

    rows = Delivery.rows.order_by("pk")
    assert [(one.state, one.status, one.failure, one.tries) for one in rows] == [
        ("WAITING", status, "receiver-refused", 1)
    ] * 2
    assert {one.next_try_at for one in rows} == {NOW + timedelta(seconds=30)}


def test_a_receiver_that_is_silent_rests_longer_each_time(webhook, receiver, told):
    told(1, 2)
    receiver.status = None

    deliver(webhook)
    deliver(webhook, NOW + timedelta(seconds=29))
    webhook.refresh_from_db()
    first = (webhook.silences, webhook.rests_until, len(receiver.received))
    deliver(webhook, NOW + timedelta(seconds=30))
    webhook.refresh_from_db()

    assert first == (1, NOW + timedelta(seconds=30), 1)
    assert (webhook.silences, len(receiver.received)) == (2, 2)
    assert webhook.rests_until == NOW + timedelta(seconds=30, minutes=2)


def test_a_receiver_that_answers_again_is_sent_all(webhook, receiver, told):
    told(1, 2)
    receiver.status = None
    deliver(webhook)
    receiver.status = 204

    deliver(webhook, NOW + timedelta(seconds=30))

    webhook.refresh_from_db()
    assert {one.state for one in Delivery.rows.all()} == {"DELIVERED"}
    assert (webhook.silences, webhook.rests_until) == (0, None)


def test_after_the_last_try_it_is_given_up_and_the_seller_is_told_once(webhook, receiver, told):
    told(1, 2, 3)
    receiver.status = 500
    Delivery.rows.update(tries=len(deliveries.PAUSES))

    deliver(webhook)

    webhook.refresh_from_db()
    stopped = Event.rows.get(kind=EventKind.WEBHOOK_STOPPED)
    assert {one.state for one in Delivery.rows.all()} == {DeliveryState.GIVEN_UP}
    assert (webhook.stopped_at, len(receiver.received)) == (NOW, 1)
    assert stopped.payload == {
        "webhook_id": webhook.pk,
        "delivery_id": Delivery.rows.earliest("pk").pk,
        "failure": "receiver-refused",
        "status": 500,
        "given_up": 3,
    }


def test_what_is_a_day_old_is_given_up_however_few_the_tries(webhook, receiver, told):
    told(1)
    receiver.status = None

    deliver(webhook, NOW + timedelta(days=1, seconds=1))

    given_up = Delivery.rows.get()
    assert (given_up.state, given_up.tries) == ("GIVEN_UP", 1)


def test_two_workers_never_send_to_one_webhook_at_once(webhook, receiver, told):
    told(1)
    Webhook.rows.update(leased_until=NOW + timedelta(seconds=1))

    deliver(webhook)
    before = len(receiver.received)
    deliver(webhook, NOW + timedelta(seconds=1))

    assert (before, len(receiver.received)) == (0, 1)


def test_a_stopped_webhook_and_a_blocked_seller_are_sent_nothing(webhook, receiver, told, seller):
    told(1)
    Webhook.rows.update(stopped_at=NOW)
    deliver(webhook)
    Webhook.rows.update(stopped_at=None)
    User.objects.filter(pk=seller.pk).update(is_active=False)

    deliver(webhook)

    assert receiver.received == []


def test_an_address_that_leads_inwards_is_refused_when_it_is_used(webhook, receiver, told):
    told(1)
    Webhook.rows.update(url=receiver.url.replace("http:", "https:"))

    deliveries.deliver(webhook_id=webhook.pk, guard=Guard(), clock=lambda: NOW)

    assert (Delivery.rows.get().failure, receiver.received) == ("address-refused", [])


@pytest.mark.django_db(transaction=True)
def test_what_waits_is_ordered_with_the_event_and_again_when_it_is_due(webhook, told, broker):
    with transaction.atomic():
        told(1)
    with_the_event = [order.task for order in broker.take()]

    deliveries.order_due(now=NOW)

    assert with_the_event == ["news.deliver"]
    assert [(one.task, one.arguments) for one in broker.take()] == [
        ("news.deliver", {"webhook_id": webhook.pk})
    ]
