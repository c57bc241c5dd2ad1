"""What may be bought, who bought it, and the money that moved."""

from billing.models.ledger import Account, LedgerEntry, MoneyAlarm, PostingKind, ProviderEvent
from billing.models.payments import (
    IN_FLIGHT_STATES,
    OPEN_STATES,
    Payment,
    PaymentCard,
    PaymentState,
    Purpose,
    Refund,
)
from billing.models.plans import FREE, Addon, Period, Plan, PlanVersion, PromoCode
from billing.models.subscriptions import (
    Cause,
    PromoUse,
    Subscription,
    SubscriptionAddon,
    SubscriptionState,
    Transition,
    TrialMark,
)

__all__ = [
    "FREE",
    "IN_FLIGHT_STATES",
    "OPEN_STATES",
    "Account",
    "Addon",
    "Cause",
    "LedgerEntry",
    "MoneyAlarm",
    "Payment",
    "PaymentCard",
    "PaymentState",
    "Period",
    "Plan",
    "PlanVersion",
    "PostingKind",
    "PromoCode",
    "PromoUse",
    "ProviderEvent",
    "Purpose",
    "Refund",
    "Subscription",
    "SubscriptionAddon",
    "SubscriptionState",
    "Transition",
    "TrialMark",
]
