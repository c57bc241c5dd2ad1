"""Ordering work: by name, after commit, in one place.

Each app's ``jobs.py`` offers one typed function per thing one may order and calls ``enqueue``.
"""

from dataclasses import dataclass
from typing import Any

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError
from typing_extensions import override

from cube_demper.kernel.errors import Unavailable

logger = structlog.get_logger("cube_demper.jobs")


class QueueUnavailable(Unavailable):
    """The queue for background work does not answer: try again."""

    code = "queue-unavailable"


@dataclass(frozen=True, slots=True)
class Job:
    """A named piece of background work. ``name`` is the task's registered name."""

    name: str

    @override
    def __str__(self) -> str:
        return self.name


def enqueue(
    job: Job,
    *,
    queue: str = "default",
    expires_s: float | None = None,
    delay_s: float | None = None,
    **arguments: Any,
) -> None:
    """Send the order once the surrounding transaction has committed.

    Arguments are ids and plain values. Before ``delay_s`` seconds nobody takes it up, after
    ``expires_s`` nobody will. Raises QueueUnavailable at the commit, which stands:
    whoever orders says in a row what is to be done.
    """
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    headers = {"request_id": request_id} if request_id else {}

    def send() -> None:
        try:
            current_app.send_task(
                job.name,
                kwargs=arguments,
                queue=queue,
                countdown=delay_s,
                expires=expires_s,
                headers=headers,
            )
        except OperationalError as error:
            logger.warning("jobs.queue.gone", job=job.name, error=str(error))
            raise QueueUnavailable from None

    transaction.on_commit(send)
