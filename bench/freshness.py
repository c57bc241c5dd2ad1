"""How stale prices are at the same number of looks, by who decides where to look.

A simulation with fixed seeds: cards change by chance, some a hundred times as often as others, and
are worth as differently (log-normal, σ 1.5 each, correlated 0.3). Stale time is the share of time,
weighted by value, in which a card has changed since the last look; reaction is the time from a
change to the next look, each weighted by what its card is worth. The first day only teaches.

Then the same where changes follow the hour of the day: for all cards alike, or for each quarter of
them six hours later. The policy that knows the hours is told the true rhythm, so that no profile
that is learned could do better.
"""

import heapq
import math
import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeAlias

from bench.charts import draw
from bench.table import show
from products.pricing.attention import ChangeRate, Tempo, tempo_for

_CARDS = int(os.environ.get("BENCH_CARDS", "2000"))
_DAY_S = 86_400.0
_DAYS = 3
_MEAN_GAP_S = 100_000 / 120  # 120 looks a second over 100 000 cards
_CHANGES_A_DAY = 4.0
_SPREAD, _TOGETHER = 1.5, 0.3
_SHORTEST = timedelta(seconds=20)
_DEPTH = 0.9  # of the daily rhythm: nineteen times as many changes at its height as at its depth
_RECKONED_EACH_S = 3600.0
_BUCKETS = 4
_SEEDS = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Hours:
    """How the rate of changes goes up and down over a day: ``depth`` 0 is not at all."""

    depth: float = 0.0
    shift: float = 0.0  # in days

    def at(self, now: float) -> float:
        """So many times the mean."""
        return 1 + self.depth * math.sin(2 * math.pi * (now / _DAY_S + self.shift))

    def between(self, begin: float, end: float) -> float:
        """The seconds between, each counted as often as changes come then."""
        return self._sum(end) - self._sum(begin)

    def _sum(self, now: float) -> float:
        turn = 2 * math.pi * (now / _DAY_S + self.shift)
        return now - self.depth * _DAY_S / (2 * math.pi) * math.cos(turn)


@dataclass(slots=True)
class Card:
    """A card in the simulation: its true rate, its worth, and what a policy knows of it."""

    per_s: float
    value: float
    changes: list[float]
    hours: Hours
    looked_at: float = 0.0
    seen: int = 0  # changes before the last look
    believed: ChangeRate = field(default_factory=ChangeRate)


Rate: TypeAlias = Callable[[Card], ChangeRate]


@dataclass(frozen=True, slots=True)
class Policy:
    """Who is looked at when: by these rates, no later than the promise; without rates in turn."""

    rate: Rate | None
    promised_s: float = 4 * _MEAN_GAP_S
    sellers: int = 1  # on a card
    rhythms: int = 0  # in which cards change; none: at any hour alike
    knows_hours: bool = False


def measure() -> None:
    """Compare policies at equal budget."""
    rows, bars = [], list[tuple[str, float]]()
    baseline = 0.0
    for name, policy in _POLICIES.items():
        runs = [_run(_market(seed, policy.rhythms), policy) for seed in _SEEDS]
        stale = sum(run[0] for run in runs) / len(runs)
        delays = sorted(pair for run in runs for pair in run[1])
        baseline = baseline or stale
        mean_s = sum(delay * value for delay, value in delays) / sum(value for _, value in delays)
        median_s, p95_s = _quantile(delays, 0.5), _quantile(delays, 0.95)
        reaction = f"reaction {mean_s:4.0f} s, p50 {median_s:.0f}, p95 {p95_s:.0f}"
        rows.append((name, f"{stale:6.2%} stale, 1 : {stale / baseline:.2f}; {reaction}"))
        bars.append((name, 100 * stale))
    draw("freshness", "Share of time in which a card's price is stale", bars, unit="%")
    least_s = sum(_least_p95(_market(seed)) for seed in _SEEDS) / len(_SEEDS)
    rows.append(("no policy, rates known, one seller", f"reaction p95 under {least_s:.0f} s"))
    show(f"freshness, {_CARDS} cards, {_DAYS} days, a look every {_MEAN_GAP_S:.0f} s", rows)


def _quantile(delays: list[tuple[float, float]], share: float) -> float:
    """The delay below which this share of all value lies."""
    left = share * sum(value for _, value in delays)
    for delay, value in delays:
        left -= value
        if left <= 0:
            return delay
    return math.inf


def _least_p95(cards: list[Card]) -> float:
    """No policy sees 95 % of all changes, by value, within less than this.

    To see a share of a card's changes within T takes that share of a look each T; so the most is
    seen by looking at the most urgent cards each T and never at the others.
    """
    urgencies = sorted((card.value * card.per_s for card in cards), reverse=True)
    left = 0.95 * sum(urgencies)
    for number, urgency in enumerate(urgencies, start=1):
        left -= urgency
        if left <= 0:
            return number * _MEAN_GAP_S / len(cards)
    return math.inf


