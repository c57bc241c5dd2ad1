"""The salesman in WhatsApp: for which stores it answers, and how its talks with buyers stand."""

from django.db import models
from django.db.models import F, Q
from typing_extensions import override

from ai.models.conversations import Conversation
from cube_demper.kernel.tenancy import TenantManager

DAY_MINUTES = 24 * 60


class Tone(models.TextChoices):
    FRIENDLY = "FRIENDLY", "As one speaks to a neighbour"
    FORMAL = "FORMAL", "As one writes a letter"


class Salesman(models.Model):
    """How the salesman answers for one store. Off unless its seller switches it on.

    ``opens_at`` and ``closes_at`` are minutes of the day in Almaty. ``delay_s`` is how long it
    waits for somebody to go on writing; ``most_a_day`` counts its answers to all buyers.
    """

    store = models.OneToOneField(
        "kaspi.Store", models.CASCADE, related_name="salesman", primary_key=True
    )
    is_on = models.BooleanField(default=False)
    tone = models.CharField(max_length=16, choices=Tone, default=Tone.FRIENDLY)
    opens_at = models.PositiveSmallIntegerField(default=9 * 60)
    closes_at = models.PositiveSmallIntegerField(default=21 * 60)
    delay_s = models.PositiveSmallIntegerField(default=5)
    most_a_day = models.PositiveSmallIntegerField(default=50)

    objects = TenantManager["Salesman"](path="store__user", hidden="store__removed_at")
    rows = models.Manager["Salesman"]()

    class Meta:
        default_manager_name = "rows"
        constraints = [
            models.CheckConstraint(
                condition=Q(opens_at__lt=F("closes_at"), closes_at__lte=DAY_MINUTES),
                name="salesman_hours_are_in_order",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"salesman of store {self.store_id}"


class BuyerTalk(models.Model):
    """One buyer's talk with the salesman.

    ``due_at`` is when what they wrote is to be answered, ``read_to`` the id of the last message
    that was; ``in_a_row`` counts answers without a day's silence between.
    """

    contact = models.OneToOneField("whatsapp.Contact", models.CASCADE, related_name="talk")
    conversation = models.ForeignKey(
        Conversation, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    read_to = models.BigIntegerField(default=0)
    due_at = models.DateTimeField(null=True, blank=True)
    in_a_row = models.PositiveSmallIntegerField(default=0)
    answered_at = models.DateTimeField(null=True, blank=True)
    handed_over_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager["BuyerTalk"](path="contact__user")
    rows = models.Manager["BuyerTalk"]()

    class Meta:
        default_manager_name = "rows"
        indexes = [
            models.Index("due_at", name="buyer_talk_due", condition=Q(due_at__isnull=False)),
        ]

    @override
    def __str__(self) -> str:
        return f"talk with contact {self.contact_id}"
