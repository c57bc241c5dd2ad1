"""The ledger: money that moved, in rows of two sides that are never changed.

    a payment came      PROVIDER +      SELLER −
    it bought something SELLER +        REVENUE −
    the provider's fee  FEES +          PROVIDER −
    given back          REVENUE + (or SELLER + where it had bought nothing)     PROVIDER −

The rows of one posting add up to nought. Every balance is a sum of rows.
"""

import uuid

from django.db import models
from django.db.models import Q
from typing_extensions import override

from billing.models.payments import Payment, Refund
from cube_demper.kernel.fields import MoneyField
from cube_demper.kernel.tenancy import TenantManager


class Account(models.TextChoices):
    PROVIDER = "PROVIDER", "What the provider holds for us"
    SELLER = "SELLER", "What we owe the seller"
    REVENUE = "REVENUE", "What was sold"
    FEES = "FEES", "What the provider keeps"


class PostingKind(models.TextChoices):
    PAID = "PAID", "A payment came"
    SOLD = "SOLD", "It bought something"
    FEE = "FEE", "The provider's fee"
    REFUNDED = "REFUNDED", "Given back"


class LedgerEntry(models.Model):
    """One side of one posting. The database refuses to change or delete it."""

    posting = models.UUIDField(default=uuid.uuid4)
    kind = models.CharField(max_length=16, choices=PostingKind)
    account = models.CharField(max_length=16, choices=Account)
    amount = MoneyField()
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="ledger")
    refund = models.ForeignKey(Refund, models.PROTECT, null=True, blank=True)
    at = models.DateTimeField()

    objects = TenantManager["LedgerEntry"](path="payment__user")
    rows = models.Manager["LedgerEntry"]()

    class Meta:
        default_manager_name = "rows"
        constraints = [
            # What came twice, as notification and as answer, is written once.
            models.UniqueConstraint(
                "payment", "kind", "account", name="one_posting_a_kind", condition=Q(refund=None)
            ),
            models.UniqueConstraint("refund", "account", name="one_posting_a_refund"),
            models.CheckConstraint(
                condition=Q(account__in=Account.values, kind__in=PostingKind.values),
                name="an_entry_is_in_a_known_account",
            ),
            models.CheckConstraint(condition=~Q(amount=0), name="an_entry_is_of_something"),
        ]
        indexes = [
            models.Index("posting", name="entries_by_posting"),
            models.Index("at", name="entries_by_age"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.kind} {self.account} {self.amount}"


class MoneyAlarm(models.Model):
    """Money and rows disagree somewhere, until a person has seen to it."""

    class Kind(models.TextChoices):
        UNASKED = "UNASKED", "Money came that nothing asked for"
        DIFFERENT = "DIFFERENT", "Another amount, currency or payer than the row's"
        WRONG_MODE = "WRONG_MODE", "A payment of the other mode, test or live"
        CREDITED = "CREDITED", "Paid though it was cancelled or paid already: nothing was bought"
        MISSING_THERE = "MISSING_THERE", "Paid here, and not at the provider"
        MISSING_HERE = "MISSING_HERE", "Paid at the provider, and not here"
        UNBALANCED = "UNBALANCED", "The ledger does not add up"
        STRANGE_SCHEDULE = "STRANGE_SCHEDULE", "The provider charges by a schedule of its own"

    kind = models.CharField(max_length=24, choices=Kind)
    key = models.CharField(max_length=100)  # what it is about: told once
    detail = models.CharField(max_length=500)
    payment = models.ForeignKey(Payment, models.PROTECT, null=True, blank=True)
    found_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = models.Manager["MoneyAlarm"]()

    class Meta:
        constraints = [
            models.UniqueConstraint("kind", "key", name="one_alarm_a_thing"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class ProviderEvent(models.Model):
    """A notification of the provider's, once: without the payer, the card and the token."""

    kind = models.CharField(max_length=16)
    key = models.CharField(max_length=100)  # the transaction; of a schedule also its state
    body = models.JSONField()
    verdict = models.CharField(max_length=32)  # what we made of it, as a code
    received_at = models.DateTimeField()

    objects = models.Manager["ProviderEvent"]()

    class Meta:
        constraints = [
            models.UniqueConstraint("kind", "key", name="one_row_a_notification"),
        ]
        indexes = [models.Index("received_at", name="provider_events_by_age")]

    @override
    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
