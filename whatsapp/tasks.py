"""Background work of this app: each task is a door to one service."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from whatsapp.jobs import PREPARE, TAKE_EVENTS
from whatsapp.services import hooks, sessions

_EVENTS_KEPT = timedelta(days=3)  # WAHA repeats an event for an hour


@shared_task(name=str(PREPARE))
def prepare(*, connection_id: str, **_: Any) -> None:
    sessions.prepare(connection_id=UUID(connection_id), now=timezone.now())


@shared_task(name=str(TAKE_EVENTS))
def take_events(*, connection_id: str, **_: Any) -> None:
    hooks.take_events(connection_id=UUID(connection_id), now=timezone.now())


@shared_task(name="whatsapp.order_due")
def order_due(**_: Any) -> None:
    now = timezone.now()
    sessions.order_due(now=now)
    hooks.order_untaken(now=now)


@shared_task(name="whatsapp.forget_events")
def forget_events(**_: Any) -> None:
    hooks.forget_events(now=timezone.now(), kept=_EVENTS_KEPT)
