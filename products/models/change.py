"""What was decided, and the life of the changes that follow."""

from django.db import models
from django.db.models import F, Q
from typing_extensions import override

from cube_demper.kernel.fields import MoneyField
from cube_demper.kernel.tenancy import TenantManager
from products.models.product import Product
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


class ChangeState(models.TextChoices):
    """The life of a change. What each state asks for next stands in ``services/changes.py``."""

    PROPOSED = "PROPOSED", "Decided, and waits for a yes"
    PENDING = "PENDING", "Decided, not yet sent"
    SENDING = "SENDING", "Being sent: the answer is not known"
    SENT = "SENT", "Accepted by Kaspi, not yet shown"
    PUBLISHED = "PUBLISHED", "Stands in the price list, not yet shown"
    APPLIED = "APPLIED", "Shown by Kaspi"
    REFUSED = "REFUSED", "Refused by Kaspi"
    LOST = "LOST", "Accepted or cut off, and never shown"
    OVERDUE = "OVERDUE", "Accepted or stated, and not shown long after it should have been"
    SUPERSEDED = "SUPERSEDED", "Overtaken by a later decision before it was sent"


OPEN_CHANGE_STATES = (
    ChangeState.PROPOSED,
    ChangeState.PENDING,
    ChangeState.SENDING,
    ChangeState.SENT,
    ChangeState.PUBLISHED,
)
# Of these each has a next step of its own; those that are pending wait in their store's line.
_FOLLOWED_STATES = (ChangeState.SENDING, ChangeState.SENT, ChangeState.PUBLISHED)


class Hold(models.TextChoices):
    """Why a change waits, or waited, for a person's yes."""

    NONE = "", "It does not"
    APPROVE = "approve", "The seller wants to be asked"
    LEAP = "leap", "The price would move too far at once"


class Change(models.Model):
    """A price on its way to Kaspi: a decision worth one of the store's changes.

    ``store`` is its product's, kept here because changes wait, are counted and go by store.
    """

    store = models.ForeignKey("kaspi.Store", models.CASCADE, related_name="+", db_index=False)
    product = models.ForeignKey(Product, models.CASCADE, related_name="changes")
    decision = models.OneToOneField(DecisionRecord, models.CASCADE, related_name="change")
    state = models.CharField(max_length=16, choices=ChangeState, default=ChangeState.PENDING)
    old_price = MoneyField(null=True, blank=True)
    price = MoneyField()
    floor = MoneyField()  # the corridor at the time; the constraint below is the last gate
    ceiling = MoneyField()
    listing = models.JSONField(null=True, blank=True)  # as it was read before it was sent
    losses = models.CharField(max_length=64, blank=True, default="")  # what it then lacked
    mended_at = models.DateTimeField(null=True, blank=True)  # when that was stated again, once
    job_id = models.CharField(max_length=64, blank=True, default="")  # Kaspi's
    failure = models.CharField(max_length=64, blank=True, default="")
    decided_at = models.DateTimeField()
    waiting_since = models.DateTimeField()  # for a new price, whatever that was in the meantime
    is_own = models.BooleanField(default=False)  # its seller, or a person for them, waits for it
    hold = models.CharField(max_length=16, choices=Hold, default=Hold.NONE, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    is_jump = models.BooleanField(default=False)  # far from the price that was decided before
    sent_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    promised_by = models.DateTimeField(null=True, blank=True)  # Kaspi will be done by then
    next_step_at = models.DateTimeField()  # when somebody should take it up
    checks = models.PositiveIntegerField(default=0)  # readings since it was sent
    lease = models.CharField(max_length=32, blank=True, default="")
    leased_until = models.DateTimeField(null=True, blank=True)

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
