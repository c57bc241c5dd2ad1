"""Which webhooks an event is for."""

from collections.abc import Sequence
from datetime import datetime

from news import jobs
from news.models import ABOUT_WEBHOOKS, Delivery, Event, Webhook


def plan(events: Sequence[Event], *, now: datetime) -> None:
    """Note for which webhooks these events are. Runs in the transaction that tells of them."""
    by_user: dict[int, list[Event]] = {}
    for event in events:
        if event.kind not in ABOUT_WEBHOOKS:
            by_user.setdefault(event.user_id, []).append(event)
    known = Webhook.objects.across_users(reason="a batch tells many sellers at once")
    webhooks = known.filter(user__in=by_user, stopped_at=None, user__is_active=True).only(
        "user_id", "kinds"
    )
    deliveries = [
        Delivery(webhook=webhook, event=event, next_try_at=now)
        for webhook in webhooks
        for event in by_user[webhook.user_id]
        if not webhook.kinds or event.kind in webhook.kinds
    ]
    Delivery.rows.bulk_create(deliveries)
    for webhook_id in sorted({delivery.webhook_id for delivery in deliveries}):
        jobs.deliver(webhook_id=webhook_id)
