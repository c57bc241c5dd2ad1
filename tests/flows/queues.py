"""What waits on the running system's queues."""

import base64
import json

from redis import Redis


class Queues:
    """The lists that its workers take their messages from."""

    def __init__(self, *, url: str) -> None:
        self._redis = Redis.from_url(url)

    def close(self) -> None:
        self._redis.close()

    def holds(self, queue: str, lease: str) -> bool:
        """Tell whether the message of this lease still waits."""
        return any(lease in _body(raw) for raw in self._redis.lrange(queue, 0, -1))


def _body(raw: bytes | str) -> str:
    return base64.b64decode(json.loads(raw)["body"]).decode()
