"""Texts with places to fill in."""

from django.db import models
from typing_extensions import override

from cube_demper.kernel.tenancy import TenantManager


class Template(models.Model):
    """A text of a seller's by its name. ``texts`` is by language, and at least one."""

    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="whatsapp_templates")
    name = models.CharField(max_length=100)
    texts = models.JSONField()
    changed_at = models.DateTimeField()

    objects = TenantManager["Template"](path="user")
    rows = models.Manager["Template"]()

    class Meta:
        default_manager_name = "rows"
        constraints = [
            models.UniqueConstraint("user", "name", name="one_whatsapp_template_a_name"),
        ]

    @override
    def __str__(self) -> str:
        return f"template {self.name}"
