"""Callers that wait for their turns: one line for those with the same budgets and priority.

A line owns its turns, not its callers: whoever asked first goes at the earliest of them. So a turn
that turns up early moves everybody forward, and one that is given back is always the last.
"""

import asyncio
from bisect import insort
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from cube_demper.kernel.limiting.stores import Ask


@dataclass(slots=True, eq=False)
class Caller:
    """Somebody who waits. ``goes`` is done when it may go; times are those of the event loop."""

    ask: Ask
    deadline: float
    goes: "asyncio.Future[int]"


@dataclass(frozen=True, slots=True, order=True)
class LocalTurn:
    """A turn by the loop's clock, and by the store's."""

    at: float
    at_us: int = field(compare=False)
    life: int = field(compare=False)


class Line:
    """First come, first go. Lives on one event loop."""

    def __init__(self, *, give_back: Callable[[LocalTurn, Ask], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._give_back = give_back
        self._turns: list[LocalTurn] = []
        self._callers: deque[Caller] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._callers)

    def join(self, caller: Caller, turn: LocalTurn) -> float | None:
        """Stand at the end, bringing a turn. Returns when it goes, or would, if that is too late.

        ``None`` when all is well.
        """
        insort(self._turns, turn)
        last = self._turns[-1]
        if last.at > caller.deadline:
            self._give_back(self._turns.pop(), caller.ask)
            self._serve()
            return last.at
        self._callers.append(caller)
        self._serve()
        return None

    def leave(self, caller: Caller) -> None:
        """Go away without going: the last turn is given back."""
        if caller in self._callers:
            self._callers.remove(caller)
            self._give_back(self._turns.pop(), caller.ask)
            self._serve()

    def recall(self, opens_at: float) -> list[Caller]:
        """Drop the turns before a time; return the callers at the end who have none now."""
        void = [turn for turn in self._turns if turn.at < opens_at]
        self._turns = self._turns[len(void) :]
        without = [self._callers.pop() for _ in void][::-1]
        for turn, caller in zip(void, without, strict=True):
            self._give_back(turn, caller.ask)
        self._serve()
        return without

    def _serve(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        now = self._loop.time()
        while self._turns and self._turns[0].at <= now:
            caller = self._callers.popleft()
            if caller.goes.done():  # it gave up, and has not left yet
                self._give_back(self._turns.pop(), caller.ask)
            else:
                caller.goes.set_result(self._turns.pop(0).at_us)
        if self._turns:
            self._timer = self._loop.call_at(self._turns[0].at, self._serve)
