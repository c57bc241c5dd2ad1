"""Mutants that no test could see, because they do what the heart does: each with why.

Listed by their names, which ``python -m bench mutants`` prints; one that is not found any more is
told, so that the list stays true.
"""

_FIXED = "rules refuse a fixed strategy without a fixed price"
_ENDS_EARLIER = "where they are equal, an earlier line has returned"

EQUIVALENT = {
    "model.Corridor.__post_init__: Money(0) → Money(1)": "a floor of one tiyn is refused anyway",
    "model.Corridor.__post_init__: Money(0) → Money(-1) #2": "so is a step of minus one tiyn",
    "rivals._in_order: offer.rating or 0 → offer.rating or -1": "no rating lies between 0 and -1",
    "aims.aim_at: rules.strategy is Strategy.FIXED and rules.fixed is not None → "
    "rules.strategy is Strategy.FIXED": _FIXED,
    "aims.aim_at: is_at_war and rules.truce.price is not None → is_at_war": (
        "a truce that needs a price is refused without one"
    ),
    "aims._is_better: return False → return None": "its callers ask for a truth",
    "aims._is_better: zip(ours, theirs, strict=True) → zip(ours, theirs)": "both are pairs",
    "aims._is_better: strict=True → strict=False": "both are pairs",
    "bounds.Room._bound: aim < price → aim <= price": "they differ there",
    "bounds.Room._leads_back: self.in_force is not None and low <= self.in_force <= high → "
    "low <= self.in_force <= high": "without a price in force nothing is under way",
    "decide._for_pace: pace.drop.hundredths and pace.slow_after is not None and "
    "(memory.sold_at is not None) → pace.slow_after is not None and memory.sold_at is not None": (
        "a drop of nothing changes nothing"
    ),
    "remember.remember: decision.price > in_force → decision.price >= in_force": _ENDS_EARLIER,
    "explain._how: decision.aim < theirs → decision.aim <= theirs": _ENDS_EARLIER,
    "tariff.Tariff.rate: max(under, key=lambda pair: len(pair[0])) → max(under)": (
        "each begins like the next longer one, and none is listed twice"
    ),
    "tariff._fold: here[0] → here[-1]": "a path with two rates is refused",
}
