"""Who changed what."""

from dataclasses import dataclass
from typing import Any

from django.db import models
from typing_extensions import override

from cube_demper.kernel.tenancy import TenantManager


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts in a seller's name: a person, or a script with that person's key."""

    user_id: int
    email: str
    key_prefix: str = ""


class Entry(models.Model):
    """Who did what, when, from what to what. Written once."""

    at = models.DateTimeField()
    action = models.CharField(max_length=64)  # "product.corridor.set"
    subject = models.CharField(max_length=32)  # "product"
    subject_id = models.CharField(max_length=64, blank=True, default="")
    changes = models.JSONField(default=dict)  # field → [before, after]
    # Nobody: the house did it by itself.
    actor = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")
    actor_email = models.EmailField(blank=True, default="")  # as it was then
    request_id = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        abstract = True

    @override
    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action} {self.subject} {self.subject_id}"


class Operation(Entry):
    """What an operator did to the house."""


class AuditEntry(Entry):
    """One change of something of a seller's. It goes when its seller goes."""

    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="audit_entries")
    key_prefix = models.CharField(max_length=16, blank=True, default="")  # of a script

    objects = TenantManager["AuditEntry"](path="user")
    rows = models.Manager["AuditEntry"]()

    class Meta:
        default_manager_name = "rows"
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["user", "-id"], name="audit_of_a_seller"),
            models.Index(fields=["user", "subject", "subject_id", "-id"], name="audit_of_a_thing"),
        ]

    @property
    def field_changes(self) -> list[dict[str, Any]]:
        """The changes as rows."""
        return [
            {"field": name, "before": before, "after": after}
            for name, (before, after) in self.changes.items()
        ]
