"""News from the apps below, and rows that go with their seller but leave something behind."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models.signals import pre_delete
from django.dispatch import receiver
from django.utils import timezone

from kaspi.signals import order_changed
from news.models import Event
from news.signals import told
from whatsapp import jobs
from whatsapp.models import Connection
from whatsapp.services import alerts
from whatsapp.services.connections import remember_remnant


@receiver(pre_delete, sender=Connection)
def remember_what_is_left(*, instance: Connection, **_: Any) -> None:
    remember_remnant(instance, now=timezone.now())


@receiver(told)
def alert(*, events: Sequence[Event], now: datetime, **_: Any) -> None:
    alerts.consider(events, now=now)


@receiver(order_changed)
def tell_buyer(*, order_id: int, is_new: bool, **_: Any) -> None:
    jobs.tell_buyer(order_id=order_id, is_new=is_new)
