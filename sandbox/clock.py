"""The sandbox's own time, which may run faster than ours, and the things due in it."""

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from datetime import UTC, datetime

# A long queue of due actions must not keep requests waiting.
_ACTIONS_AT_ONCE = 200


class Clock:
    """Seconds since the epoch, `scale` times faster than the machine's from `start` on."""

    def __init__(self, *, scale: float = 1.0, start: float | None = None) -> None:
        self.scale = scale
        self._origin = time.monotonic()
        self._start = time.time() if start is None else start

    def now(self) -> float:
        return self._start + (time.monotonic() - self._origin) * self.scale

    def advance(self, seconds: float) -> None:
        """Jump ahead."""
        self._start += seconds

    def run_at(self, scale: float) -> None:
        """Run so many times faster than the machine's from now on."""
        self._start, self._origin = self.now(), time.monotonic()
        self.scale = scale

    def real_seconds(self, seconds: float) -> float:
        """How long our own clock runs while this one runs `seconds`."""
        return seconds / self.scale


class Agenda:
    """What happens when: a heap of actions, so that waiting costs nothing per card."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._earlier = asyncio.Event()

    def at(self, when: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._heap, (when, next(self._order), action))
        if self._heap[0][0] == when:
            self._earlier.set()

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        self.at(self._clock.now() + seconds, action)

    def settle(self) -> None:
        """Do everything that is due, after the clock jumped ahead or changed its pace."""
        while self._heap and self._heap[0][0] <= self._clock.now():
            self._do_due()
        self._earlier.set()

    def forget(self) -> None:
        """Let nothing happen that was planned."""
        self._heap.clear()

    async def run(self) -> None:
        """Do what is due, in order of time, until cancelled."""
        while True:
            self._earlier.clear()
            self._do_due()
            try:
                async with asyncio.timeout(self._pause_s()):
                    await self._earlier.wait()
            except TimeoutError:
                continue

    def _do_due(self) -> None:
        now = self._clock.now()
        for _ in range(_ACTIONS_AT_ONCE):
            if not self._heap or self._heap[0][0] > now:
                return
            heapq.heappop(self._heap)[2]()

    def _pause_s(self) -> float | None:
        if not self._heap:
            return None
        return max(0.0, self._clock.real_seconds(self._heap[0][0] - self._clock.now()))


def iso(moment: float) -> str:
    """Write a moment as the storefront does: milliseconds and a zone."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")


def iso_without_zone(moment: float) -> str:
    """Write a moment as the cabinet does: no zone, and digits down to the nanosecond."""
    text = (
        datetime.fromtimestamp(moment, UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    )
    return text + "000"
