"""Who bought what, since when and until when; and how it came to be so."""

from django.db import models
from django.db.models import Q
from typing_extensions import override

from billing.models.plans import Addon, Period, PlanVersion, PromoCode
from cube_demper.kernel.tenancy import TenantManager


class SubscriptionState(models.TextChoices):
    TRIALING = "TRIALING", "Tried, and not paid yet"
    ACTIVE = "ACTIVE", "Paid"
    PAST_DUE = "PAST_DUE", "A payment is owed, and waited for"
    SUSPENDED = "SUSPENDED", "Not paid: everything rests"
    CANCELED = "CANCELED", "Over"


class Cause(models.TextChoices):
    """Why a subscription went from one state to the next. Stored; never renamed."""

    TRIAL_BEGUN = "TRIAL_BEGUN", "The seller tries a plan"
    PAID = "PAID", "A payment came"
    DECLINED = "DECLINED", "A payment was declined"
    UNPAID = "UNPAID", "The paid time is over, and no card may be charged"
    TRIAL_OVER = "TRIAL_OVER", "The trial is over, and nothing was paid"
    TRIAL_TWICE = "TRIAL_TWICE", "A store or a number of it was tried with before"
    GRACE_OVER = "GRACE_OVER", "What was owed did not come in time"
    SELLER = "SELLER", "The seller cancelled"
    PERIOD_OVER = "PERIOD_OVER", "The seller cancelled before, and the paid time is over"
    REFUNDED = "REFUNDED", "The money was given back"
    ABANDONED = "ABANDONED", "It rested for too long"


class Subscription(models.Model):
    """What a seller has bought, or tries.

    ``access_until`` is the only answer to "may they": no clock has to tick for it to end.
    ``charge_at`` is when the next period is paid for by a saved card; empty: it isn't.
    """

    user = models.ForeignKey("accounts.User", models.PROTECT, related_name="subscriptions")
    state = models.CharField(max_length=16, choices=SubscriptionState)
    version = models.ForeignKey(PlanVersion, models.PROTECT, related_name="subscriptions")
    period = models.CharField(max_length=8, choices=Period)
    next_version = models.ForeignKey(
        PlanVersion, models.PROTECT, null=True, blank=True, related_name="+"
    )
    next_period = models.CharField(max_length=8, choices=Period, blank=True, default="")
    next_addons = models.JSONField(null=True, blank=True)  # quantities by id; empty: as now
    promo = models.ForeignKey(PromoCode, models.SET_NULL, null=True, blank=True)
    promo_payments = models.PositiveSmallIntegerField(default=0)  # so many more are cheaper
    period_from = models.DateTimeField()
    period_to = models.DateTimeField()  # paid, or tried, until then
    access_until = models.DateTimeField()
    charge_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    ends_with_period = models.BooleanField(default=False)  # the seller cancelled
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager["Subscription"](path="user")
    rows = models.Manager["Subscription"]()

    class Meta:
        default_manager_name = "rows"
        constraints = [
            models.UniqueConstraint(
                "user", name="one_subscription_a_seller", condition=~Q(state="CANCELED")
            ),
            models.CheckConstraint(
                condition=Q(state__in=SubscriptionState.values), name="subscription_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(period_to__gt=models.F("period_from")), name="a_period_has_a_length"
            ),
            models.CheckConstraint(
                condition=Q(state="CANCELED") ^ Q(ended_at=None), name="what_is_over_has_an_end"
            ),
        ]
        indexes = [
            models.Index(
                "charge_at", name="subscriptions_to_charge", condition=Q(charge_at__isnull=False)
            ),
            models.Index("period_to", name="subscriptions_by_period"),
        ]

    @override
    def __str__(self) -> str:
        return f"subscription {self.pk} of user {self.user_id}: {self.state}"


class SubscriptionAddon(models.Model):
    """So many of an add-on in a subscription."""

    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="addons")
    addon = models.ForeignKey(Addon, models.PROTECT)
    quantity = models.PositiveSmallIntegerField(default=1)

    objects = TenantManager["SubscriptionAddon"](path="subscription__user")
    rows = models.Manager["SubscriptionAddon"]()

    class Meta:
        default_manager_name = "rows"
        constraints = [
            models.UniqueConstraint("subscription", "addon", name="one_row_an_addon"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="an_addon_is_there_once"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.quantity} × add-on {self.addon_id} of subscription {self.subscription_id}"


class Transition(models.Model):
    """One step of a subscription from state to state. Written once."""

    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="transitions")
    old_state = models.CharField(max_length=16, choices=SubscriptionState, blank=True)
    new_state = models.CharField(max_length=16, choices=SubscriptionState)
    cause = models.CharField(max_length=16, choices=Cause)
    at = models.DateTimeField()
    payment = models.ForeignKey("billing.Payment", models.PROTECT, null=True, blank=True)

    objects = TenantManager["Transition"](path="subscription__user")
    rows = models.Manager["Transition"]()

    class Meta:
        default_manager_name = "rows"
        constraints = [
            models.CheckConstraint(condition=Q(cause__in=Cause.values), name="a_cause_is_known"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.old_state or '·'} → {self.new_state} ({self.cause})"


class TrialMark(models.Model):
    """A shop or a telephone number that was tried with: once, over all accounts."""

    class Kind(models.TextChoices):
        MERCHANT = "MERCHANT", "A shop's number at Kaspi"
        PHONE = "PHONE", "A telephone number"

    user = models.ForeignKey("accounts.User", models.PROTECT, related_name="trial_marks")
    kind = models.CharField(max_length=16, choices=Kind)
    value = models.CharField(max_length=64)
    tried_at = models.DateTimeField()

    objects = TenantManager["TrialMark"](path="user")
    rows = models.Manager["TrialMark"]()

    class Meta:
        default_manager_name = "rows"
        constraints = [
            models.UniqueConstraint("kind", "value", name="one_trial_a_mark"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


class PromoUse(models.Model):
    """That a seller used a promo code: once each."""

    user = models.ForeignKey("accounts.User", models.PROTECT, related_name="promo_uses")
    promo = models.ForeignKey(PromoCode, models.PROTECT)
    used_at = models.DateTimeField()

    objects = TenantManager["PromoUse"](path="user")
    rows = models.Manager["PromoUse"]()

    class Meta:
        default_manager_name = "rows"
        constraints = [
            models.UniqueConstraint("user", "promo", name="one_use_of_a_promo"),
        ]

    @override
    def __str__(self) -> str:
        return f"promo {self.promo_id} by user {self.user_id}"
