"""Background work of this app: each task is a door to one service."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from whatsapp import jobs
from whatsapp.gateway import container_host
from whatsapp.jobs import (
    DELIVER,
    FETCH_IMAGE,
    GREET,
    HEAR_ENGINE,
    NAME_CONTACT,
    PREPARE,
    READ_MISSED,
    RECONCILE,
    TAKE_EVENTS,
    TELL_BUYER,
)
from whatsapp.services import (
    broadcasts,
    contacts,
    greeting,
    hearing,
    hooks,
    images,
    missed,
    order_events,
    outbox,
    reconciler,
    sending,
    sessions,
    summaries,
)

_LISTENS = timedelta(seconds=5)  # and then again: short, so that a worker can end
_WAITS_S = 5.0  # for a gateway's first answer; the next round sends another who waits
_EVENTS_KEPT = timedelta(days=3)  # WAHA repeats an event for an hour


@shared_task(name=str(PREPARE))
def prepare(*, connection_id: str, **_: Any) -> None:
    sessions.prepare(connection_id=UUID(connection_id), now=timezone.now())


@shared_task(name=str(TAKE_EVENTS))
def take_events(*, connection_id: str, **_: Any) -> None:
    hooks.take_events(connection_id=UUID(connection_id), now=timezone.now())


@shared_task(name=str(DELIVER))
def deliver(*, connection_id: str, **_: Any) -> None:
    dice = random.Random()  # noqa: S311 -- pauses, no secrets
    sending.deliver(connection_id=UUID(connection_id), clock=timezone.now, dice=dice)


@shared_task(name=str(READ_MISSED))
def read_missed(*, connection_id: str, **_: Any) -> None:
    missed.read_missed(connection_id=UUID(connection_id), now=timezone.now())


@shared_task(name=str(NAME_CONTACT))
def name_contact(*, contact_id: int, **_: Any) -> None:
    contacts.name(contact_id=contact_id)


@shared_task(name=str(TELL_BUYER))
def tell_buyer(*, order_id: int, is_new: bool, **_: Any) -> None:
    order_events.consider(order_id=order_id, is_new=is_new, now=timezone.now())


@shared_task(name="whatsapp.tell_summaries")
def tell_summaries(**_: Any) -> None:
    summaries.tell_due(now=timezone.now())


@shared_task(name="whatsapp.order_due")
def order_due(**_: Any) -> None:
    now = timezone.now()
    sessions.order_due(now=now)
    hooks.order_untaken(now=now)
    missed.order_due(now=now)


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


@shared_task(name="whatsapp.deliver_due")
def deliver_due(**_: Any) -> None:
    now = timezone.now()
    broadcasts.end_finished(now=now)
    sending.order_due(now=now)


@shared_task(name="whatsapp.forget")
def forget(**_: Any) -> None:
    now = timezone.now()
    hooks.forget_events(now=now, kept=_EVENTS_KEPT)
    outbox.forget(before=now - timedelta(days=settings.WHATSAPP_MESSAGES_KEPT_DAYS))
