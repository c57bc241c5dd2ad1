"""Background work of this app: each task is a door to one service."""

from datetime import timedelta
from typing import Any

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from news.services import telling


@shared_task(name="news.forget_events")
def forget_events(**_: Any) -> None:
    telling.forget_events(now=timezone.now(), kept=timedelta(days=settings.EVENTS_KEPT_DAYS))
