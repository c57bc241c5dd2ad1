"""The limiter: asks a store for turns, lets callers wait for them, and lives without the store.

Asks that come while one is under way go together in the next round trip, so a busy process makes
fewer of them than it takes turns.
"""

import asyncio
import math
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

import structlog

from cube_demper.kernel.errors import QuotaUnknown, Unavailable
from cube_demper.kernel.limiting.alone import Alone, too_late
from cube_demper.kernel.limiting.hearing import Hearing
from cube_demper.kernel.limiting.lines import Caller, Line, LocalTurn
from cube_demper.kernel.limiting.ports import Budget, Priority, Quota
from cube_demper.kernel.limiting.stores import (
    Answer,
    Ask,
    Closed,
    Store,
    StoreGone,
    TooLate,
    Turn,
    Unused,
)

logger = structlog.get_logger("cube_demper.limiting")
_MICROSECONDS = 1_000_000
_MOST_TOGETHER = 50
_FOREVER_S = 1e9


class WaitingLimiter:
    """The ``Limiter`` port over any store. Used on one event loop.

    ``fallback_rps`` is what this process may read a second while the store is gone.
    """

    def __init__(self, *, store: Store, fallback_rps: float) -> None:
        self._store = store
        self._asked: list[Caller] = []
        self._sender: asyncio.Task[None] | None = None
        self._unused: list[Unused] = []
        self._returner: asyncio.Task[None] | None = None
        self._lines: dict[tuple[tuple[Budget, ...], Priority], Line] = {}
        self._hearing = Hearing(store=store, on_closed=self._close, on_loss=self._lose)
        self._skew_s = time.monotonic() - time.time()  # the loop's clock less the store's
        self._alone = Alone(rps=fallback_rps)

    async def acquire(
        self,
        *budgets: Budget,
        deadline_s: float | None = None,
        is_write: bool = False,
        priority: Priority = Priority.BACKGROUND,
    ) -> int:
        """Wait for a turn; returns its time by the store's clock, in microseconds."""
        loop = asyncio.get_running_loop()
        patience_s = _FOREVER_S if deadline_s is None else max(deadline_s, 0.0)
        ask = Ask(budgets, priority, round(patience_s * _MICROSECONDS))
        caller = Caller(ask, loop.time() + patience_s, loop.create_future())
        while True:
            if self._alone.may_ask:
                with suppress(StoreGone):
                    return await self._turn(caller)
                caller.goes = loop.create_future()
            if is_write:
                raise Unavailable("The request budget can't be counted, so nothing is written.")
            if await self._alone.turn(caller):
                return round((loop.time() - self._skew_s) * _MICROSECONDS)

    async def remember(self, quota: Quota, *, used_at: Sequence[datetime]) -> None:
        """Say what was used of a quota whose past is not known."""
        try:
            await self._store.remember(quota, used_at=used_at)
        except StoreGone:
            raise Unavailable("The request budget can't be counted.") from None

    async def freeze(self, key: str, *, seconds: float) -> None:
        """Close a bucket for everyone, those who wait for it here included."""
        try:
            closed_us = await self._store.freeze(key, length_us=round(seconds * _MICROSECONDS))
        except StoreGone as error:
            # Reads are slow and writes refused until the store is back; the wall will be met again.
            logger.warning("limiter.freeze.lost", key=key, error=str(error))
            return
        logger.info("limiter.frozen", key=key, seconds=closed_us / _MICROSECONDS)
        self._recall(key, asyncio.get_running_loop().time() + closed_us / _MICROSECONDS)

    async def lift(self, key: str) -> None:
        """Open a frozen bucket now."""
        await self._store.lift(key)
        logger.info("limiter.lifted", key=key)

    async def settle(self) -> None:
        """Wait until every turn that was given up is back in the store."""
        while self._sender is not None and not self._sender.done():
            await self._sender
        if self._returner is not None:
            await self._returner

    async def aclose(self) -> None:
        """Let go of connections. Nobody may be waiting."""
        await self.settle()
        await self._hearing.aclose()
        await self._store.aclose()

    # ── Turns of the store's ─────────────────────────────────────────────────────────────────────

    async def _turn(self, caller: Caller) -> int:
        self._enqueue([caller])
        try:
            return await caller.goes
        except asyncio.CancelledError:
            self._forget(caller)
            raise

    def _enqueue(self, callers: Sequence[Caller]) -> None:
        self._asked += callers
        if self._sender is None or self._sender.done():
            self._sender = asyncio.create_task(self._send())

    async def _send(self) -> None:
        while self._asked:
            together, self._asked = self._asked[:_MOST_TOGETHER], self._asked[_MOST_TOGETHER:]
            try:
                await self._take(together)
            except Exception as error:
                is_gone = isinstance(error, StoreGone)
                if is_gone:
                    self._alone.miss(error)
                    self._hearing.lose()
                # Nobody may wait for ever, whatever went wrong.
                together, self._asked = together + self._asked, []
                for caller in together:
                    if not caller.goes.done():
                        caller.goes.set_exception(error)
                if not is_gone:
                    raise

    async def _take(self, callers: Sequence[Caller]) -> None:
        await self._hearing.begin()
        losses = self._hearing.losses
        answers = await self._store.take([caller.ask for caller in callers])
        self._alone.meet()
        now = asyncio.get_running_loop().time()
        for caller, answer in zip(callers, answers, strict=True):
            if self._hearing.losses == losses:
                self._answer(caller, answer, now)
                continue
            # Who answered may be gone, and its turns forgotten.
            self._asked.append(caller)
            if isinstance(answer, Turn):
                self._give_back(LocalTurn(now, answer.at_us, answer.life), caller.ask)

    def _answer(self, caller: Caller, answer: Answer, now: float) -> None:
        if isinstance(answer, Turn):
            # Patience is counted from where the store counts it: on the way there nothing is lost.
            caller.deadline = now + caller.ask.patience_us / _MICROSECONDS
            turn = LocalTurn(now + answer.wait_us / _MICROSECONDS, answer.at_us, answer.life)
            self._skew_s = turn.at - answer.at_us / _MICROSECONDS
            if caller.goes.done():  # it gave up meanwhile
                self._give_back(turn, caller.ask)
                return
            late_at = self._line(caller.ask).join(caller, turn)
            if late_at is not None:
                caller.goes.set_exception(too_late(caller, late_at - now))
        elif not caller.goes.done():
            caller.goes.set_exception(
                too_late(caller, answer.wait_us / _MICROSECONDS)
                if isinstance(answer, TooLate)
                else QuotaUnknown(answer.key)
            )

    def _line(self, ask: Ask) -> Line:
        key = (ask.budgets, ask.priority)
        line = self._lines.get(key)
        if line is None:
            self._lines = {kept: line for kept, line in self._lines.items() if len(line)}
            line = self._lines[key] = Line(give_back=self._give_back)
        return line

    def _forget(self, caller: Caller) -> None:
        if caller in self._asked:
            self._asked.remove(caller)
        else:
            self._line(caller.ask).leave(caller)

    def _give_back(self, turn: LocalTurn, ask: Ask) -> None:
        self._unused.append(Unused(ask.budgets, turn.at_us, turn.life))
        if self._returner is None or self._returner.done():
            self._returner = asyncio.create_task(self._return())

    async def _return(self) -> None:
        while self._unused:
            together, self._unused = self._unused[:_MOST_TOGETHER], self._unused[_MOST_TOGETHER:]
            with suppress(StoreGone):  # then they are lost: nobody goes, which is never too much
                await self._store.give_back(together)

    def _close(self, closed: Closed) -> None:
        self._recall(closed.key, closed.opens_at_us / _MICROSECONDS + self._skew_s)

    def _lose(self) -> None:
        # It may come back without its memory, and then count as if nobody waited here.
        self._recall(None, math.inf)

    def _recall(self, key: str | None, opens_at: float) -> None:
        """Nobody with this budget (or any) goes before then: they ask for another turn."""
        now = asyncio.get_running_loop().time()
        for (budgets, _), line in list(self._lines.items()):
            if key is None or any(budget.key == key for budget in budgets):
                callers = line.recall(opens_at)
                for caller in callers:
                    left_us = round((caller.deadline - now) * _MICROSECONDS)
                    caller.ask = replace(caller.ask, patience_us=max(left_us, 0))
                self._enqueue(callers)
