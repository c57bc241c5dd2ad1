"""Background work of this app: each task is a door to one service."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from preorders.jobs import STEER
from preorders.services import steering


@shared_task(name=str(STEER))
def steer(*, product_id: int, **_: Any) -> None:
    steering.steer(product_id, now=timezone.now())


@shared_task(name="preorders.steer_due")
def steer_due(**_: Any) -> None:
    steering.steer_due(now=timezone.now())
