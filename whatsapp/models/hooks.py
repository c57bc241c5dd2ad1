"""What a gateway told us, until somebody has taken it up."""

from django.db import models
from typing_extensions import override

from cube_demper.kernel.tenancy import TenantManager
from whatsapp.models.connections import Connection


class HookEvent(models.Model):
    """One event of WAHA's, once: gateways repeat what was not answered in time.

    ``body`` is what came, texts and numbers of people among it: it is emptied when it was taken.
    """

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="hook_events")
    event_id = models.CharField(max_length=64)
    kind = models.CharField(max_length=32)
    body = models.JSONField()
    received_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager["HookEvent"](path="connection__user")
    rows = models.Manager["HookEvent"]()

    class Meta:
        default_manager_name = "rows"
        constraints = [
            models.UniqueConstraint("connection", "event_id", name="one_row_a_hook_event"),
        ]
        indexes = [
            models.Index(
                "connection",
                "id",
                name="hook_events_waiting",
                condition=models.Q(taken_at__isnull=True),
            ),
            models.Index("received_at", name="hook_events_by_age"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"
