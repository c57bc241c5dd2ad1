"""Background work of this app: each task is a door to one service."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from ai.jobs import ANSWER_BUYER, GATHER
from ai.services import budgets, conversations, salesmen


@shared_task(name=str(GATHER))
def gather(*, message_id: int, **_: Any) -> None:
    salesmen.gather(message_id=message_id, now=timezone.now())


@shared_task(name=str(ANSWER_BUYER))
def answer_buyer(*, talk_id: int, **_: Any) -> None:
    salesmen.answer_buyer(talk_id=talk_id, clock=timezone.now)


@shared_task(name="ai.answer_due")
def answer_due(**_: Any) -> None:
    salesmen.order_due(now=timezone.now())


@shared_task(name="ai.sweep_calls")
def sweep_calls(**_: Any) -> None:
    budgets.sweep(now=timezone.now())


@shared_task(name="ai.forget_conversations")
def forget_conversations(**_: Any) -> None:
    conversations.forget_unused(now=timezone.now())
