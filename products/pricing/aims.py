"""Strategies: the price that a place among the rivals asks for, before any bound."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from cube_demper.kernel.money import TIYN_PER_TENGE, Money
from products.pricing.model import Corridor, Memory, Percent, Reason, Rival, step_from
from products.pricing.rivals import Field
from products.pricing.rules import Alone, AtFloor, Rules, Strategy, WarPolicy


@dataclass(frozen=True, slots=True)
class Aim:
    """Where a strategy wants to be, and because of whom."""

    price: Money
    reason: Reason
    rival: Rival | None = None


def aim_at(
    field: Field, *, rules: Rules, corridor: Corridor, lowest: Money, memory: Memory, at: datetime
) -> Aim:
    """Choose a price. ``lowest`` is the highest of all floors; below it another way is taken."""
    if rules.strategy is Strategy.FIXED and rules.fixed is not None:
        return Aim(rules.fixed, Reason.FIXED)
    is_at_war = memory.at_war_since is not None and at - memory.at_war_since < rules.truce.lasts
    if is_at_war and rules.truce.price is not None:
        if rules.truce.policy is WarPolicy.SIT_OUT:
            return Aim(rules.truce.price, Reason.SAT_OUT)
        if rules.truce.policy is WarPolicy.RETREAT:
            return Aim(rules.truce.price, Reason.RETREATED)
    if not field.rivals:
        return _alone(rules, corridor, memory)
    strategy = rules.strategy
    if is_at_war and rules.truce.policy is WarPolicy.MATCH:
        strategy = Strategy.MATCH_FIRST
    aim = _STRATEGIES[strategy](field, rules, corridor)
    if strategy is Strategy.CREEP:
        aim = _below_tipping(aim, rules, corridor, memory, at)
    return _at_floor(aim, field, rules, corridor, lowest) if aim.price < lowest else aim


def whole_tenge(price: Money) -> Money:
    """Round down to what Kaspi can show."""
    return Money(price.tiyn - price.tiyn % TIYN_PER_TENGE)


def _alone(rules: Rules, corridor: Corridor, memory: Memory) -> Aim:
    if rules.alone is Alone.KEEP and memory.in_force is not None:
        return Aim(whole_tenge(memory.in_force), Reason.KEPT)
    return Aim(corridor.ceiling, Reason.ALONE)


def _below(rival: Rival, corridor: Corridor) -> Money:
    price = whole_tenge(rival.price)
    return price - step_from(price, corridor.step)


def _be_first(field: Field, _: Rules, corridor: Corridor) -> Aim:
    first = field.rivals[0]
    return Aim(_below(first, corridor), Reason.UNDERCUT, first)


def _match_first(field: Field, _: Rules, __: Corridor) -> Aim:
    first = field.rivals[0]
    return Aim(whole_tenge(first.price), Reason.MATCHED, first)


def _behind_first(field: Field, _: Rules, corridor: Corridor) -> Aim:
    first, *rest = field.rivals
    price = whole_tenge(first.price)
    behind = price + step_from(price, corridor.step)
    if rest:  # before the second, as far as there is room
        behind = max(price, min(behind, _below(rest[0], corridor)))
    return Aim(behind, Reason.BEHIND, first)


def _hold_position(field: Field, rules: Rules, corridor: Corridor) -> Aim:
    if len(field.rivals) < rules.position:  # the place is ours at any price
        return Aim(corridor.ceiling, Reason.HELD_POSITION)
    rival = field.rivals[rules.position - 1]
    return Aim(_below(rival, corridor), Reason.HELD_POSITION, rival)


def _premium(field: Field, rules: Rules, corridor: Corridor) -> Aim:
    aims = [
        Aim(_above(rival, rules.premium), Reason.PREMIUM, rival)
        if _is_better(field.own, rival)
        else Aim(_below(rival, corridor), Reason.UNDERCUT, rival)
        for rival in field.rivals
    ]
    return min(aims, key=lambda aim: aim.price)


def _above(rival: Rival, premium: Percent) -> Money:
    return whole_tenge(rival.price + premium.of(rival.price))


def _is_better(own: Rival | None, rival: Rival) -> bool:
    if own is None or own.rating is None:
        return False
    ours, theirs = (own.rating, own.reviews), (rival.rating or 0, rival.reviews)
    return ours != theirs and all(our >= their for our, their in zip(ours, theirs, strict=True))


_STRATEGIES: Mapping[Strategy, Callable[[Field, Rules, Corridor], Aim]] = {
    Strategy.BE_FIRST: _be_first,
    Strategy.MATCH_FIRST: _match_first,
    Strategy.BEHIND_FIRST: _behind_first,
    Strategy.HOLD_POSITION: _hold_position,
    Strategy.FIRST_IN_CLASS: _be_first,  # among those whom ``rivals.in_class`` leaves
    Strategy.PREMIUM: _premium,
    Strategy.CREEP: _be_first,
}


def _below_tipping(aim: Aim, rules: Rules, corridor: Corridor, memory: Memory, at: datetime) -> Aim:
    if memory.tipping is None or memory.tipped_at is None:
        return aim
    if at - memory.tipped_at >= rules.climb.forget_tipping_after:
        return aim
    under = memory.tipping - step_from(memory.tipping, corridor.step)
    return Aim(under, Reason.CREPT, aim.rival) if under < aim.price else aim


def _at_floor(aim: Aim, field: Field, rules: Rules, corridor: Corridor, lowest: Money) -> Aim:
    if rules.at_floor is AtFloor.CEILING:
        return Aim(corridor.ceiling, Reason.GAVE_WAY, aim.rival)
    if rules.at_floor is AtFloor.BEST_PLACE:
        for rival in field.rivals:
            if (price := _below(rival, corridor)) >= lowest:
                return Aim(price, Reason.BEST_PLACE, rival)
    return aim
