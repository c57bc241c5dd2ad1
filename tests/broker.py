"""What was really put on the queues, read back from the broker."""

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from redis import Redis

from products.jobs import PUSHES, shard_queue
from products.models import SHARD_COUNT
from whatsapp.jobs import CONTAINERS, WHATSAPP

QUEUES = (
    "default",
    WHATSAPP,
    CONTAINERS,
    PUSHES,
    *(shard_queue(shard) for shard in range(SHARD_COUNT)),
)


@dataclass(frozen=True, slots=True)
class Order:
    """One message: the task's name, its queue, its arguments, and how long it is good for."""

    task: str
    queue: str
    arguments: dict[str, Any]
    expires_s: int | None


class Broker:
    """The queues of this test's Redis database."""

    def __init__(self) -> None:
        self._redis = Redis.from_url(settings.REDIS_URL)

    def take(self) -> list[Order]:
        """Take every message off the queues, in the order of the queues and of sending."""
        return [self._order(queue, raw) for queue in QUEUES for raw in self._drain(queue)]

    def _drain(self, queue: str) -> list[bytes]:
        raw: list[Any] = self._redis.lrange(queue, 0, -1)
        self._redis.delete(queue)
        return list(reversed(raw))  # Celery pushes on the left

    def _order(self, queue: str, raw: bytes) -> Order:
        message = json.loads(raw)
        _, arguments, _ = json.loads(base64.b64decode(message["body"]))
        expires = message["headers"]["expires"]
        return Order(
            task=message["headers"]["task"],
            queue=queue,
            arguments=arguments,
            expires_s=None if expires is None else _seconds_until(expires),
        )

    def close(self) -> None:
        self.take()
        self._redis.close()


def _seconds_until(moment: str) -> int:
    return round((datetime.fromisoformat(moment) - datetime.now(UTC)).total_seconds())
