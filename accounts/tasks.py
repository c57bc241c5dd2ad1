"""Background work of this app: each task is a door to one service."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from accounts import services


@shared_task(name="accounts.forget_tokens")
def forget_tokens(**_: Any) -> None:
    services.forget_tokens(now=timezone.now())
