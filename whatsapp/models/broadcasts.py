"""One text to many people who agreed to get it."""

from django.db import models
from typing_extensions import override

from cube_demper.kernel.tenancy import TenantManager


class BroadcastState(models.TextChoices):
    DRAFT = "DRAFT", "To be looked at before it begins"
    RUNNING = "RUNNING", "Its messages go, each in its turn"
    PAUSED = "PAUSED", "None of its messages begins"
    ENDED = "ENDED", "All have gone, or it was ended"


class Broadcast(models.Model):
    """A seller's. Its messages are in the outbox from the beginning, and go while it runs."""

    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="broadcasts")
    name = models.CharField(max_length=100)
    text = models.TextField()
    state = models.CharField(max_length=16, choices=BroadcastState, default=BroadcastState.DRAFT)
    skipped = models.PositiveIntegerField(default=0)  # who opted out, or was named twice
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager["Broadcast"](path="user")
    rows = models.Manager["Broadcast"]()

    class Meta:
        default_manager_name = "rows"

    @override
    def __str__(self) -> str:
        return f"broadcast {self.pk}, {self.state}"
