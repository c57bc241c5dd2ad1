"""The store all processes share: Redis or Valkey, by its own clock, one script for each verb."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from redis.asyncio import Redis
from redis.exceptions import RedisError

from cube_demper.kernel.limiting.ports import Bucket, Budget, Priority, Quota
from cube_demper.kernel.limiting.stores import (
    Answer,
    Ask,
    Closed,
    StoreGone,
    TooLate,
    Turn,
    Unknown,
    Unused,
)
from cube_demper.kernel.limiting.waiting import WaitingLimiter

T = TypeVar("T")
PREFIX = "limit:"
FROZEN, RATES, TOLD, BORN = (f"{PREFIX}{name}" for name in ("frozen", "rates", "told", "born"))
CHANNEL = f"{PREFIX}news"
_FOLDER = Path(__file__).parent
_MICROSECONDS = 1_000_000
_ANSWER_WITHIN_S = 2.0
_BUCKET, _SHARED, _QUOTA = 0, 1, 2


class RedisStore:
    """The ``Store`` port. Its keys are described in ``calendar.lua``."""

    def __init__(self, *, url: str) -> None:
        # The client would count its socket_timeout with asyncio.wait_for, which on Python 3.11 may
        # lose a cancellation, and with it a deadline (python/cpython#86296). We count ourselves.
        self._redis = Redis.from_url(
            url, socket_timeout=None, socket_connect_timeout=_ANSWER_WITHIN_S
        )
        prelude = (_FOLDER / "calendar.lua").read_text()
        self._take, self._give_back, self._freeze, self._remember = (
            self._redis.register_script(prelude + (_FOLDER / f"{name}.lua").read_text())
            for name in ("take", "give_back", "freeze", "remember")
        )

    async def take(self, asks: Sequence[Ask]) -> Sequence[Answer]:
        budgets = list(dict.fromkeys(budget for ask in asks for budget in ask.budgets))
        places = {budget: place for place, budget in enumerate(budgets, start=1)}
        args: list[Any] = [word for budget in budgets for word in _described(budget)]
        for ask in asks:
            is_interactive = int(ask.priority is Priority.INTERACTIVE)
            chosen = [places[budget] for budget in ask.budgets]
            args += [is_interactive, ask.patience_us, len(chosen), *chosen]
        keys = [FROZEN, RATES, TOLD, BORN, *(PREFIX + budget.key for budget in budgets)]
        now, life, *numbers = map(int, await _in_time(self._take(keys=keys, args=args)))
        pairs = zip(numbers[::2], numbers[1::2], strict=True)
        return [_read(outcome, wait, now, life, budgets) for outcome, wait in pairs]

    async def give_back(self, turns: Sequence[Unused]) -> None:
        budgets = list(dict.fromkeys(budget for turn in turns for budget in turn.budgets))
        places = {budget: place for place, budget in enumerate(budgets, start=1)}
        args: list[int] = []
        for budget in budgets:
            if isinstance(budget, Quota):
                args += [_QUOTA, budget.window_us]
            else:
                args += [_BUCKET, budget.interval_us]
        for turn in turns:
            chosen = [places[budget] for budget in turn.budgets]
            args += [turn.at_us, turn.life, len(chosen), *chosen]
        keys = [BORN, *(PREFIX + budget.key for budget in budgets)]
        await _in_time(self._give_back(keys=keys, args=args))

    async def freeze(self, key: str, *, length_us: int) -> int:
        closed: int = await _in_time(
            self._freeze(keys=[FROZEN, TOLD], args=[key, length_us, CHANNEL])
        )
        return closed

    async def lift(self, key: str) -> None:
        await _in_time(self._redis.hdel(FROZEN, key))

    async def remember(self, quota: Quota, *, used_at: Sequence[datetime]) -> None:
        now = datetime.now(UTC)
        ago_us = [round((now - at).total_seconds() * _MICROSECONDS) for at in sorted(used_at)]
        await _in_time(
            self._remember(
                keys=[PREFIX + quota.key], args=[quota.most, quota.window_us, *map(str, ago_us)]
            )
        )

    async def news(self) -> AsyncIterator[Closed | None]:
        try:
            async with self._redis.pubsub() as pubsub:
                await pubsub.subscribe(CHANNEL)
                async for message in pubsub.listen():
                    if message["type"] != "message":
                        yield None
                        continue
                    key, _, opens_at = message["data"].decode().rpartition(" ")
                    yield Closed(key, int(opens_at))
        except (RedisError, OSError) as error:
            raise StoreGone(str(error)) from None

    async def aclose(self) -> None:
        await self._redis.aclose()


class RedisLimiter(WaitingLimiter):
    """A limiter that all processes share."""

    def __init__(self, *, url: str, fallback_rps: float) -> None:
        super().__init__(store=RedisStore(url=url), fallback_rps=fallback_rps)


def _described(budget: Budget) -> tuple[int, int, int, str]:
    if isinstance(budget, Quota):
        return _QUOTA, budget.most, budget.window_us, family_of(budget)
    return _SHARED if budget.shared else _BUCKET, budget.interval_us, 0, family_of(budget)


def family_of(budget: Budget) -> str:
    """Under which name it is counted: its own when it is shared, else that of its kind."""
    if isinstance(budget, Bucket) and budget.shared:
        return budget.key
    return budget.key.rpartition(":")[0] or budget.key


def _read(outcome: int, wait: int, now: int, life: int, budgets: Sequence[Budget]) -> Answer:
    if outcome == 1:
        return Turn(now + wait, wait, life)
    return TooLate(wait) if outcome == 0 else Unknown(budgets[-outcome - 1].key)


async def _in_time(order: Awaitable[T]) -> T:
    try:
        async with asyncio.timeout(_ANSWER_WITHIN_S):
            return await order
    except (RedisError, OSError) as error:
        raise StoreGone(f"{type(error).__name__}: {error}") from None
