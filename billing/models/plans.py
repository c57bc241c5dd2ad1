"""What may be bought: plans, add-ons and promo codes, as data.

What somebody has bought is never changed behind their back: other terms or another price are a new
version, and whoever subscribed before keeps theirs until they change it themselves.
"""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from typing_extensions import override

from billing.terms import Feature, Terms
from cube_demper.kernel.fields import MoneyField
from cube_demper.kernel.money import Money

FREE = "free"  # the plan of whoever has none
FEATURES = [(feature.value, feature.value) for feature in Feature]
_AFTER_NOUGHT = Q(valid_to=None) | Q(valid_to__gt=F("valid_from"))


class Period(models.TextChoices):
    MONTH = "MONTH", "A month"
    YEAR = "YEAR", "A year"


class Plan(models.Model):
    """A plan by name; what it gives and costs stands in its versions."""

    code = models.SlugField(max_length=32, unique=True)
    name = models.JSONField()  # by language: ru, kk, en
    rank = models.PositiveSmallIntegerField(unique=True)  # a higher one has more
    is_public = models.BooleanField(default=True)  # may be bought by whoever looks

    objects = models.Manager["Plan"]()

    @override
    def __str__(self) -> str:
        return self.code


class PlanVersionQuerySet(models.QuerySet["PlanVersion"]):
    def on_sale(self, now: datetime) -> "PlanVersionQuerySet":
        """What may be bought at that moment: the newest version of each plan that holds by then."""
        newest = (
            PlanVersion.objects.filter(plan=models.OuterRef("plan"), valid_from__lte=now)
            .order_by("-number")
            .values("pk")[:1]
        )
        return self.filter(pk=models.Subquery(newest))


class PlanVersion(models.Model):
    """A plan's terms and prices, from a day on. Written once, never changed.

    A limit that is empty is no limit.
    """

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    valid_from = models.DateTimeField()
    month_price = MoneyField()
    year_price = MoneyField()
    trial_days = models.PositiveSmallIntegerField(default=0)  # nought: it can't be tried
    repriced_products = models.PositiveIntegerField(null=True, blank=True)
    analysed_products = models.PositiveIntegerField(null=True, blank=True)
    stores = models.PositiveIntegerField(null=True, blank=True)
    helpers = models.PositiveIntegerField(null=True, blank=True)
    shortest_interval_s = models.PositiveIntegerField()
    features = ArrayField(models.CharField(max_length=32, choices=FEATURES), blank=True)

    objects = models.Manager["PlanVersion"].from_queryset(PlanVersionQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint("plan", "number", name="one_plan_version_a_number"),
            models.CheckConstraint(
                condition=Q(month_price__gte=0, year_price__gte=0), name="plan_prices_are_whole"
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.plan} v{self.number}"

    @property
    def terms(self) -> Terms:
        return Terms(
            repriced_products=self.repriced_products,
            analysed_products=self.analysed_products,
            stores=self.stores,
            helpers=self.helpers,
            shortest_interval_s=self.shortest_interval_s,
            features=frozenset(Feature(feature) for feature in self.features),
        )

    def price(self, period: str) -> Money:
        price: Money = self.year_price if period == Period.YEAR else self.month_price
        return price


class Addon(models.Model):
    """Something to have beside a plan: more products, or a feature. A new price is a new row.

    One is sold until ``valid_to``; who has it keeps it.
    """

    code = models.SlugField(max_length=32)
    number = models.PositiveSmallIntegerField(default=1)
    name = models.JSONField()  # by language: ru, kk, en
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True, blank=True)
    month_price = MoneyField()
    year_price = MoneyField()
    repriced_products = models.PositiveIntegerField(default=0)  # so many more, for each
    features = ArrayField(models.CharField(max_length=32, choices=FEATURES), blank=True)
    most = models.PositiveSmallIntegerField(default=1)  # of it, in one subscription

    objects = models.Manager["Addon"]()

    class Meta:
        constraints = [
            models.UniqueConstraint("code", "number", name="one_addon_a_number"),
            models.CheckConstraint(
                condition=Q(month_price__gte=0, year_price__gte=0), name="addon_prices_are_whole"
            ),
            models.CheckConstraint(condition=_AFTER_NOUGHT, name="an_addon_ends_after_it_began"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.code} v{self.number}"

    def price(self, period: str) -> Money:
        price: Money = self.year_price if period == Period.YEAR else self.month_price
        return price


class PromoCode(models.Model):
    """A word that makes the first payments cheaper, once a seller."""

    code = models.CharField(max_length=32)
    percent = models.PositiveSmallIntegerField()
    payments = models.PositiveSmallIntegerField(default=1)  # how many of them are cheaper
    plan = models.ForeignKey(Plan, models.CASCADE, null=True, blank=True)  # empty: any
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True, blank=True)
    most_uses = models.PositiveIntegerField(null=True, blank=True)
    uses = models.PositiveIntegerField(default=0, editable=False)

    objects = models.Manager["PromoCode"]()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("code"), name="one_promo_a_word"),
            models.CheckConstraint(
                condition=Q(percent__gte=1, percent__lte=100), name="a_promo_is_a_part"
            ),
            models.CheckConstraint(
                condition=Q(payments__gte=1), name="a_promo_helps_once_at_least"
            ),
            models.CheckConstraint(condition=_AFTER_NOUGHT, name="a_promo_ends_after_it_began"),
            models.CheckConstraint(
                condition=Q(most_uses=None) | Q(uses__lte=F("most_uses")),
                name="a_promo_is_not_overused",
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.code
