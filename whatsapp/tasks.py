"""Background work of this app: each task is a door to one service."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from whatsapp import jobs
from whatsapp.gateway import container_host
from whatsapp.jobs import FETCH_IMAGE, GREET, HEAR_ENGINE, PREPARE, RECONCILE, TAKE_EVENTS
from whatsapp.services import greeting, hearing, hooks, images, reconciler, sessions

_LISTENS = timedelta(seconds=5)  # and then again: short, so that a worker can end
_WAITS_S = 5.0  # for a gateway's first answer; the next round sends another who waits
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


@shared_task(name=str(RECONCILE))
def reconcile(**_: Any) -> None:
    reconciler.reconcile(host=container_host(), now=timezone.now())


@shared_task(name=str(GREET))
def greet(*, connection_id: str, **_: Any) -> None:
    greeting.greet(connection_id=UUID(connection_id), patience_s=_WAITS_S, now=timezone.now())


@shared_task(name=str(HEAR_ENGINE))
def hear_engine(*, since: float | None, **_: Any) -> None:
    now = timezone.now()
    until = now + _LISTENS
    begin = now if since is None else datetime.fromtimestamp(since, tz=UTC)
    if hearing.hear_engine(host=container_host(), since=begin, until=until):
        jobs.hear_engine(since=until.timestamp())


@shared_task(name=str(FETCH_IMAGE))
def fetch_image(**_: Any) -> None:
    images.fetch_image(host=container_host())
