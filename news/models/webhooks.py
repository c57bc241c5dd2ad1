"""Where a seller's events are sent, and what became of each."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from typing_extensions import override

from cube_demper.kernel.sealing import SealedField
from cube_demper.kernel.tenancy import TenantManager
from news.models.events import Event


class Webhook(models.Model):
    """An address of a seller's to send events to: of these kinds, or of all if none is named."""

    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="webhooks")
    url = models.CharField(max_length=500)
    kinds = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    signing_key = SealedField()
    old_signing_key = SealedField(null=True, blank=True)  # signs beside the new one for a while
    old_key_until = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True, blank=True)  # by its seller, or given up
    silences = models.PositiveSmallIntegerField(default=0)  # tries in a row that nobody answered
    rests_until = models.DateTimeField(null=True, blank=True)  # nobody answered there just now
    leased_until = models.DateTimeField(null=True, blank=True)  # somebody is sending

    objects = TenantManager["Webhook"](path="user")
    rows = models.Manager["Webhook"]()

    class Meta:
        default_manager_name = "rows"

    @override
    def __str__(self) -> str:
        return f"webhook {self.pk} of user {self.user_id}"


class DeliveryState(models.TextChoices):
    WAITING = "WAITING", "To be sent, or sent again"
    DELIVERED = "DELIVERED", "The receiver took it"
    GIVEN_UP = "GIVEN_UP", "Not taken, and not tried any more"


class Delivery(models.Model):
    """One event on its way to one webhook."""

    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries")
    event = models.ForeignKey(Event, models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=16, choices=DeliveryState, default=DeliveryState.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True, blank=True)
    status = models.PositiveSmallIntegerField(null=True, blank=True)  # of the last answer
    failure = models.CharField(max_length=64, blank=True, default="")  # of the last try

    objects = TenantManager["Delivery"](path="webhook__user")
    rows = models.Manager["Delivery"]()

    class Meta:
        default_manager_name = "rows"
        verbose_name_plural = "deliveries"
        indexes = [
            models.Index(
                fields=["webhook", "next_try_at"],
                name="deliveries_that_wait",
                condition=models.Q(state="WAITING"),
            ),
            models.Index(fields=["webhook", "-id"], name="deliveries_of_a_webhook"),
        ]
        constraints = [
            models.UniqueConstraint("webhook", "event", name="one_delivery_of_an_event"),
            models.CheckConstraint(
                condition=models.Q(state__in=DeliveryState.values),
                name="delivery_state_is_known",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"delivery {self.pk} of event {self.event_id} to webhook {self.webhook_id}"
