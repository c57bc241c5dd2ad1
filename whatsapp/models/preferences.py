"""How a seller's WhatsApp behaves: when, how much, and what it tells whom by itself."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from typing_extensions import override

from cube_demper.kernel.tenancy import TenantManager

DAY_MINUTES = 24 * 60


class Language(models.TextChoices):
    RUSSIAN = "ru", "Русский"
    KAZAKH = "kk", "Қазақша"
    ENGLISH = "en", "English"


class AlertKind(models.TextChoices):
    """What a seller may be told by WhatsApp."""

    SESSION_LOST = "SESSION_LOST", "A store needs a login"
    FLOOR_REACHED = "FLOOR_REACHED", "A price came down to its floor"
    PRICE_WAR = "PRICE_WAR", "A price war began"
    SHOP_BANNED = "SHOP_BANNED", "Kaspi stopped a shop's price changes"
    PLAN_ENDING = "PLAN_ENDING", "The plan ends soon"
    PREORDER_FAILED = "PREORDER_FAILED", "A preorder could not be begun"
    DAILY_SUMMARY = "DAILY_SUMMARY", "The day in numbers"


class OrderEvent(models.TextChoices):
    """What a buyer may be told of an order."""

    ACCEPTED = "ACCEPTED", "The order was accepted"
    SHIPPED = "SHIPPED", "It is on its way"
    DELIVERED = "DELIVERED", "It was handed over"
    CANCELLED = "CANCELLED", "It was cancelled"
    REVIEW = "REVIEW", "A review is asked for, some days later"


class Preferences(models.Model):
    """One seller's. Nobody has to have any: what stands here as default holds then.

    ``opens_at`` and ``closes_at`` are minutes of the day in Almaty; between them nobody is written
    to without having asked. Nothing is sent to buyers of orders unless it is switched on.
    """

    user = models.OneToOneField("accounts.User", models.CASCADE, related_name="whatsapp_wishes")
    opens_at = models.PositiveSmallIntegerField(default=9 * 60)
    closes_at = models.PositiveSmallIntegerField(default=21 * 60)
    most_an_hour = models.PositiveSmallIntegerField(default=60)
    most_a_day = models.PositiveSmallIntegerField(default=300)
    most_first_a_day = models.PositiveSmallIntegerField(default=20)
    language = models.CharField(max_length=2, choices=Language, default=Language.RUSSIAN)
    alerts = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    alert_phone = models.CharField(max_length=16, blank=True, default="")  # empty: their own
    summary_at = models.PositiveSmallIntegerField(default=20 * 60)
    order_events = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    review_after_days = models.PositiveSmallIntegerField(default=3)

    objects = TenantManager["Preferences"](path="user")
    rows = models.Manager["Preferences"]()

    class Meta:
        default_manager_name = "rows"
        verbose_name_plural = "preferences"
        constraints = [
            models.CheckConstraint(
                condition=Q(opens_at__lt=F("closes_at"), closes_at__lte=DAY_MINUTES),
                name="whatsapp_opens_before_it_closes",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"WhatsApp preferences of user {self.user_id}"
