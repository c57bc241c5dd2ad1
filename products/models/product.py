"""A seller's own listings, and what a price list says of them."""

from datetime import datetime

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from typing_extensions import override

from cube_demper.kernel.fields import MoneyField
from cube_demper.kernel.tenancy import TenantManager
from products.models.market import Market
from products.pricing.model import Corridor, Reason
from products.search import spelt


class ProductQuerySet(models.QuerySet["Product"]):
    def repriced(self) -> "ProductQuerySet":
        """Products we may move: a corridor, a card, on sale, not paused for good, and paid for."""
        return self.wanted().filter(rests_by_plan=False)

    def wanted(self) -> "ProductQuerySet":
        """What its seller wants repriced, whether or not the plan has room for it."""
        return self.filter(
            floor__isnull=False,
            is_paused=False,
            is_on_sale=True,
            missing_since__isnull=True,
            market__isnull=False,
        )

    def listings(self) -> "ProductQuerySet":
        """What the catalogue lists: without the rows of further cities."""
        return self.filter(listing=None)

    def awake(self, now: datetime) -> "ProductQuerySet":
        """Those whose pause, if it has an end, is over."""
        return self.exclude(paused_until__gt=now)

    def at_wanted_price(self) -> "ProductQuerySet":
        return self.filter(price=F("wanted_price"))


class Product(models.Model):
    """A seller's own listing on a card, or one more city of it that has a corridor of its own.

    A city's row names the ``listing`` that it belongs to and its ``city_id``; the listing's own row
    names neither: its price holds in its store's city and wherever no other row says otherwise.

    ``city_prices`` (KATO code → tiyn) and ``points`` (as in ``PriceListEntry``) are what the
    cabinet's catalogue said last; both are empty where only a file was read.
    """

    store = models.ForeignKey("kaspi.Store", models.CASCADE, related_name="products")
    listing = models.ForeignKey(
        "self", models.CASCADE, related_name="city_rows", null=True, blank=True
    )
    city_id = models.CharField(max_length=16, blank=True, default="")
    # Empty while nobody has said on which card it is sold: an imported file need not tell.
    market = models.ForeignKey(
        Market, models.PROTECT, related_name="products", null=True, blank=True
    )
    sku = models.CharField(max_length=128)
    title = models.CharField(max_length=500)
    price = MoneyField(null=True, blank=True)  # in force: what Kaspi shows
    city_prices = models.JSONField(default=dict, blank=True)
    points = models.JSONField(default=list, blank=True)
    is_on_sale = models.BooleanField(default=True)
    is_archived = models.BooleanField(default=False)
    is_settled = models.BooleanField(default=True)  # False: Kaspi still applies a change
    applied_before = models.DateTimeField(null=True, blank=True)  # and promises it until then
    listed_at = models.DateTimeField()  # when the catalogue was last seen to hold it
    missing_since = models.DateTimeField(null=True, blank=True)  # no longer in the catalogue
    is_paused = models.BooleanField(default=False)
    paused_until = models.DateTimeField(null=True, blank=True)
    is_priority = models.BooleanField(default=False)  # goes first where not everything can
    # The plan has no room for it: it keeps what was set, and wakes when there is room.
    rests_by_plan = models.BooleanField(default=False, db_default=False)

    floor = MoneyField(null=True, blank=True)
    ceiling = MoneyField(null=True, blank=True)
    step = MoneyField(null=True, blank=True)
    rules = models.JSONField(default=dict, blank=True)  # a sheet as in ``pricing/sheets.py``
    edited_at = models.DateTimeField(null=True, blank=True)  # when its seller set something last

    outside_at = models.DateTimeField(null=True, blank=True)  # somebody set the price past us

    wanted_price = MoneyField(null=True, blank=True)
    wanted_since = models.DateTimeField(null=True, blank=True)
    # What was decided last; a move far from it waits for a person. Empty after a seller's own edit.
    anchor = MoneyField(null=True, blank=True)
    hold_s = models.FloatField(null=True, blank=True)  # how long wanted prices hold: worth.py
    reason = models.CharField(max_length=16, choices=[(r, r) for r in Reason], blank=True)
    explanation = models.JSONField(default=dict, blank=True)  # language → sentence
    at_war_since = models.DateTimeField(null=True, blank=True)  # a price war with …
    war_rival = models.CharField(max_length=64, blank=True, default="")  # … this merchant
    position = models.PositiveIntegerField(null=True, blank=True)  # at the wanted price
    decided_at = models.DateTimeField(null=True, blank=True)
    push_after = models.DateTimeField(null=True, blank=True)  # a refused change rests until then
    # What a person searches among, spelt as ``search.py`` says.
    search = models.GeneratedField(
        expression=spelt("title", "sku"), output_field=models.TextField(), db_persist=True
    )
    memory = models.JSONField(default=dict, blank=True)  # what was learned, as ``Memory`` packs it

    objects = TenantManager["Product"](
        path="store__user", hidden="store__removed_at", queryset=ProductQuerySet
    )
    rows = models.Manager["Product"]()

    class Meta:
        default_manager_name = "rows"
        indexes = [
            models.Index("store", "id", name="product_of_store"),
            GinIndex("store", OpClass("search", name="gin_trgm_ops"), name="product_search"),
        ]
        constraints = [
            models.UniqueConstraint("store", "sku", "city_id", name="one_product_per_sku_and_city"),
            models.CheckConstraint(
                condition=Q(listing__isnull=True, city_id="")
                | (Q(listing__isnull=False) & ~Q(city_id="")),
                name="product_city_has_a_listing",
            ),
            models.CheckConstraint(
                condition=Q(floor__isnull=True, ceiling__isnull=True, step__isnull=True)
                | Q(floor__gt=0, ceiling__gte=F("floor"), step__gte=0),
                name="product_corridor_is_whole",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.title} ({self.sku})"

    @property
    def priced_city_id(self) -> str:
        """The city whose market decides its price. Its store must be loaded."""
        return self.city_id or self.store.city_id

    @property
    def corridor(self) -> Corridor | None:
        if self.floor is None or self.ceiling is None or self.step is None:
            return None
        return Corridor(floor=self.floor, ceiling=self.ceiling, step=self.step)


class PriceListEntry(models.Model):
    """What a price list says of a product beside the price that we decide.

    ``price`` or ``city_prices`` (KATO code → tenge) is what the catalogue said; ``stated_price``,
    once there is one, is ours and holds instead, in every city that has a price. ``points`` are
    ``{"id", "yes", "stock", "preorder"}``, the last two only where there is something to say.
    """

    product = models.OneToOneField(Product, models.CASCADE, related_name="entry", primary_key=True)
    model = models.CharField(max_length=500)
    brand = models.CharField(max_length=200, blank=True, default="")
    points = models.JSONField(default=list, blank=True)
    price = MoneyField(null=True, blank=True)
    city_prices = models.JSONField(default=dict, blank=True)
    stated_price = MoneyField(null=True, blank=True)

    objects = TenantManager["PriceListEntry"](
        path="product__store__user", hidden="product__store__removed_at"
    )
    rows = models.Manager["PriceListEntry"]()

    class Meta:
        default_manager_name = "rows"

    @override
    def __str__(self) -> str:
        return f"entry of product {self.product_id}"
