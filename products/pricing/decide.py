"""Choose a price inside the corridor: pure, and whole in one place.

    consider who competes ──► aim where the strategy wants to be ──► adjust to stock, sales and the
    way up ──► fit into all bounds at once

Whatever goes in: what comes out lies in [max(floor, margin floor, Kaspi's minimum), ceiling], or
nothing is published and the reason says why.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cube_demper.kernel.money import Money
from products.pricing.aims import Aim, aim_at, whole_tenge
from products.pricing.bounds import Room, room_for
from products.pricing.model import Bound, Clamp, Decision, Memory, Percent, Reason, Rest, Rival
from products.pricing.rivals import Field, consider, in_class
from products.pricing.rules import Alone, Rise, Rules, Strategy

_BOUND_REASONS = {
    Bound.FLOOR: Reason.AT_FLOOR,
    Bound.MARGIN_FLOOR: Reason.AT_FLOOR,
    Bound.KASPI_MINIMUM: Reason.AT_FLOOR,
    Bound.CEILING: Reason.AT_CEILING,
}
_STATED = {Reason.FIXED, Reason.SAT_OUT, Reason.RETREATED, Reason.KEPT}
_GOES_ON = {Bound.CLIMB, Bound.QUIET}
_MOST_DROPS = 20


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything a decision depends on, and nothing else.

    ``offers`` are all on the card, our own among them; ``own_merchant_ids`` are all
    shops of the seller.
    """

    merchant_id: str
    own_merchant_ids: frozenset[str]
    offers: tuple[Rival, ...]
    rules: Rules
    memory: Memory
    at: datetime


def decide(situation: Situation) -> Decision | Rest:
    """Choose a price, or say why there is none. Raises nothing, whatever the situation."""
    rules, memory = situation.rules, situation.memory
    chosen = rules.rivals
    if rules.strategy is Strategy.FIRST_IN_CLASS:
        chosen = in_class(chosen)
    field = consider(
        situation.offers,
        merchant_id=situation.merchant_id,
        own_merchant_ids=situation.own_merchant_ids,
        chosen=chosen,
    )
    corridor = rules.hours.corridor(situation.at, rules.corridor)
    room = room_for(rules, corridor, in_force=memory.in_force)
    if room is None:
        return Rest(Reason.EMPTY, field.left_out)
    if why := _why_rest(situation):
        return Rest(why, field.left_out)
    aim = aim_at(
        field, rules=rules, corridor=corridor, lowest=room.floor, memory=memory, at=situation.at
    )
    return _settle(aim, field, situation, room)


def position_at(price: Money, field: Field) -> int:
    """Our place on the card at this price, over everyone; who asks the same was there before us."""
    return 1 + sum(other <= price.tiyn for other in field.others)


def _why_rest(situation: Situation) -> Reason | None:
    if situation.rules.is_off:
        return Reason.OFF
    if situation.memory.stock == 0:
        return Reason.SOLD_OUT
    if not situation.rules.hours.is_open(situation.at):
        return Reason.ASLEEP
    return None


def _settle(aim: Aim, field: Field, situation: Situation, room: Room) -> Decision:
    in_force = situation.memory.in_force
    price, clamps = aim.price, list[Clamp]()
    for adjust in (_for_pace, _for_climb):
        clamps += adjust(price, aim, situation, room)
        price = clamps[-1].after if clamps else price
    is_on_the_way = any(clamp.bound in _GOES_ON for clamp in clamps)
    price, fits = room.fit(price, is_on_the_way=is_on_the_way)
    clamps += fits
    return Decision(
        price=price,
        reason=_reason(aim, clamps),
        position=position_at(price, field),
        rival=aim.rival,
        aim=aim.price,
        clamps=tuple(clamps),
        lowest=room.lowest,
        highest=room.highest,
        left_out=field.left_out,
        is_repair=in_force is not None and not room.floor <= in_force <= room.ceiling,
        is_cycling=situation.memory.is_cycling,
    )


def _reason(aim: Aim, clamps: Sequence[Clamp]) -> Reason:
    """The strategy's, unless something held it back where it matters to a merchant."""
    for clamp in reversed(clamps):
        if clamp.bound in _BOUND_REASONS:
            return _BOUND_REASONS[clamp.bound]
        if clamp.bound is Bound.CLIMB:
            return Reason.CLIMBING
        if clamp.bound is Bound.QUIET:
            return Reason.QUIET_FIRST
    return aim.reason


def _for_pace(price: Money, aim: Aim, situation: Situation, room: Room) -> Sequence[Clamp]:
    """Dearer when little is left; else cheaper when none goes."""
    pace, memory = situation.rules.pace, situation.memory
    if aim.reason in _STATED:
        return ()
    if pace.rise.hundredths and memory.stock is not None and memory.stock <= pace.low_stock:
        dearer = whole_tenge(price + pace.rise.of(price))
        return (Clamp(Bound.LOW_STOCK, price, dearer),) if dearer != price else ()
    if pace.drop.hundredths and pace.slow_after is not None and memory.sold_at is not None:
        times = (situation.at - memory.sold_at) // pace.slow_after
        return _drops(price, pace.drop, times, room)
    return ()


def _drops(price: Money, drop: Percent, times: int, room: Room) -> Sequence[Clamp]:
    """Down from what can be had: from an aim above the ceiling, a drop might move nothing."""
    reachable = min(price, room.ceiling)
    cheaper = reachable
    for _ in range(min(times, _MOST_DROPS)):
        cheaper = whole_tenge(cheaper - drop.of(cheaper))
    if cheaper == reachable:
        return ()
    slow = Clamp(Bound.SLOW_GOODS, reachable, cheaper)
    return (slow,) if price == reachable else (Clamp(Bound.CEILING, price, reachable), slow)


def _for_climb(price: Money, aim: Aim, situation: Situation, room: Room) -> Sequence[Clamp]:
    """Up by steps, or after a quiet time, if the seller wants so. A repair waits for nothing."""
    memory = situation.memory
    if memory.in_force is None or aim.reason in _STATED:
        return ()
    in_force, wanted = whole_tenge(memory.in_force), room.destination(price)
    if wanted <= in_force or in_force < room.floor:
        return ()
    if situation.rules.rise is Rise.AFTER_QUIET and aim.rival is not None:
        return () if _is_quiet(situation) else (Clamp(Bound.QUIET, price, in_force),)
    if not _climbs(aim, situation.rules):
        return ()
    climb = situation.rules.climb
    rests = memory.moved_at is not None and situation.at - memory.moved_at < climb.every
    higher = in_force if rests else min(in_force + climb.by, wanted)
    return (Clamp(Bound.CLIMB, price, higher),) if higher != price else ()


def _is_quiet(situation: Situation) -> bool:
    since = situation.memory.room_since
    return since is not None and situation.at - since >= situation.rules.climb.quiet


def _climbs(aim: Aim, rules: Rules) -> bool:
    if aim.reason is Reason.ALONE and rules.alone is Alone.CLIMB:
        return True
    return rules.rise is Rise.BY_STEPS or rules.strategy is Strategy.CREEP
