"""What a change would cost, shown before it is done."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from billing.models import Subscription, SubscriptionState
from billing.services.baskets import Basket, basket_of
from cube_demper.kernel.money import Money

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Quote:
    """What follows from a change.

    ``due_now`` is what the rest of the period costs more, and ``credit`` what of the present one is
    not used up. A change that costs nothing more takes effect when the period is over: what was
    paid for stays until then. ``next_price`` is what a period costs after that.
    """

    basket: Basket
    due_now: Money
    credit: Money
    takes_effect_at: datetime
    next_price: Money

    def is_now(self, now: datetime) -> bool:
        return self.takes_effect_at <= now


def quote(subscription: Subscription, basket: Basket, *, now: datetime) -> Quote:
    """Reckon what a change to this basket means now. What is tried changes at once, for nothing.

    From months to years a new period begins at once, less what is left of the month.
    """
    present = basket_of(subscription)
    nothing = Money(0)
    if subscription.state == SubscriptionState.TRIALING:
        return Quote(basket, nothing, nothing, now, basket.price)
    credit = _share(present.price, subscription, now)
    begins_anew = basket.period != present.period
    cost = basket.price if begins_anew else _share(basket.price, subscription, now)
    if cost <= credit:
        return Quote(basket, nothing, nothing, subscription.period_to, basket.price)
    return Quote(basket, cost - credit, credit, now, basket.price)


def _share(price: Money, subscription: Subscription, now: datetime) -> Money:
    """The part of a price that the rest of the period is worth, down to a whole tiyn."""
    whole = (subscription.period_to - subscription.period_from) // _SECOND
    rest = max((subscription.period_to - now) // _SECOND, 0)
    return Money(price.tiyn * min(rest, whole) // whole)
