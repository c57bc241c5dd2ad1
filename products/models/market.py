"""What everybody sees: shared product pages, and each of them in one city."""

from binascii import crc32
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from typing_extensions import override

from cube_demper.kernel.fields import MoneyField
from products.pricing.attention import PRIOR_CHANGES, USUAL_RATE, Tempo

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
    """A card in one city: what we look at.

    ``changes`` within ``seconds`` is the learned rate (``pricing/attention.py``), ``worth`` what is
    at stake here, in tiyn, and ``sight`` a short name for what decided our prices last time. Since
    ``cycling_since`` its best price goes round (``pricing/wars.py``).
    """

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
    changes = models.FloatField(default=PRIOR_CHANGES)
    seconds = models.FloatField(default=PRIOR_CHANGES / USUAL_RATE)
    worth = models.FloatField(default=1.0)
    sight = models.BigIntegerField(null=True, blank=True)
    cycling_since = models.DateTimeField(null=True, blank=True)

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


class ShardTempo(models.Model):
    """How often a shard looks now: reckoned each minute from what its markets are worth."""

    shard = models.PositiveSmallIntegerField(primary_key=True)
    multiplier = models.FloatField()
    shortest_s = models.FloatField()
    longest_s = models.FloatField()
    reckoned_at = models.DateTimeField()

    @override
    def __str__(self) -> str:
        return f"tempo of shard {self.shard}"

    @property
    def tempo(self) -> Tempo:
        return Tempo(
            self.multiplier,
            shortest=timedelta(seconds=self.shortest_s),
            longest=timedelta(seconds=self.longest_s),
        )
