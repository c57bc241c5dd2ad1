"""Payments: what is to be paid for, by which card, and what became of it."""

import uuid

from django.db import models
from django.db.models import F, Q
from typing_extensions import override

from billing.models.plans import Period, PlanVersion, PromoCode
from billing.models.subscriptions import Subscription
from cube_demper.kernel.fields import MoneyField
from cube_demper.kernel.sealing import SealedField
from cube_demper.kernel.tenancy import TenantManager


class PaymentCard(models.Model):
    """A card that a seller let us charge again, and what its bank thinks of that.

    ``refusals`` are in a row. It is not charged before ``rests_until``; never, if ``is_barred``.
    """

    user = models.ForeignKey("accounts.User", models.PROTECT, related_name="payment_cards")
    token = SealedField()
    last_four = models.CharField(max_length=4, blank=True, default="")
    brand = models.CharField(max_length=32, blank=True, default="")
    expires = models.CharField(max_length=8, blank=True, default="")
    saved_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)
    refusals = models.PositiveSmallIntegerField(default=0)
    rests_until = models.DateTimeField(null=True, blank=True)
    is_barred = models.BooleanField(default=False)

    objects = TenantManager["PaymentCard"](path="user")
    rows = models.Manager["PaymentCard"]()

    class Meta:
        default_manager_name = "rows"
        constraints = [
            models.UniqueConstraint(
                "user", name="one_card_a_seller", condition=Q(removed_at__isnull=True)
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"card {self.pk} of user {self.user_id}"


class Purpose(models.TextChoices):
    START = "START", "To begin, or to begin again"
    RENEWAL = "RENEWAL", "For the next period"
    CHANGE = "CHANGE", "For more, within the period"


class PaymentState(models.TextChoices):
    WAITING = "WAITING", "Waits for the payer"
    READY = "READY", "A saved card is to be charged"
    SENDING = "SENDING", "The charge is being made"
    UNKNOWN = "UNKNOWN", "Nobody said what became of it"
    PAID = "PAID", "Paid"
    DECLINED = "DECLINED", "Declined"
    CANCELED = "CANCELED", "Another one took its place"
    LOST = "LOST", "It never reached the provider"


# The next one may be made only when none of these is there.
OPEN_STATES = ("WAITING", "READY", "SENDING", "UNKNOWN")
IN_FLIGHT_STATES = ("SENDING", "UNKNOWN")


class Payment(models.Model):
    """One attempt to be paid: its id is the invoice at the provider, and no other attempt has it.

    ``request_id`` is stored before the call, so that the call may be made again and done once.
    What it buys is ``version`` with ``addons`` (quantities by id) from ``period_from`` on.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey("accounts.User", models.PROTECT, related_name="payments")
    subscription = models.ForeignKey(
        Subscription, models.PROTECT, null=True, blank=True, related_name="payments"
    )
    purpose = models.CharField(max_length=16, choices=Purpose)
    state = models.CharField(max_length=16, choices=PaymentState)
    amount = MoneyField()
    refunded = MoneyField(default=0)
    version = models.ForeignKey(PlanVersion, models.PROTECT, related_name="+")
    period = models.CharField(max_length=8, choices=Period)
    addons = models.JSONField(default=dict, blank=True)
    promo = models.ForeignKey(PromoCode, models.PROTECT, null=True, blank=True)
    period_from = models.DateTimeField(null=True, blank=True)  # of what is renewed or changed
    card = models.ForeignKey(PaymentCard, models.PROTECT, null=True, blank=True)
    request_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    transaction_id = models.BigIntegerField(null=True, blank=True, unique=True)
    link_url = models.URLField(max_length=500, blank=True, default="")
    decline_code = models.PositiveIntegerField(null=True, blank=True)
    payer_message = models.CharField(max_length=300, blank=True, default="")
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)  # to the provider, first
    asked_at = models.DateTimeField(null=True, blank=True)  # about it, last
    settled_at = models.DateTimeField(null=True, blank=True)
    is_credited = models.BooleanField(default=False)  # it came, and bought nothing

    objects = TenantManager["Payment"](path="user")
    rows = models.Manager["Payment"]()

    class Meta:
        default_manager_name = "rows"
        constraints = [
            models.UniqueConstraint(
                "user", name="one_open_payment_a_seller", condition=Q(state__in=OPEN_STATES)
            ),
            models.UniqueConstraint(
                "subscription",
                "period_from",
                name="a_period_is_paid_once",
                condition=Q(purpose="RENEWAL", state__in=(*OPEN_STATES, "PAID"), is_credited=False),
            ),
            models.CheckConstraint(
                condition=Q(state__in=PaymentState.values), name="payment_state_is_known"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_payment_is_of_something"),
            models.CheckConstraint(
                condition=Q(refunded__gte=0, refunded__lte=F("amount")),
                name="no_more_is_given_back_than_came",
            ),
            models.CheckConstraint(
                condition=~Q(state="PAID") | Q(transaction_id__isnull=False),
                name="what_is_paid_has_a_transaction",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-made_at"], name="payments_of_a_seller"),
            models.Index("made_at", name="payments_ready", condition=Q(state="READY")),
            models.Index(
                "sent_at", name="payments_flying", condition=Q(state__in=IN_FLIGHT_STATES)
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"payment {self.pk}"


class Refund(models.Model):
    """Money given back, all of a payment or a part."""

    class State(models.TextChoices):
        SENDING = "SENDING", "It is being asked for"
        UNKNOWN = "UNKNOWN", "Nobody said what became of it"
        DONE = "DONE", "Given back"
        REFUSED = "REFUSED", "The provider would not"

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds")
    amount = MoneyField()
    reason = models.CharField(max_length=300)
    operator = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=16, choices=State)
    request_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    transaction_id = models.BigIntegerField(null=True, blank=True, unique=True)
    made_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager["Refund"](path="payment__user")
    rows = models.Manager["Refund"]()

    class Meta:
        default_manager_name = "rows"
        constraints = [
            models.UniqueConstraint(
                "payment",
                name="one_refund_at_a_time",
                condition=Q(state__in=("SENDING", "UNKNOWN")),
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_refund_is_of_something"),
        ]

    @override
    def __str__(self) -> str:
        return f"refund {self.pk} of payment {self.payment_id}"
