"""Selling before it is in stock: what a seller wants, and how far that is."""

from django.db import models
from django.db.models import F, Q
from typing_extensions import override

from cube_demper.kernel.tenancy import TenantManager
from products.models import Product

LEAST_DAYS, MOST_DAYS = 1, 30  # Kaspi's own bounds (kaspi.kz/merchantcabinet/support)


class PreorderState(models.TextChoices):
    DRAFT = "DRAFT", "Written down, and not wanted yet"
    PENDING = "PENDING", "Wanted, and not shown by Kaspi yet"
    ACTIVE = "ACTIVE", "Shown by Kaspi"
    FAILED = "FAILED", "Could not be begun"
    ENDED = "ENDED", "Over"


LIVE_STATES = (PreorderState.PENDING, PreorderState.ACTIVE)


class Ending(models.TextChoices):
    """Why a preorder is over, or is being taken back. Stored and shown; never renamed."""

    BY_SELLER = "by-seller", "Its seller ended it"
    AT_ITS_END = "at-its-end", "It was to end then"
    STOCK_ARRIVED = "stock-arrived", "The product is in stock again"
    WITHDRAWN_AT_KASPI = "withdrawn-at-kaspi", "Somebody ended it in the cabinet"
    POINT_MISSING = "point-missing", "The product is not sold at this point any more"
    LISTING_MISSING = "listing-missing", "The product left the catalogue"


class Preorder(models.Model):
    """One product at one of its points, sold so many days before it is there.

    ``point_id`` is short (PP1). ``shown_days`` is what Kaspi was seen to show because of it: 0
    until it shows it, and again when it is taken back. ``ending`` says that it is to be taken back,
    and why; an active one stays active until Kaspi does not show it any more.
    """

    product = models.ForeignKey(Product, models.CASCADE, related_name="preorders")
    point_id = models.CharField(max_length=16)
    days = models.PositiveSmallIntegerField()
    starts_at = models.DateTimeField(null=True, blank=True)  # empty: at once
    ends_at = models.DateTimeField(null=True, blank=True)  # empty: when somebody ends it
    pauses_repricing = models.BooleanField(default=False)  # while it is active
    has_paused = models.BooleanField(default=False)  # its product rests because of it
    state = models.CharField(max_length=16, choices=PreorderState)
    reason = models.CharField(max_length=64, blank=True, default="")  # why it failed or ended
    state_at = models.DateTimeField()
    ending = models.CharField(max_length=32, choices=Ending, blank=True, default="")
    shown_days = models.PositiveSmallIntegerField(default=0)
    try_after = models.DateTimeField(null=True, blank=True)  # Kaspi refused: it rests until then
    checked_at = models.DateTimeField()  # its product as of this reading of the catalogue
    created_at = models.DateTimeField()

    objects = TenantManager["Preorder"](
        path="product__store__user", hidden="product__store__removed_at"
    )
    rows = models.Manager["Preorder"]()

    class Meta:
        default_manager_name = "rows"
        constraints = [
            models.CheckConstraint(
                condition=Q(days__range=(LEAST_DAYS, MOST_DAYS)), name="preorder_days_are_known"
            ),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True)
                | Q(ends_at__isnull=True)
                | Q(ends_at__gt=F("starts_at")),
                name="preorder_ends_after_it_starts",
            ),
            models.UniqueConstraint(
                "product",
                "point_id",
                name="one_live_preorder_a_point",
                condition=Q(state__in=LIVE_STATES),
            ),
        ]
        indexes = [
            models.Index("product", name="live_preorders", condition=Q(state__in=LIVE_STATES)),
            models.Index("product", name="pausing_preorders", condition=Q(has_paused=True)),
        ]

    @override
    def __str__(self) -> str:
        return f"preorder {self.pk} of product {self.product_id} at {self.point_id}"
