"""What can go wrong with money."""

from cube_demper.kernel.errors import (
    Conflict,
    Forbidden,
    Invalid,
    LimitReached,
    NotFound,
    Unavailable,
)


class PaymentsOff(Unavailable):
    """Payments are switched off in this installation."""

    code = "payments-off"


class ProviderGone(Unavailable):
    """The payment provider does not answer."""

    code = "payment-provider-gone"


class ProviderBusy(Unavailable):
    """The payment provider takes no more requests for the moment."""

    code = "payment-provider-busy"


class ProviderKeyRefused(Unavailable):
    """The payment provider refuses our key."""

    code = "payment-provider-key-refused"


class ProviderBroken(Unavailable):
    """The payment provider answered something that we don't understand."""

    code = "payment-provider-broken"


class ProviderRefused(Conflict):
    """The payment provider will not do this."""

    code = "payment-provider-refused"


class LinkUnanswered(Unavailable):
    """Nobody said whether the payment link was made."""

    code = "payment-link-unanswered"


class ScheduleUnanswered(Unavailable):
    """Nobody said whether the provider will charge by itself: look before asking again."""

    code = "payment-schedule-unanswered"


class ScheduleEnded(Conflict):
    """The provider's schedule is over, and a change would begin it anew."""

    code = "payment-schedule-ended"


class NotificationForged(Forbidden):
    """The signature does not fit."""

    code = "payment-notification-forged"


class NotificationUnreadable(Invalid):
    """This is no notification of the payment provider's."""

    code = "payment-notification-unreadable"


class FeatureNotInPlan(LimitReached):
    """Your plan does not have this."""

    code = "feature-not-in-plan"

    def __init__(self, *, feature: str, plan: str | None, addon: str | None) -> None:
        """Name the feature, and the smallest plan and the add-on that have it."""
        super().__init__(f"{feature} is not in your plan. {_has_it(plan, addon)}")
        self.more = {"feature": feature, "plan": plan, "addon": addon}


class PlanLimitReached(LimitReached):
    """Your plan does not have room for more."""

    code = "plan-limit-reached"

    def __init__(
        self, *, limit: str, most: int, taken: int, plan: str | None, addon: str | None
    ) -> None:
        """Name the limit, how many it allows and how many there are, and what has more room."""
        super().__init__(
            f"Your plan allows {most} of {limit}, and there are {taken}. {_has_it(plan, addon)}"
        )
        self.more = {
            "feature": limit,
            "limit": most,
            "current": taken,
            "plan": plan,
            "addon": addon,
        }


def _has_it(plan: str | None, addon: str | None) -> str:
    ways = [f"the plan {plan}"] if plan else []
    ways += [f"the add-on {addon}"] if addon else []
    return f"See {' or '.join(ways)}." if ways else "Nothing that is sold has it."


class PlanMissing(NotFound):
    """No such plan is sold."""

    code = "plan-missing"


class AddonMissing(NotFound):
    """No such add-on is sold."""

    code = "addon-missing"


class TooManyOfAddon(Invalid):
    """One may not have so many of this add-on."""

    code = "too-many-of-addon"


class PlanCostsNothing(Invalid):
    """This plan costs nothing: there is nothing to subscribe to."""

    code = "plan-costs-nothing"


class NoSubscription(NotFound):
    """You have no subscription."""

    code = "no-subscription"


class AlreadySubscribed(Conflict):
    """You have a subscription already: change it instead."""

    code = "already-subscribed"


class SubscriptionRests(Conflict):
    """Nothing can be changed while a payment is owed: pay first."""

    code = "subscription-rests"


class NothingChanges(Conflict):
    """That is what you have already."""

    code = "nothing-changes"


class PaymentUnderWay(Conflict):
    """A payment is under way: see first what becomes of it."""

    code = "payment-under-way"


class PaymentMissing(NotFound):
    """You have no payment with this id."""

    code = "payment-missing"


class TrialUnavailable(Conflict):
    """This plan can't be tried."""

    code = "trial-unavailable"


class TrialSpent(Conflict):
    """This shop, this number or this account has been tried with already."""

    code = "trial-spent"


class TrialNeedsShop(Conflict):
    """Connect a shop first: a trial is for its prices."""

    code = "trial-needs-shop"


class PromoUnusable(Invalid):
    """This promo code can't be used."""

    code = "promo-unusable"


class NothingToRefund(Conflict):
    """So much can't be given back of this payment."""

    code = "nothing-to-refund"


class RefundUnderWay(Conflict):
    """A refund of this payment is under way."""

    code = "refund-under-way"
