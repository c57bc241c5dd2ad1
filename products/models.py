"""Cards and markets belong to nobody; products, decisions and changes belong to one seller."""

from binascii import crc32
from datetime import datetime

from django.db import models
from django.db.models import F, Q
from typing_extensions import override

from cube_demper.kernel.fields import MoneyField
from cube_demper.kernel.tenancy import TenantManager
from products.pricing.model import Corridor, Reason

SHARD_COUNT = 4


def shard_of(master_sku: str) -> int:
    """The queue in which all sellers of a card meet, so that one look serves them all."""
    return crc32(master_sku.encode()) % SHARD_COUNT


class Card(models.Model):
    """A shared product page on the marketplace."""

    master_sku = models.CharField(max_length=64, unique=True)
    title = models.CharField(max_length=500)
    brand = models.CharField(max_length=200, blank=True, default="")
    category = models.CharField(max_length=200, blank=True, default="")
    link = models.CharField(max_length=500, blank=True, default="")  # its page, below the shop's

    @override
    def __str__(self) -> str:
        return f"{self.title} ({self.master_sku})"


class MarketQuerySet(models.QuerySet["Market"]):
    def due(self, now: datetime) -> "MarketQuerySet":
        """Watched markets whose look is owed and that nobody holds."""
        return self.filter(is_watched=True, next_look_at__lte=now).exclude(leased_until__gt=now)

    def under_lease(self, lease: str, now: datetime) -> "MarketQuerySet":
        return self.filter(lease=lease, leased_until__gt=now)


class Market(models.Model):
    """A card in one city: what we look at."""

    card = models.ForeignKey(Card, models.CASCADE, related_name="markets")
    city_id = models.CharField(max_length=16)
    shard = models.PositiveSmallIntegerField()
    is_watched = models.BooleanField(default=False)  # somebody's product is repriced here
    next_look_at = models.DateTimeField()
    looked_at = models.DateTimeField(null=True, blank=True)
    lease = models.CharField(max_length=32, blank=True, default="")
    leased_until = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)  # in a row
    failure = models.CharField(max_length=64, blank=True, default="")  # the last one's code
    cheapest = MoneyField(null=True, blank=True)  # among all offers seen at the last look
    offer_count = models.PositiveIntegerField(default=0)

    objects = models.Manager.from_queryset(MarketQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint("card", "city_id", name="one_market_per_card_and_city"),
            models.CheckConstraint(
                condition=Q(shard__gte=0, shard__lt=SHARD_COUNT), name="market_shard_exists"
            ),
        ]
        indexes = [
            models.Index(
                "shard",
                "next_look_at",
                "id",
                name="market_due",
                condition=Q(is_watched=True),
            ),
            models.Index("leased_until", name="market_leased", condition=~Q(lease="")),
        ]

    @override
    def __str__(self) -> str:
        return f"market {self.pk} of card {self.card_id} in {self.city_id}"


class ProductQuerySet(models.QuerySet["Product"]):
    def repriced(self) -> "ProductQuerySet":
        """Products we may move: a corridor, a price, on sale, not paused."""
        return self.filter(
            floor__isnull=False,
            is_paused=False,
            is_on_sale=True,
            missing_since__isnull=True,
            market__isnull=False,
        )

    def at_wanted_price(self) -> "ProductQuerySet":
        return self.filter(price=F("wanted_price"))


class Product(models.Model):
    """A seller's own listing on a card.

    ``city_prices`` (KATO code → tiyn) and ``points`` (as in ``PriceListEntry``) are what the
    cabinet's catalogue said last; both are empty where only a file was read.
    """

    store = models.ForeignKey("kaspi.Store", models.CASCADE, related_name="products")
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

    floor = MoneyField(null=True, blank=True)
    ceiling = MoneyField(null=True, blank=True)
    step = MoneyField(null=True, blank=True)

    wanted_price = MoneyField(null=True, blank=True)
    reason = models.CharField(max_length=16, choices=[(r, r) for r in Reason], blank=True)
    explanation = models.TextField(blank=True, default="")
    position = models.PositiveIntegerField(null=True, blank=True)  # at the wanted price
    decided_at = models.DateTimeField(null=True, blank=True)
    push_after = models.DateTimeField(null=True, blank=True)  # a refused change rests until then

    objects = TenantManager["Product"](path="store__user", queryset=ProductQuerySet)
    rows = models.Manager["Product"]()

    class Meta:
        default_manager_name = "rows"
        constraints = [
            models.UniqueConstraint("store", "sku", name="one_product_per_sku"),
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

    objects = TenantManager["PriceListEntry"](path="product__store__user")
    rows = models.Manager["PriceListEntry"]()

    class Meta:
        default_manager_name = "rows"

    @override
    def __str__(self) -> str:
        return f"entry of product {self.product_id}"


class DecisionRecord(models.Model):
    """What was decided for a product, whenever that differed from the time before."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="decisions")
    decided_at = models.DateTimeField()
    price_in_force = MoneyField(null=True, blank=True)
    wanted_price = MoneyField()
    reason = models.CharField(max_length=16, choices=[(r, r) for r in Reason])
    explanation = models.TextField()
    rival_price = MoneyField(null=True, blank=True)
    rival_name = models.CharField(max_length=200, blank=True, default="")
    position = models.PositiveIntegerField()

    objects = TenantManager["DecisionRecord"](path="product__store__user")
    rows = models.Manager["DecisionRecord"]()

    class Meta:
        default_manager_name = "rows"
        indexes = [models.Index(fields=["product", "-id"], name="decisions_of_product")]

    @override
    def __str__(self) -> str:
        return f"decision {self.pk} for product {self.product_id}"


class ChangeState(models.TextChoices):
    """The life of a change. What each state asks for next stands in ``services/changes.py``."""

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
    ChangeState.PENDING,
    ChangeState.SENDING,
    ChangeState.SENT,
    ChangeState.PUBLISHED,
)


class Change(models.Model):
    """A price on its way to Kaspi: a decision worth one of the store's changes."""

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
    sent_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    promised_by = models.DateTimeField(null=True, blank=True)  # Kaspi will be done by then
    next_step_at = models.DateTimeField()  # when somebody should take it up
    checks = models.PositiveIntegerField(default=0)  # readings since it was sent
    lease = models.CharField(max_length=32, blank=True, default="")
    leased_until = models.DateTimeField(null=True, blank=True)

    objects = TenantManager["Change"](path="product__store__user")
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
                condition=Q(state__in=OPEN_CHANGE_STATES),
            ),
            models.Index(fields=["product", "-id"], name="changes_of_product"),
            models.Index("sent_at", name="change_sent"),
        ]

    @override
    def __str__(self) -> str:
        return f"change {self.pk} of product {self.product_id} to {self.price}"


class Round(models.Model):
    """One batch of looks, as it went: what the life line and the operator count."""

    shard = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    looks = models.PositiveIntegerField()
    failures = models.PositiveIntegerField()
    decisions = models.PositiveIntegerField()
    changes = models.PositiveIntegerField()

    class Meta:
        indexes = [models.Index("finished_at", name="round_finished")]

    @override
    def __str__(self) -> str:
        return f"round {self.pk} on shard {self.shard}"
