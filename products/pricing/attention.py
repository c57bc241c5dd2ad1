"""Where prices move: how often each market changes, and when to look at it next.

The rate at which a market changes is learned from one bit a look, changed or not, at irregular
gaps: a Gamma prior over Poisson changes, with forgetting. Of n looks at gaps τ, a change seen means
n = λτ / (1 − e^−λτ) changes on average, none seen means none.

The next look follows the square-root rule: a market that is worth w and changes λ times a second
is looked at every √(M / wλ) seconds, where M is one multiplier for all, so large that what falls
due is what the budget holds. It never starves a market, as minimising stale time would, which gives
up what changes faster than anyone could follow. Whatever the rule says, a plan's promise is the
longest gap and politeness the shortest; where the budget can't keep the promise, the promise
stretches for all alike, and a part of the budget stays for what moves.

The rule and the figures that chose it: Kolobov and others, NeurIPS 2019; ``bench/freshness``.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

HALF_LIFE_S = 86_400.0  # a day of silence halves what was known
_FOR_PROMISES = 0.8  # of the budget at most; the rest goes where prices move
_LEAST, _MOST, _CLOSE_ENOUGH = -60.0, 60.0, 1e-3  # logarithms of multipliers
USUAL_RATE = 4 / 86_400.0  # changes a second, before anything is known: four a day
PRIOR_CHANGES = 0.3  # how many changes that belief is worth


@dataclass(frozen=True, slots=True)
class ChangeRate:
    """A belief: so many changes within so many seconds, older ones counted for less."""

    changes: float = PRIOR_CHANGES
    seconds: float = PRIOR_CHANGES / USUAL_RATE

    @property
    def per_s(self) -> float:
        """Changes a second."""
        return self.changes / self.seconds

    def learn(self, *, gap: timedelta, has_changed: bool) -> "ChangeRate":
        """The belief after a look so long after the last. A gap of nothing teaches nothing."""
        gap_s = gap.total_seconds()
        if gap_s <= 0:
            return self
        seen = 0.0
        if has_changed:
            expected = self.per_s * gap_s
            seen = expected / -math.expm1(-expected)
        kept = 2.0 ** (-gap_s / HALF_LIFE_S)
        fresh = 1 - kept
        return ChangeRate(
            changes=self.changes * kept + seen + PRIOR_CHANGES * fresh,
            seconds=self.seconds * kept + gap_s + PRIOR_CHANGES / USUAL_RATE * fresh,
        )


@dataclass(frozen=True, slots=True)
class Tempo:
    """How often a shard looks: the multiplier, and the gaps between which the rule may choose."""

    multiplier: float
    shortest: timedelta
    longest: timedelta

    def gap(self, *, worth: float, rate: ChangeRate) -> timedelta:
        """How long to leave a market alone; what is worth nothing, as long as allowed."""
        return timedelta(seconds=self._gap_s(worth * rate.per_s))

    def per_s(self, markets: Iterable[tuple[float, int]]) -> float:
        """How many looks a second so many markets of such an urgency (worth × rate) ask for."""
        return sum(number / self._gap_s(urgency) for urgency, number in markets)

    def _gap_s(self, urgency: float) -> float:
        if urgency <= 0:
            return self.longest.total_seconds()
        wanted_s = math.sqrt(self.multiplier / urgency)
        return min(max(wanted_s, self.shortest.total_seconds()), self.longest.total_seconds())


def tempo_for(
    markets: Sequence[tuple[float, int]],
    *,
    budget_per_s: float,
    shortest: timedelta,
    promised: timedelta,
) -> Tempo:
    """The tempo at which these markets ask for the whole budget, or for all that politeness allows.

    ``markets`` are pairs of an urgency (worth × rate) and how many markets have it.
    """
    number = sum(count for _, count in markets)
    stretched = timedelta(seconds=number / (budget_per_s * _FOR_PROMISES))
    longest = max(promised, stretched, shortest)
    low, high = _LEAST, _MOST
    while high - low > _CLOSE_ENOUGH:
        middle = (low + high) / 2
        if Tempo(math.exp(middle), shortest, longest).per_s(markets) > budget_per_s:
            low = middle
        else:
            high = middle
    return Tempo(math.exp(high), shortest, longest)
