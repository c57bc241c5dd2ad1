"""Background work of this app: each task is a door to one service."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from ai.services import budgets, conversations


@shared_task(name="ai.sweep_calls")
def sweep_calls(**_: Any) -> None:
    budgets.sweep(now=timezone.now())


@shared_task(name="ai.forget_conversations")
def forget_conversations(**_: Any) -> None:
    conversations.forget_unused(now=timezone.now())
