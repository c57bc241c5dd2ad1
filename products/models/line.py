"""Where the changes of a store wait for their push."""

from django.db import models
from django.db.models import Q
from typing_extensions import override

from cube_demper.kernel.tenancy import TenantManager


class PushLine(models.Model):
    """A store's pending changes as a line: when somebody should serve it, and who does.

    One worker at a time serves a line, so that one count of the store's quota is true. ``due_at``
    is empty while nothing waits, and while all that waits is being served.
    """

    store = models.OneToOneField(
        "kaspi.Store", models.CASCADE, related_name="push_line", primary_key=True
    )
    due_at = models.DateTimeField(null=True, blank=True)
    lease = models.CharField(max_length=32, blank=True, default="")
    leased_until = models.DateTimeField(null=True, blank=True)

    objects = TenantManager["PushLine"](path="store__user", hidden="store__removed_at")
    rows = models.Manager["PushLine"]()

    class Meta:
        default_manager_name = "rows"
        indexes = [
            models.Index("due_at", name="push_line_due", condition=Q(due_at__isnull=False)),
            models.Index("leased_until", name="push_line_leased", condition=~Q(lease="")),
        ]

    @override
    def __str__(self) -> str:
        return f"push line of store {self.store_id}"
