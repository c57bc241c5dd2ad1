"""What was decided, and the life of the changes that follow."""

from django.db import models
from django.db.models import F, Q
from typing_extensions import override

from cube_demper.kernel.fields import MoneyField
from cube_demper.kernel.tenancy import TenantManager
from products.models.product import Product
from products.models.pushed import OPEN_CHANGE_STATES, UNDER_WAY, ChangeState, Pushed
from products.pricing.model import Reason


class DecisionRecord(models.Model):
    """What was decided for a product, whenever that differed from the time before.

    ``wanted_price`` is empty where nothing is to be published. ``situation`` is what the decision
    was made of (``pricing/record.py``), so that it can be made again.
    """

    product = models.ForeignKey(Product, models.CASCADE, related_name="decisions")
    decided_at = models.DateTimeField()
    price_in_force = MoneyField(null=True, blank=True)
    wanted_price = MoneyField(null=True, blank=True)
    reason = models.CharField(max_length=16, choices=[(r, r) for r in Reason])
    explanation = models.JSONField()  # language → sentence
    situation = models.JSONField(default=dict, blank=True)
    rival_price = MoneyField(null=True, blank=True)
    rival_name = models.CharField(max_length=200, blank=True, default="")
    position = models.PositiveIntegerField(null=True, blank=True)

    objects = TenantManager["DecisionRecord"](
        path="product__store__user", hidden="product__store__removed_at"
    )
    rows = models.Manager["DecisionRecord"]()

    class Meta:
        default_manager_name = "rows"
        indexes = [
            models.Index(fields=["product", "-id"], name="decisions_of_product"),
            models.Index("decided_at", "id", name="decisions_by_age"),
        ]

    @override
    def __str__(self) -> str:
        return f"decision {self.pk} for product {self.product_id}"


# Of these each has a next step of its own; those that are pending wait in their store's line.
_FOLLOWED_STATES = (*UNDER_WAY, ChangeState.PUBLISHED)


class Hold(models.TextChoices):
    """Why a change waits, or waited, for a person's yes."""

    NONE = "", "It does not"
    APPROVE = "approve", "The seller wants to be asked"
    LEAP = "leap", "The price would move too far at once"


class Change(Pushed):
    """A price on its way to Kaspi: a decision worth one of the store's changes."""

    decision = models.OneToOneField(DecisionRecord, models.CASCADE, related_name="change")
    old_price = MoneyField(null=True, blank=True)
    price = MoneyField()
    floor = MoneyField()  # the corridor at the time; the constraint below is the last gate
    ceiling = MoneyField()
    waiting_since = models.DateTimeField()  # for a new price, whatever that was in the meantime
    is_own = models.BooleanField(default=False)  # its seller, or a person for them, waits for it
    hold = models.CharField(max_length=16, choices=Hold, default=Hold.NONE, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    is_jump = models.BooleanField(default=False)  # far from the price that was decided before

    objects = TenantManager["Change"](
        path="product__store__user", hidden="product__store__removed_at"
    )
    rows = models.Manager["Change"]()

    class Meta:
        default_manager_name = "rows"
        constraints = [
            models.UniqueConstraint(
                "product",
                name="one_open_change_per_product",
                condition=Q(state__in=OPEN_CHANGE_STATES),
            ),
            models.CheckConstraint(
                condition=Q(price__gte=F("floor"), price__lte=F("ceiling")),
                name="change_stays_in_corridor",
            ),
        ]
        indexes = [
            models.Index(
                "next_step_at",
                "id",
                name="change_due",
                condition=Q(state__in=_FOLLOWED_STATES),
            ),
            models.Index("store", name="changes_waiting", condition=Q(state="PENDING")),
            models.Index("store", "sent_at", name="changes_spent"),
            models.Index(fields=["product", "-id"], name="changes_of_product"),
            models.Index("sent_at", name="change_sent"),
            models.Index("decided_at", name="change_decided"),
        ]

    @override
    def __str__(self) -> str:
        return f"change {self.pk} of product {self.product_id} to {self.price}"
