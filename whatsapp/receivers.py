"""Rows that go with their seller leave something on the engine."""

from typing import Any

from django.db.models.signals import pre_delete
from django.dispatch import receiver
from django.utils import timezone

from whatsapp.models import Connection
from whatsapp.services.connections import remember_remnant


@receiver(pre_delete, sender=Connection)
def remember_what_is_left(*, instance: Connection, **_: Any) -> None:
    remember_remnant(instance, now=timezone.now())
