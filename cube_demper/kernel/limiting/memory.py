"""A store for one process: for tests, and the safe local rate of a process of its own."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

from cube_demper.kernel.limiting.calendar import Calendar
from cube_demper.kernel.limiting.ports import Quota
from cube_demper.kernel.limiting.stores import Answer, Ask, Closed, TooLate, Turn, Unused
from cube_demper.kernel.limiting.waiting import WaitingLimiter

_MICROSECONDS = 1_000_000


class MemoryStore:
    """The ``Store`` port by the event loop's clock. It is never gone, and knows every quota."""

    def __init__(self) -> None:
        self._calendar = Calendar()

    async def take(self, asks: Sequence[Ask]) -> Sequence[Answer]:
        now = _now_us()
        return [self._take(ask, now) for ask in asks]

    def _take(self, ask: Ask, now: int) -> Answer:
        at, is_taken = self._calendar.take(
            ask.budgets, now=now, latest=now + ask.patience_us, priority=ask.priority
        )
        return Turn(at, at - now) if is_taken else TooLate(at - now)

    async def give_back(self, turns: Sequence[Unused]) -> None:
        for turn in turns:
            self._calendar.give_back(turn.budgets, at=turn.at_us)

    async def freeze(self, key: str, *, length_us: int) -> int:
        now = _now_us()
        return self._calendar.freeze(key, now=now, length=length_us) - now

    async def lift(self, key: str) -> None:
        self._calendar.lift(key)

    async def remember(self, quota: Quota, *, used_at: Sequence[datetime]) -> None:
        now, now_us = datetime.now(UTC), _now_us()
        ago_us = [round((now - at).total_seconds() * _MICROSECONDS) for at in sorted(used_at)]
        self._calendar.remember(quota, used_at=[now_us - ago for ago in ago_us])

    async def news(self) -> AsyncIterator[Closed | None]:
        yield None
        await asyncio.Event().wait()  # nobody else is there to freeze anything

    async def aclose(self) -> None:
        self._calendar = Calendar()


class MemoryLimiter(WaitingLimiter):
    """A limiter for one process."""

    def __init__(self) -> None:
        super().__init__(store=MemoryStore(), fallback_rps=1)


def _now_us() -> int:
    return int(asyncio.get_running_loop().time() * _MICROSECONDS)
