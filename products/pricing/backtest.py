"""What other rules would have made of a market's past: the heart, replayed over the tape.

Rivals do what they did, or answer us the way their fingerprints say. What buyers would have bought
is not asked: the figures are times and prices, not sales.
"""

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from cube_demper.kernel.money import Money
from products.pricing.decide import Situation, decide
from products.pricing.model import Decision, Memory, Reason, Rival
from products.pricing.remember import remember
from products.pricing.rules import Rules
from products.pricing.wars import Fingerprint

_SERIES = 2000  # points of a chart at most
_A_MOMENT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Scene:
    """From then on, these were the offers on the card, our own among them."""

    at: datetime
    offers: tuple[Rival, ...]


@dataclass(frozen=True, slots=True)
class Seller:
    """Who we are on the card: one shop, and all shops of its seller."""

    merchant_id: str
    own_merchant_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Point:
    """From then on: our price, if any, and the cheapest of everybody else's."""

    at: datetime
    price: Money | None
    rival: Money | None


@dataclass(frozen=True, slots=True)
class Backtest:
    """How the rules did. Times are shares of ``lasted``, in hundredths of a percent.

    ``average`` is our price, weighted by time, while there was one; ``changes`` is how often it
    moved; ``decisions`` how often it was decided.
    """

    lasted: timedelta
    first: int
    at_floor: int
    unpublished: int
    average: Money | None
    changes: int
    decisions: int
    series: tuple[Point, ...]


@dataclass(slots=True)
class _Sum:
    """Seconds and tiyn-seconds so far."""

    first_s: float = 0.0
    floor_s: float = 0.0
    none_s: float = 0.0
    priced_s: float = 0.0
    tiyn_s: float = 0.0
    changes: int = 0
    decisions: int = 0
    series: list[Point] = field(default_factory=list)

    def pass_time(self, seconds: float, decision: Decision | None) -> None:
        if decision is None:
            self.none_s += seconds
            return
        self.priced_s += seconds
        self.tiyn_s += seconds * decision.price.tiyn
        self.first_s += seconds * (decision.position == 1)
        self.floor_s += seconds * (decision.reason is Reason.AT_FLOOR)


def replay(
    scenes: Sequence[Scene],
    *,
    rules: Rules,
    seller: Seller,
    memory: Memory,
    until: datetime,
    every: timedelta,
    answers: Mapping[str, Fingerprint] | None = None,
) -> Backtest:
    """Decide at each scene and ``every`` so often between, as if every price were in force at once.

    ``answers`` are the rivals who answer us instead of doing what they did: so long after a price
    of ours below theirs they go below it, by their step, and not below their floor.
    """
    if not scenes or scenes[0].at >= until:
        return Backtest(timedelta(0), 0, 0, 0, None, 0, 0, ())
    total, market = _Sum(), _Market(seller, answers or {})
    moments = _moments(scenes, until, every)
    decision: Decision | None = None
    for place, (at, scene) in enumerate(moments):
        if scene is not None:
            market.show(scene)
        begins, ends = at, moments[place + 1][0] if place + 1 < len(moments) else until
        while begins < ends:
            market.answer(begins)
            situation = Situation(
                merchant_id=seller.merchant_id,
                own_merchant_ids=seller.own_merchant_ids,
                offers=market.offers(memory.in_force),
                rules=rules,
                memory=memory,
                at=begins,
            )
            decided = decide(situation)
            memory = remember(situation, decided)
            before, decision = decision, decided if isinstance(decided, Decision) else None
            total.decisions += 1
            total.changes += _is_change(before, decision)
            market.note(decision, begins)
            step_ends = min(market.next_answer(ends), ends)
            total.pass_time((step_ends - begins).total_seconds(), decision)
            total.series.append(Point(begins, decision.price if decision else None, market.best))
            begins = step_ends
    return _result(total, until - scenes[0].at)


def _is_change(before: Decision | None, now: Decision | None) -> bool:
    return before is not None and now is not None and before.price != now.price


