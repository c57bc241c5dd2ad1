"""What answers cost: a row for every call of a language model, and the sums that caps are held to.

A call is *reserved* at the most it may cost before it is made, and settled at what it did cost.
"""

from django.db import models
from django.db.models import Q
from typing_extensions import override

from ai.words import Assistant
from cube_demper.kernel.fields import MoneyField
from cube_demper.kernel.tenancy import TenantManager


class CallState(models.TextChoices):
    RESERVED = "RESERVED", "Under way"
    SETTLED = "SETTLED", "Its cost is known"
    UNKNOWN = "UNKNOWN", "It broke off; nobody told its cost"
    RELEASED = "RELEASED", "The provider did not take it up"


class ModelCall(models.Model):
    """One request to a language model.

    ``cost`` is what the seller's month is charged, never more than was reserved; ``own_cost`` what
    the house's day is. Of a call whose cost nobody told, the seller pays for what was delivered,
    and the house reckons with all that was reserved.
    """

    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="model_calls")
    assistant = models.CharField(max_length=16, choices=Assistant)
    conversation_id = models.BigIntegerField(null=True, blank=True)  # may be erased before the bill
    purpose = models.CharField(max_length=16)
    state = models.CharField(max_length=16, choices=CallState, default=CallState.RESERVED)
    month = models.DateField()
    day = models.DateField()
    asked_model = models.CharField(max_length=100)
    answered_model = models.CharField(max_length=100, blank=True)
    price = models.JSONField()  # tiyn a million tokens: prompt, cached, completion
    reserved = MoneyField()
    cost = MoneyField()
    own_cost = MoneyField()
    prompt_tokens = models.PositiveIntegerField(default=0)
    cached_tokens = models.PositiveIntegerField(default=0)
    completion_tokens = models.PositiveIntegerField(default=0)
    reasoning_tokens = models.PositiveIntegerField(default=0)
    request_id = models.CharField(max_length=100, blank=True)
    error = models.CharField(max_length=64, blank=True)
    reserved_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager["ModelCall"](path="user")
    rows = models.Manager["ModelCall"]()

    class Meta:
        default_manager_name = "rows"
        indexes = [
            models.Index("user", "id", name="model_call_of_user"),
            models.Index(
                "reserved_at", name="model_call_under_way", condition=Q(state=CallState.RESERVED)
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"call {self.pk} of {self.asked_model}"


class MonthSpending(models.Model):
    """What a seller's assistants spent in a month by Almaty's calendar, and may be spending."""

    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="spendings")
    month = models.DateField()  # its first day
    spent = MoneyField()
    reserved = MoneyField()

    objects = TenantManager["MonthSpending"](path="user")
    rows = models.Manager["MonthSpending"]()

    class Meta:
        default_manager_name = "rows"
        constraints = [
            models.UniqueConstraint("user", "month", name="one_spending_per_month"),
            models.CheckConstraint(
                condition=Q(spent__gte=0, reserved__gte=0), name="month_spending_is_no_debt"
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.user_id} in {self.month:%Y-%m}"


class DaySpending(models.Model):
    """What everybody's assistants spent on a day by Almaty's calendar: the operator's bill."""

    day = models.DateField(primary_key=True)
    spent = MoneyField()
    reserved = MoneyField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(spent__gte=0, reserved__gte=0), name="day_spending_is_no_debt"
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}"
