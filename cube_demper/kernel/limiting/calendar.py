"""Which turn is free: the arithmetic behind every limiter, in whole microseconds. Pure.

A bucket's future is a list of *runs*: spans that are taken, sorted, with a gap between any two that
is at least one interval wide. A turn takes one interval, so two turns are never nearer than that
(generic cell-rate arithmetic without a burst), and a turn far ahead doesn't keep the time before it
from being used. A quota's past and future are its turns of one window and those ahead: the next one
may come a window after the oldest of the last ``most``.

``take.lua`` does the same in the store; a property test holds the two together.
"""

from bisect import bisect_left, insort
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cube_demper.kernel.limiting.ports import Bucket, Budget, Priority, Quota

LANE = 8  # of so many turns of a shared bucket, one is kept back for interactive callers …
IMMINENT = 2  # … until it comes within so many intervals
RAMP_US = 10_000_000  # how long a bucket takes to open after a freeze …
RAMP_FACTOR = 4  # … from so many intervals a turn
LONGEST_FACTOR = 16  # a freeze that repeats doubles, up to so many times what was asked


@dataclass(frozen=True, slots=True)
class Freeze:
    """Closed until, opening until, and for how long it was closed."""

    opens_at: int
    is_open_at: int
    length: int

    def stretched(self, interval: int, at: int) -> int:
        """How far apart turns are at this time: wider while the bucket opens."""
        left = self.is_open_at - at
        if left <= 0:
            return interval
        return interval + interval * (RAMP_FACTOR - 1) * left // RAMP_US


@dataclass(slots=True)
class _Runs:
    spans: list[list[int]] = field(default_factory=list)

    def forget(self, now: int) -> None:
        while self.spans and self.spans[0][1] <= now:
            self.spans.pop(0)

    def first_fit(self, at: int, interval: int) -> int:
        for begin, end in self.spans:
            if at + interval <= begin:
                break
            at = max(at, end)
        return at

    def take(self, at: int, interval: int) -> None:
        insort(self.spans, [at, at + interval])
        place = max(bisect_left(self.spans, [at, at + interval]) - 1, 0)
        # Gaps in which no turn would fit are closed.
        while place + 1 < len(self.spans) and self.spans[place][0] <= at + interval:
            (begin, end), (later, last) = self.spans[place : place + 2]
            if later - end < interval:
                self.spans[place : place + 2] = [[begin, max(end, last)]]
            else:
                place += 1

    def give_back(self, at: int, interval: int) -> None:
        for place, (begin, end) in enumerate(self.spans):
            if begin <= at and at + interval <= end:
                rest = [[begin, at], [at + interval, end]]
                self.spans[place : place + 1] = [span for span in rest if span[0] < span[1]]
                return


@dataclass(slots=True)
class _Used:
    most: int
    turns: deque[int] = field(default_factory=deque)  # in order

    def first_fit(self, at: int, window: int, uses: int) -> int:
        if self.turns:
            at = max(at, self.turns[-1])
        if len(self.turns) + uses > self.most:
            at = max(at, self.turns[len(self.turns) + uses - self.most - 1] + window)
        return at

    def take(self, at: int) -> None:
        # What it waited for stays as long as it is in the window: this turn may be given back.
        self.turns.append(at)

    def forget(self, now: int, window: int) -> None:
        while self.turns and self.turns[0] + window <= now:
            self.turns.popleft()


class Calendar:
    """All budgets of one process. Times are microseconds of one clock that never goes back."""

    def __init__(self) -> None:
        self._runs: dict[str, _Runs] = {}
        self._used: dict[str, _Used] = {}
        self._freezes: dict[str, Freeze] = {}

    def take(
        self, budgets: Sequence[Budget], *, now: int, latest: int, priority: Priority
    ) -> tuple[int, bool]:
        """Take the first turn that every budget has free, unless that is after ``latest``.

        Returns its time, and whether it is taken; if not, nothing is charged. What is more than a
        quota ever holds would come after a window, if the quota were another by then.
        """
        uses = Counter(budgets)
        for budget, times in uses.items():
            if isinstance(budget, Quota) and times > budget.most:
                return now + budget.window_us, False
        at = now
        while (later := self._later(uses, at, now, priority)) > at:
            at = later
        if at > latest:
            return at, False
        for budget in budgets:
            self._charge(budget, at, now)
        return at, True

    def _later(self, uses: Mapping[Budget, int], at: int, now: int, priority: Priority) -> int:
        for budget, times in uses.items():
            if isinstance(budget, Quota):
                used = self._used.setdefault(budget.key, _Used(budget.most))
                at = used.first_fit(at, budget.window_us, times)
            else:
                at = self._first_fit(budget, at, now, priority)
        return at

    def _first_fit(self, budget: Bucket, at: int, now: int, priority: Priority) -> int:
        freeze = self._freezes.get(budget.key)
        at = at if freeze is None else max(at, freeze.opens_at)
        runs = self._runs.setdefault(budget.key, _Runs())
        runs.forget(now)
        keeps_lane = budget.shared and priority is Priority.BACKGROUND
        while True:
            interval = self._interval(budget, at)
            fit = runs.first_fit(at, interval)
            if keeps_lane:
                fit = _beside_lane(fit, budget.interval_us, now)
            if fit == at:
                return at
            at = fit

    def _interval(self, bucket: Bucket, at: int) -> int:
        freeze = self._freezes.get(bucket.key)
        return bucket.interval_us if freeze is None else freeze.stretched(bucket.interval_us, at)

    def _charge(self, budget: Budget, at: int, now: int) -> None:
        if isinstance(budget, Quota):
            used = self._used[budget.key]
            used.forget(now, budget.window_us)
            used.take(at)
        else:
            self._runs[budget.key].take(at, self._interval(budget, at))

    def give_back(self, budgets: Sequence[Budget], *, at: int) -> None:
        """Take back a turn that nobody will use."""
        for budget in budgets:
            if isinstance(budget, Bucket):
                self._runs.setdefault(budget.key, _Runs()).give_back(at, budget.interval_us)
            elif budget.key in self._used and at in self._used[budget.key].turns:
                self._used[budget.key].turns.remove(at)

    def remember(self, quota: Quota, *, used_at: Sequence[int]) -> None:
        """Say what was used of a quota, if nothing is known of it."""
        self._used.setdefault(quota.key, _Used(quota.most, deque(used_at[-quota.most :])))

    def freeze(self, key: str, *, now: int, length: int) -> int:
        """Close a bucket; return when it opens."""
        if length <= 0:
            return now
        last = self._freezes.get(key)
        if last is not None and last.opens_at <= now < last.is_open_at:
            length = max(length, min(last.length * 2, length * LONGEST_FACTOR))
        opens_at = now + length
        if last is not None and last.opens_at >= opens_at:
            return last.opens_at
        self._freezes[key] = Freeze(opens_at, opens_at + RAMP_US, length)
        return opens_at

    def lift(self, key: str) -> None:
        """Open a bucket at once, at its full rate."""
        self._freezes.pop(key, None)


def _beside_lane(at: int, interval: int, now: int) -> int:
    """Leave the kept turns alone, unless they are about to pass unused."""
    period = interval * LANE
    begin = at // period * period
    for lane in (begin, begin + period):
        overlaps = at < lane + interval and lane < at + interval
        if overlaps and lane - now > interval * IMMINENT:
            return lane + interval
    return at
