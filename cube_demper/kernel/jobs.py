"""Ordering work: by name, after commit, in one place.

Each app's ``jobs.py`` offers one typed function per thing one may order and calls ``enqueue``.
"""

from dataclasses import dataclass
from typing import Any

import structlog
from celery import current_app
from django.db import transaction
from typing_extensions import override


@dataclass(frozen=True, slots=True)
class Job:
    """A named piece of background work. ``name`` is the task's registered name."""

    name: str

    @override
    def __str__(self) -> str:
        return self.name


def enqueue(
    job: Job, *, queue: str = "default", expires_s: float | None = None, **arguments: Any
) -> None:
    """Send the order once the surrounding transaction has committed.

    Arguments are ids and plain values. After ``expires_s`` seconds nobody will take it up.
    """
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    headers = {"request_id": request_id} if request_id else {}

    def send() -> None:
        current_app.send_task(
            job.name, kwargs=arguments, queue=queue, expires=expires_s, headers=headers
        )

    transaction.on_commit(send)
