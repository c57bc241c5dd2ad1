"""While the store is gone: turns of a process's own, slow, and in the order of asking."""

import asyncio
from datetime import UTC, datetime, timedelta

import structlog

from cube_demper.kernel.errors import RateExceeded
from cube_demper.kernel.limiting.lines import Caller

logger = structlog.get_logger("cube_demper.limiting")
_TRY_AGAIN_S = 1.0  # a store that did not answer is not asked again for so long


class Alone:
    """Knows whether the store answers, and spaces turns while it does not."""

    def __init__(self, *, rps: float) -> None:
        self._interval_s = 1 / rps
        self._gone_until: float | None = None
        self._next_at = 0.0
        self._waiting = 0
        self._lock = asyncio.Lock()

    @property
    def may_ask(self) -> bool:
        """Is the store there, or may it be back?"""
        return self._gone_until is None or asyncio.get_running_loop().time() >= self._gone_until

    def miss(self, error: Exception) -> None:
        """The store did not answer."""
        now = asyncio.get_running_loop().time()
        if self._gone_until is None:
            logger.warning("limiter.redis.gone", error=str(error))
            # It has just granted all there was to grant.
            self._next_at = max(self._next_at, now + self._interval_s)
        self._gone_until = now + _TRY_AGAIN_S

    def meet(self) -> None:
        """The store answered."""
        if self._gone_until is not None:
            logger.info("limiter.redis.back")
            self._gone_until = None

    async def turn(self, caller: Caller) -> bool:
        """Wait for a turn. False when the store may be asked instead. Raises RateExceeded."""
        loop = asyncio.get_running_loop()
        goes_at = max(self._next_at, loop.time()) + self._waiting * self._interval_s
        if goes_at > caller.deadline:
            raise too_late(caller, goes_at - loop.time())
        self._waiting += 1
        try:
            async with self._lock:
                return await self._wait()
        finally:
            self._waiting -= 1

    async def _wait(self) -> bool:
        loop = asyncio.get_running_loop()
        while (rest_s := self._next_at - loop.time()) > 0:
            if self.may_ask:
                return False
            await asyncio.sleep(min(rest_s, _TRY_AGAIN_S))
        self._next_at = loop.time() + self._interval_s
        return True


def too_late(caller: Caller, wait_s: float) -> RateExceeded:
    """Say when the turn would come."""
    names = ", ".join(dict.fromkeys(budget.key for budget in caller.ask.budgets))
    return RateExceeded(
        f"The next turn for {names} comes in {wait_s:.1f} s.",
        retry_at=datetime.now(UTC) + timedelta(seconds=wait_s),
    )
