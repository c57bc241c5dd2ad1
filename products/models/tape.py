"""What was seen on each market over time: public facts, kept whenever they changed."""

from django.db import models
from typing_extensions import override

from cube_demper.kernel.fields import MoneyField
from products.models.market import Market


class TapeEntry(models.Model):
    """From then on, the market looked so.

    ``offers`` is merchant id → what is asked (``services/tape.py``); of a key frame everybody's,
    else only what differs from the entry before, ``null`` for who is gone. ``best`` and
    ``best_merchant`` are the cheapest offer of all.
    """

    market = models.ForeignKey(Market, models.CASCADE, related_name="tape", db_index=False)
    at = models.DateTimeField()
    is_key_frame = models.BooleanField(default=False)
    offers = models.JSONField()
    best = MoneyField(null=True, blank=True)
    best_merchant = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["market", "at"], name="tape_of_market"),
            models.Index("at", name="tape_by_age"),
        ]

    @override
    def __str__(self) -> str:
        return f"market {self.market_id} at {self.at}"


class MarketFace(models.Model):
    """How a market looks now: everybody's offer in full, and when its last key frame was made."""

    market = models.OneToOneField(
        Market, models.CASCADE, related_name="face", primary_key=True, db_index=False
    )
    offers = models.JSONField()  # as packed by ``pricing/record.py``
    digest = models.BigIntegerField()
    key_frame_at = models.DateTimeField()
    doubted_at = models.DateTimeField(null=True, blank=True)  # a page looked misread

    @override
    def __str__(self) -> str:
        return f"face of market {self.market_id}"
