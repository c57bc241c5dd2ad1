"""New secrets for webhooks: the old one signs beside the new one until the receiver has it too."""

from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from accounts.services import audit
from cube_demper.kernel.sealing import Secret
from news.errors import WebhookMissing
from news.models import Webhook
from news.services.webhooks import webhooks_of
from news.signing import new_key

OVERLAP = timedelta(days=1)


def rotate_secret(*, user: User, webhook_id: int, now: datetime) -> Webhook:
    """Give a webhook another secret; the one before is good for a day more. Raises WebhookMissing.

    Asked again within the day, the first of the two is dropped at once.
    """
    with transaction.atomic():
        webhook = webhooks_of(user).select_for_update().filter(pk=webhook_id).first()
        if webhook is None:
            raise WebhookMissing
        webhook.old_signing_key, webhook.old_key_until = webhook.signing_key, now + OVERLAP
        webhook.signing_key = new_key()
        webhook.save(update_fields=["signing_key", "old_signing_key", "old_key_until"])
        audit.record(
            seller=user,
            action="webhook.secret-rotated",
            subject="webhook",
            subject_id=webhook.pk,
            now=now,
        )
    return webhook


def signing_keys(webhook: Webhook, *, now: datetime) -> list[Secret]:
    """What signs for it now, the newest first."""
    old, until = webhook.old_signing_key, webhook.old_key_until
    if old is None or until is None or now >= until:
        return [webhook.signing_key]
    return [webhook.signing_key, old]
