"""How tries at webhooks went, counted in Redis over all processes, for whoever watches the house.

It is for graphs: what became of each delivery stands in its row.
"""

from contextlib import suppress

from redis.exceptions import RedisError

from news.bells import shared_redis

DELIVERED = "delivered"
_TRIES = "webhooks:tries"


def count_try(outcome: str) -> None:
    """Count one try. Without Redis it is not counted."""
    with suppress(RedisError):
        shared_redis().hincrby(_TRIES, outcome, 1)


def tries() -> dict[str, int]:
    """How many tries there were by outcome. Raises RedisError."""
    counted: dict[bytes, bytes] = shared_redis().hgetall(_TRIES)  # type: ignore[assignment]  # of a client that does not await
    return {outcome.decode(): int(number) for outcome, number in sorted(counted.items())}
