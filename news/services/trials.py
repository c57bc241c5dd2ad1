"""Trying whether a webhook works: an event of its own, sent once and to it alone."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from accounts.services import audit
from news import jobs
from news.errors import WebhookStopped
from news.models import Delivery, EventKind
from news.services.telling import News, tell_all
from news.services.webhooks import webhook_of


def send_test(*, user: User, webhook_id: int, now: datetime) -> Delivery:
    """Send a test; its delivery tells how it went. Raises WebhookMissing and WebhookStopped."""
    webhook = webhook_of(user, webhook_id=webhook_id)
    if webhook.stopped_at is not None:
        raise WebhookStopped
    with transaction.atomic():
        test = News(user.pk, EventKind.WEBHOOK_TEST, {"webhook_id": webhook.pk})
        [event] = tell_all([test], now=now)
        delivery: Delivery = Delivery.rows.create(webhook=webhook, event=event, next_try_at=now)
        audit.record(
            seller=user,
            action="webhook.tested",
            subject="webhook",
            subject_id=webhook.pk,
            now=now,
        )
        jobs.deliver(webhook_id=webhook.pk)
    return delivery