def _market(seed: int, rhythms: int = 0) -> list[Card]:
    dice = random.Random(seed)
    cards = []
    for place in range(_CARDS):
        a = dice.gauss(0, 1)
        b = _TOGETHER * a + math.sqrt(1 - _TOGETHER**2) * dice.gauss(0, 1)
        shift = -(_SPREAD**2) / 2  # so that the means are as stated
        per_s = _CHANGES_A_DAY / _DAY_S * math.exp(_SPREAD * a + shift)
        hours = Hours(_DEPTH, place % rhythms / rhythms) if rhythms else Hours()
        changes = _changes(dice, per_s, hours)
        cards.append(Card(per_s, math.exp(_SPREAD * b + shift), changes, hours))
    return cards


def _changes(dice: random.Random, per_s: float, hours: Hours) -> list[float]:
    at, times, most = 0.0, list[float](), 1 + hours.depth
    while (at := at + dice.expovariate(per_s * most)) < _DAYS * _DAY_S:
        if most == 1 or dice.random() * most < hours.at(at):
            times.append(at)
    return times


def _run(cards: list[Card], policy: Policy) -> tuple[float, list[tuple[float, float]]]:
    """Look at one card after another at a constant rate; the earliest due goes first.

    Where several sellers share a card, one look serves them all, and the budget holds so many more.
    Returns the stale share, and for each change how late it was seen and what it was worth.
    """
    pause = _MEAN_GAP_S / len(cards) / policy.sellers
    due = [(random.Random(place).random() * _MEAN_GAP_S, place) for place in range(len(cards))]
    heapq.heapify(due)
    stale, delays, now, reckon_at = 0.0, list[tuple[float, float]](), 0.0, 0.0
    tempo = Tempo(0.0, _SHORTEST, _SHORTEST)
    while now < _DAYS * _DAY_S:
        if policy.rate and now >= reckon_at:
            tempo = _tempo(cards, policy, pause, now)
            reckon_at = now + _RECKONED_EACH_S
        _, place = heapq.heappop(due)
        card = cards[place]
        first = card.seen
        while card.seen < len(card.changes) and card.changes[card.seen] <= now:
            card.seen += 1
        fresh = card.changes[first : card.seen]
        if now > _DAY_S and fresh:
            stale += card.value * (now - max(fresh[0], _DAY_S))
            delays += ((now - change, card.value) for change in fresh)
        since = now - card.looked_at
        if policy.knows_hours:
            since = card.hours.between(card.looked_at, now)
        card.believed = card.believed.learn(gap=timedelta(seconds=since), has_changed=bool(fresh))
        card.looked_at = now
        gap_s = _MEAN_GAP_S
        if policy.rate:
            gap_s = tempo.gap(
                worth=_worth(card, policy, now), rate=policy.rate(card)
            ).total_seconds()
        heapq.heappush(due, (now + gap_s, place))
        now += pause
    worth = sum(card.value for card in cards) * (_DAYS - 1) * _DAY_S
    return stale / worth, delays


def _worth(card: Card, policy: Policy, now: float) -> float:
    """What a card is worth, times how many changes are to be seen at this hour."""
    return card.value * (card.hours.at(now) if policy.knows_hours else 1)


def _tempo(cards: list[Card], policy: Policy, pause: float, now: float) -> Tempo:
    urgencies: dict[int, int] = {}
    for card in cards:
        rate = policy.rate(card) if policy.rate else card.believed
        bucket = round(math.log(_worth(card, policy, now) * rate.per_s) * _BUCKETS)
        urgencies[bucket] = urgencies.get(bucket, 0) + 1
    return tempo_for(
        [(math.exp(bucket / _BUCKETS), number) for bucket, number in urgencies.items()],
        budget_per_s=1 / pause,
        shortest=_SHORTEST,
        promised=timedelta(seconds=policy.promised_s),
    )


def _known(card: Card) -> ChangeRate:
    return ChangeRate(changes=card.per_s, seconds=1.0)


def _learned(card: Card) -> ChangeRate:
    return card.believed


_UNBOUND = 30 * _DAY_S
_POLICIES = {
    "round robin": Policy(None),
    "rates known, no promise": Policy(_known, promised_s=_UNBOUND),
    "rates learned, no promise": Policy(_learned, promised_s=_UNBOUND),
    "rates learned, an hour at most": Policy(_learned),
    "the same, three sellers a card": Policy(_learned, sellers=3),
    "one daily rhythm, rates learned": Policy(_learned, rhythms=1),
    "one daily rhythm, hours known": Policy(_learned, rhythms=1, knows_hours=True),
    "four rhythms, rates learned": Policy(_learned, rhythms=4),
    "four rhythms, hours known": Policy(_learned, rhythms=4, knows_hours=True),
}
