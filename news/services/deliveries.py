"""Events on their way to webhooks: planned with the event, sent one after another, given up once.

    WAITING ──2xx──► DELIVERED
       │  └── anything else: again after 30 s, 2 min, … 12 h
       └── not taken for most of a day ──► GIVEN_UP, with all that waits, and the webhook stops

A receiver that does not answer at all rests as a whole: one try tells as much as a hundred.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus

import orjson
import structlog
from django.db import transaction
from django.db.models import Q, QuerySet

from news import jobs
from news.clients.post import Guard, post
from news.documents import document
from news.errors import AddressRefused, ReceiverSilent
from news.models import Delivery, DeliveryState, EventKind, Webhook
from news.services.rotation import signing_keys
from news.services.telling import tell
from news.signing import signed_headers
from news.tally import DELIVERED, count_try

logger = structlog.get_logger("news.webhooks")
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (0.5, 2, 10, 30, 120, 360, 720))
_LEASE = timedelta(minutes=2)  # longer than a round, with the last post in it
_ROUND = timedelta(seconds=45)
_LONGEST = timedelta(days=1)  # an event that is older is not news
_LONGEST_REST = 4  # a receiver that was silent so often in a row rests half an hour each time
_AT_ONCE = 500


def order_due(*, now: datetime) -> None:
    """Order anew what waits: for its next try, or because its worker died."""
    due = _open(now).filter(
        deliveries__state=DeliveryState.WAITING, deliveries__next_try_at__lte=now
    )
    for webhook_id in due.order_by("pk").values_list("pk", flat=True).distinct()[:_AT_ONCE]:
        jobs.deliver(webhook_id=webhook_id)


def deliver(*, webhook_id: int, guard: Guard, clock: Callable[[], datetime]) -> None:
    """Send one webhook what is due, in its order, for a while. Only one worker does at a time."""
    began = clock()
    if not _open(began).filter(pk=webhook_id).update(leased_until=began + _LEASE):
        return
    webhook = Webhook.rows.get(pk=webhook_id)
    try:
        while (now := clock()) - began < _ROUND:
            delivery = _next(webhook, now=now)
            if delivery is None or not _send(delivery, webhook, guard=guard, now=now):
                return
    finally:
        Webhook.rows.filter(pk=webhook_id).update(leased_until=None)


def _open(now: datetime) -> "QuerySet[Webhook]":
    """Webhooks that may be sent to now."""
    webhooks: QuerySet[Webhook] = Webhook.objects.across_users(reason="anybody's are sent to")
    return webhooks.filter(
        Q(rests_until=None) | Q(rests_until__lte=now),
        Q(leased_until=None) | Q(leased_until__lte=now),
        stopped_at=None,
        user__is_active=True,
    )


def _next(webhook: Webhook, *, now: datetime) -> Delivery | None:
    due = Delivery.rows.filter(
        webhook=webhook, webhook__stopped_at=None, state=DeliveryState.WAITING, next_try_at__lte=now
    )
    return due.select_related("event").order_by("next_try_at", "pk").first()


def _send(delivery: Delivery, webhook: Webhook, *, guard: Guard, now: datetime) -> bool:
    """Try once and note how it went; False when nothing more is to be tried there now."""
    body = orjson.dumps(document(delivery.event))
    signed = signed_headers(
        keys=signing_keys(webhook, now=now),
        message_id=f"event-{delivery.event_id}",
        body=body,
        now=now,
    )
    headers = {"Content-Type": "application/json", "User-Agent": "cube-demper", **signed}
    delivery.tries, delivery.tried_at = delivery.tries + 1, now
    delivery.status, delivery.failure = None, ""
    try:
        delivery.status = post(webhook.url, body=body, headers=headers, guard=guard)
    except (AddressRefused, ReceiverSilent) as error:
        delivery.failure = error.code
    else:
        if HTTPStatus(200) <= delivery.status < HTTPStatus(300):
            count_try(DELIVERED)
            delivery.state = DeliveryState.DELIVERED
            delivery.save()
            if webhook.silences:
                _note_silence(webhook, silences=0, rests_until=None)
            return True
        delivery.failure = "receiver-refused"
    count_try(delivery.failure)
    return _note_failure(delivery, webhook, now=now)


def _note_failure(delivery: Delivery, webhook: Webhook, *, now: datetime) -> bool:
    if delivery.event.kind == EventKind.WEBHOOK_TEST:  # its seller looks at how it went, and once
        delivery.state = DeliveryState.GIVEN_UP
        delivery.save()
        return True
    is_late = now - delivery.event.told_at > _LONGEST
    if is_late or delivery.tries > len(PAUSES):
        _give_up(delivery, webhook, now=now)
        return False
    delivery.next_try_at = now + PAUSES[delivery.tries - 1]
    delivery.save()
    if delivery.status is not None:
        _note_silence(webhook, silences=0, rests_until=None)
        return True
    silences = webhook.silences + 1
    rest = PAUSES[min(silences, _LONGEST_REST) - 1]
    _note_silence(webhook, silences=silences, rests_until=now + rest)
    return False


def _note_silence(webhook: Webhook, *, silences: int, rests_until: datetime | None) -> None:
    webhook.silences, webhook.rests_until = silences, rests_until
    webhook.save(update_fields=["silences", "rests_until"])


def _give_up(delivery: Delivery, webhook: Webhook, *, now: datetime) -> None:
    """Stop the webhook, drop all that waits for it, and tell its seller once."""
    with transaction.atomic():
        delivery.state = DeliveryState.GIVEN_UP
        delivery.save()
        dropped = Delivery.rows.filter(webhook=webhook, state=DeliveryState.WAITING).update(
            state=DeliveryState.GIVEN_UP
        )
        Webhook.rows.filter(pk=webhook.pk).update(stopped_at=now)
        tell(
            user_id=webhook.user_id,
            kind=EventKind.WEBHOOK_STOPPED,
            payload={
                "webhook_id": webhook.pk,
                "delivery_id": delivery.pk,
                "failure": delivery.failure,
                "status": delivery.status,
                "given_up": dropped + 1,
            },
            now=now,
        )
    logger.warning("news.webhook.stopped", webhook_id=webhook.pk, failure=delivery.failure)
