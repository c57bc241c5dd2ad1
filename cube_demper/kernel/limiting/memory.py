"""A limiter for one process: for tests, and the safe local rate when Redis is gone."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from cube_demper.kernel.errors import RateExceeded
from cube_demper.kernel.limiting.ports import Bucket


class MemoryLimiter:
    """Grants turns evenly spaced, by the event loop's clock."""

    def __init__(self, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._sleep = sleep
        self._next_turn: dict[str, float] = {}
        self._opens_at: dict[str, float] = {}

    async def acquire(
        self,
        *buckets: Bucket,
        deadline_s: float | None = None,
        is_write: bool = False,  # noqa: ARG002 -- memory is never gone
    ) -> None:
        patience_s = float("inf") if deadline_s is None else deadline_s
        for bucket in buckets:
            wait_s = self._take(bucket, patience_s)
            await self._sleep(wait_s)
            patience_s -= wait_s

    def _take(self, bucket: Bucket, patience_s: float) -> float:
        now = asyncio.get_running_loop().time()
        key = bucket.key
        turn = max(now, self._next_turn.get(key, 0), self._opens_at.get(key, 0))
        if turn - now > patience_s:
            raise RateExceeded(
                f"The next turn for {key} comes in {turn - now:.1f} s.",
                retry_at=datetime.now(UTC) + timedelta(seconds=turn - now),
            )
        self._next_turn[key] = turn + bucket.interval_us / 1_000_000
        return turn - now

    async def freeze(self, key: str, *, seconds: float) -> None:
        opens_at = asyncio.get_running_loop().time() + seconds
        self._opens_at[key] = max(opens_at, self._opens_at.get(key, 0))

    async def aclose(self) -> None:
        self._next_turn.clear()
