"""Background work of this app: each task is a door to one service."""

from datetime import timedelta
from typing import Any

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from news.clients.post import Guard
from news.jobs import DELIVER
from news.services import deliveries, telling


@shared_task(name="news.forget_events")
def forget_events(**_: Any) -> None:
    telling.forget_events(now=timezone.now(), kept=timedelta(days=settings.EVENTS_KEPT_DAYS))


@shared_task(name="news.order_due")
def order_due(**_: Any) -> None:
    deliveries.order_due(now=timezone.now())


@shared_task(name=str(DELIVER))
def deliver(*, webhook_id: int, **_: Any) -> None:
    guard = Guard(is_local=settings.WEBHOOKS_GO_ANYWHERE)
    deliveries.deliver(webhook_id=webhook_id, guard=guard, clock=timezone.now)
