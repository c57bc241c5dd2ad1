"""Addresses that a seller's events are sent to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from accounts.services import audit
from news.clients.post import Guard
from news.errors import TooManyWebhooks, WebhookMissing
from news.models import Delivery, Webhook
from news.signing import new_key

MOST = 5


@dataclass(frozen=True, slots=True)
class Wish:
    """What a seller says of a webhook; ``None`` leaves it as it is."""

    url: str | None = None
    kinds: Sequence[str] | None = None
    is_stopped: bool | None = None


def webhooks_of(user: User) -> "QuerySet[Webhook]":
    webhooks: QuerySet[Webhook] = Webhook.objects.for_user(user)
    return webhooks


def webhook_of(user: User, *, webhook_id: int) -> Webhook:
    """Raises WebhookMissing, also for somebody else's."""
    webhook = webhooks_of(user).filter(pk=webhook_id).first()
    if webhook is None:
        raise WebhookMissing
    return webhook


def deliveries_of(user: User, *, webhook_id: int) -> "QuerySet[Delivery]":
    """What was sent to a webhook, or waits to be. Raises WebhookMissing."""
    webhook = webhook_of(user, webhook_id=webhook_id)
    deliveries: QuerySet[Delivery] = Delivery.objects.for_user(user)
    return deliveries.filter(webhook=webhook).select_related("event")


def make_webhook(
    *, user: User, url: str, kinds: Sequence[str], guard: Guard, now: datetime
) -> Webhook:
    """Send these kinds of events, or all, to an address. Raises AddressRefused, TooManyWebhooks."""
    guard.check_url(url)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)  # so that they are counted right
        if webhooks_of(user).count() >= MOST:
            raise TooManyWebhooks(f"You have {MOST} webhooks: remove one first.")
        webhook = Webhook.rows.create(
            user=user, url=url, kinds=[*kinds], signing_key=new_key(), made_at=now
        )
        _record(user, "webhook.made", webhook, {}, _shown(webhook), now=now)
    return webhook


def change_webhook(
    *, user: User, webhook_id: int, wish: Wish, guard: Guard, now: datetime
) -> Webhook:
    """Change what was said. One that goes on after a stop is sent what happens from now on.

    Raises WebhookMissing and AddressRefused.
    """
    if wish.url is not None:
        guard.check_url(wish.url)
    with transaction.atomic():
        own = webhooks_of(user).select_for_update()
        webhook = own.filter(pk=webhook_id).first()
        if webhook is None:
            raise WebhookMissing
        before = _shown(webhook)
        webhook.url = webhook.url if wish.url is None else wish.url
        webhook.kinds = webhook.kinds if wish.kinds is None else [*wish.kinds]
        if wish.is_stopped is not None and wish.is_stopped != (webhook.stopped_at is not None):
            webhook.stopped_at = now if wish.is_stopped else None
        webhook.silences, webhook.rests_until = 0, None
        webhook.save(update_fields=["url", "kinds", "stopped_at", "silences", "rests_until"])
        _record(user, "webhook.changed", webhook, before, _shown(webhook), now=now)
    return webhook


def remove_webhook(*, user: User, webhook_id: int, now: datetime) -> None:
    """Send nothing there any more, and forget what was sent. Raises WebhookMissing."""
    with transaction.atomic():
        webhook = webhook_of(user, webhook_id=webhook_id)
        _record(user, "webhook.removed", webhook, _shown(webhook), {}, now=now)
        webhook.delete()


def _shown(webhook: Webhook) -> dict[str, object]:
    stopped = webhook.stopped_at is not None
    return {"url": webhook.url, "kinds": webhook.kinds, "is_stopped": stopped}


def _record(
    user: User,
    action: str,
    webhook: Webhook,
    before: dict[str, object],
    after: dict[str, object],
    *,
    now: datetime,
) -> None:
    audit.record(
        seller=user,
        action=action,
        subject="webhook",
        subject_id=webhook.pk,
        changes=audit.differences(before, after),
        now=now,
    )
