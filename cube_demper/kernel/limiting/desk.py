"""The limiter as a person sees it, and its knobs: what is used, waits, is frozen until when."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from redis import Redis

from cube_demper.kernel.errors import Invalid
from cube_demper.kernel.limiting.redis import FROZEN, PREFIX, RATES, TOLD

_MICROSECONDS = 1_000_000
_SLOWEST_RPS, _FASTEST_RPS = 0.01, 10_000
_AHEAD_S = 300  # as far as anybody looks; who waits longer is counted when it comes nearer


@dataclass(frozen=True, slots=True)
class Told:
    """What was granted and refused of a kind of budget since the counts began."""

    family: str
    turns: int = 0
    waited_us: int = 0
    late: int = 0
    freezes: int = 0

    @property
    def mean_wait_ms(self) -> float:
        return self.waited_us / self.turns / 1000 if self.turns else 0.0


@dataclass(frozen=True, slots=True)
class Frozen:
    """A bucket that is closed until a time, or opening until another."""

    key: str
    opens_at: datetime
    is_open_at: datetime

    def is_closed(self, now: datetime) -> bool:
        return now < self.opens_at


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything at one moment of the store's clock.

    ``used`` is the turns in each second, the oldest first, and ``ahead`` those that are granted for
    later, given up or not; ``rates`` are those that a person set.
    """

    at: datetime
    used: Sequence[int]
    ahead: int
    told: Sequence[Told]
    frozen: Sequence[Frozen]
    rates: Mapping[str, float]


class Desk:
    """An operator's hands on the limiter. Synchronous: it serves pages and commands."""

    def __init__(self, redis: "Redis") -> None:
        """``redis`` answers in bytes."""
        self._redis = redis

    def snapshot(self, *, key: str = "fleet", seconds: int = 600) -> Snapshot:
        """Read what was told; ``used`` is of this shared bucket, for so many seconds."""
        now_s, micros = self._redis.time()
        now = datetime.fromtimestamp(now_s + micros / _MICROSECONDS, UTC)
        with self._redis.pipeline(transaction=False) as pipeline:
            for name in (TOLD, FROZEN, RATES):
                pipeline.hgetall(name)
            told, frozen, rates = pipeline.execute()
        turns = self._turns(key, range(now_s - seconds, now_s + _AHEAD_S))
        return Snapshot(
            at=now,
            used=turns[:seconds],
            ahead=sum(turns[seconds + 1 :]),
            told=_told(told),
            frozen=[row for row in map(_frozen, frozen.items()) if row.is_open_at > now],
            rates={
                name.decode(): round(_MICROSECONDS / int(step), 2) for name, step in rates.items()
            },
        )

    def _turns(self, key: str, seconds: range) -> list[int]:
        minutes = range(seconds.start // 60, (seconds.stop - 1) // 60 + 1)
        with self._redis.pipeline(transaction=False) as pipeline:
            for minute in minutes:
                pipeline.hgetall(f"{PREFIX}minute:{key}:{minute}")
            answers = pipeline.execute()
        counts: dict[int, int] = defaultdict(int)
        for minute, answer in zip(minutes, answers, strict=True):
            for second, turns in answer.items():
                counts[minute * 60 + int(second)] += int(turns)
        return [counts[second] for second in seconds]

    def lift(self, key: str) -> bool:
        """Open a frozen bucket now, at its full rate. False when it was not frozen."""
        return bool(self._redis.hdel(FROZEN, key))

    def set_rate(self, key: str, *, rps: float) -> None:
        """Let this bucket grant so many turns a second, everywhere, from the next turn on.

        Raises Invalid for a rate that would close or flood it.
        """
        self._redis.hset(RATES, key, interval_of(rps))

    def reset_rate(self, key: str) -> bool:
        """Go back to the rate of the settings. False when nobody had set another."""
        return bool(self._redis.hdel(RATES, key))

    def intervals(self) -> dict[str, int]:
        """Return the rates that a person set, as microseconds between turns."""
        raw: Mapping[Any, Any] = self._redis.hgetall(RATES)
        return {key.decode(): int(step) for key, step in raw.items()}

    def keep_intervals(self, intervals: Mapping[str, int]) -> None:
        """Let these rates be set, and no others, at one stroke."""
        with self._redis.pipeline() as pipeline:
            pipeline.delete(RATES)
            for key, interval_us in intervals.items():
                pipeline.hset(RATES, key, interval_us)
            pipeline.execute()


def interval_of(rps: float) -> int:
    """Microseconds between turns. Raises Invalid for a rate that would close or flood a bucket."""
    if not _SLOWEST_RPS <= rps <= _FASTEST_RPS:
        raise Invalid(f"A rate is from {_SLOWEST_RPS} to {_FASTEST_RPS} a second, not {rps:g}.")
    return math.ceil(_MICROSECONDS / rps)


def _told(raw: Mapping[bytes, bytes]) -> list[Told]:
    names = [(*name.decode().rpartition(" ")[::2], int(number)) for name, number in raw.items()]
    families: dict[str, dict[str, int]] = defaultdict(dict)
    for family, what, number in names:
        if what != "freezes":
            families[family][what] = number
    for key, what, number in names:
        if what == "freezes":  # of one bucket: a kind may have thousands of them
            family = key if key in families else key.rpartition(":")[0] or key
            families[family][what] = families[family].get(what, 0) + number
    return [Told(family, **counts) for family, counts in sorted(families.items())]


def _frozen(row: tuple[bytes, bytes]) -> Frozen:
    key, text = row
    opens_at, is_open_at, _ = (int(part) for part in text.split())
    return Frozen(
        key.decode(),
        datetime.fromtimestamp(opens_at / _MICROSECONDS, UTC),
        datetime.fromtimestamp(is_open_at / _MICROSECONDS, UTC),
    )