def _moments(
    scenes: Sequence[Scene], until: datetime, every: timedelta
) -> list[tuple[datetime, Scene | None]]:
    moments: list[tuple[datetime, Scene | None]] = []
    for place, scene in enumerate(scenes):
        if scene.at >= until:
            break
        ends = scenes[place + 1].at if place + 1 < len(scenes) else until
        moments.append((scene.at, scene))
        at = scene.at + every
        while at < min(ends, until):
            moments.append((at, None))
            at += every
    return moments


class _Market:
    """The offers as they are now: the recorded ones, with the answers of those who answer."""

    def __init__(self, seller: Seller, answers: Mapping[str, Fingerprint]) -> None:
        self._seller = seller
        self._fingerprints = answers
        self._shown: tuple[Rival, ...] = ()
        self._answered: dict[str, Money] = {}
        self._coming: list[tuple[datetime, str, Money]] = []
        self._about_to: set[str] = set()
        self._own: Rival | None = None
        self._others: tuple[Rival, ...] = ()
        self.best: Money | None = None

    def show(self, scene: Scene) -> None:
        """What was recorded holds, for everybody who moved since the last scene."""
        before = {offer.merchant_id: offer.price for offer in self._shown}
        for offer in scene.offers:
            if before.get(offer.merchant_id) != offer.price:
                self._answered.pop(offer.merchant_id, None)
        self._shown = scene.offers
        self._arrange()

    def offers(self, in_force: Money | None) -> tuple[Rival, ...]:
        """Everybody's offer, ours at our own price."""
        if in_force is None or self._own is None:
            return self._others
        if self._own.price != in_force:
            self._own = replace(self._own, price=in_force)
        return (*self._others, self._own)

    def note(self, decision: Decision | None, at: datetime) -> None:
        """Have those who answer do so in their time."""
        if decision is None or not self._fingerprints:
            return
        for offer in self._others:
            print_ = self._fingerprints.get(offer.merchant_id)
            if print_ is None or offer.price <= decision.price:
                continue
            if offer.merchant_id in self._about_to:
                continue
            price = decision.price - print_.step
            if print_.floor is not None and price < print_.floor:
                continue
            self._about_to.add(offer.merchant_id)
            moment = at + max(print_.reaction, _A_MOMENT)
            heapq.heappush(self._coming, (moment, offer.merchant_id, price))

    def next_answer(self, otherwise: datetime) -> datetime:
        """When somebody answers next."""
        return self._coming[0][0] if self._coming else otherwise

    def answer(self, at: datetime) -> None:
        """Let everybody answer whose time has come."""
        is_other = False
        while self._coming and self._coming[0][0] <= at:
            _, merchant_id, price = heapq.heappop(self._coming)
            self._about_to.remove(merchant_id)
            self._answered[merchant_id] = price
            is_other = True
        if is_other:
            self._arrange()

    def _arrange(self) -> None:
        ours = self._seller.own_merchant_ids | {self._seller.merchant_id}
        offers = [
            replace(offer, price=self._answered[offer.merchant_id])
            if offer.merchant_id in self._answered
            else offer
            for offer in self._shown
        ]
        own = [offer for offer in offers if offer.merchant_id == self._seller.merchant_id]
        self._own = own[0] if own else None
        self._others = tuple(
            offer for offer in offers if offer.merchant_id != self._seller.merchant_id
        )
        self.best = min(
            (offer.price for offer in self._others if offer.merchant_id not in ours), default=None
        )


def _result(total: _Sum, lasted: timedelta) -> Backtest:
    whole_s = max(lasted.total_seconds(), 1e-9)

    def share(seconds: float) -> int:
        return round(seconds / whole_s * 10_000)

    return Backtest(
        lasted=lasted,
        first=share(total.first_s),
        at_floor=share(total.floor_s),
        unpublished=share(total.none_s),
        average=Money(round(total.tiyn_s / total.priced_s)) if total.priced_s else None,
        changes=total.changes,
        decisions=total.decisions,
        series=_thinned(total.series),
    )


def _thinned(series: Sequence[Point]) -> tuple[Point, ...]:
    """Where something moved, and no more points than a chart can show."""
    moved = [
        point
        for place, point in enumerate(series)
        if not place
        or (point.price, point.rival) != (series[place - 1].price, series[place - 1].rival)
    ]
    apart = -(-len(moved) // _SERIES)
    return tuple(moved[:: max(apart, 1)])
