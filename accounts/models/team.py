"""Helpers: people who act in a seller's name."""

from django.db import models
from django.db.models.functions import Lower
from typing_extensions import override

from cube_demper.kernel.tenancy import TenantManager


class TeamRole(models.TextChoices):
    OWNER = "OWNER", "May do whatever the seller may"
    MANAGER = "MANAGER", "May change all but the team, the plan, and what opens Kaspi"
    VIEWER = "VIEWER", "May only read"


class Membership(models.Model):
    """A helper's place in a seller's team: an invitation at first, and for good once accepted."""

    seller = models.ForeignKey("accounts.User", models.CASCADE, related_name="team")
    email = models.EmailField()  # who was invited
    role = models.CharField(max_length=8, choices=TeamRole)
    helper = models.ForeignKey(
        "accounts.User", models.CASCADE, related_name="memberships", null=True, blank=True
    )
    invited_at = models.DateTimeField()
    secret_hash = models.CharField(max_length=64, blank=True, default="")  # of the mailed link
    expires_at = models.DateTimeField(null=True, blank=True)  # the link
    accepted_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager["Membership"](path="seller")
    rows = models.Manager["Membership"]()

    class Meta:
        default_manager_name = "rows"
        constraints = [
            models.UniqueConstraint("seller", Lower("email"), name="one_invitation_per_email"),
            models.UniqueConstraint("seller", "helper", name="one_membership_per_helper"),
            models.UniqueConstraint(
                "secret_hash",
                name="one_invitation_per_secret",
                condition=~models.Q(secret_hash=""),
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=TeamRole.values), name="team_role_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(helper=None) | ~models.Q(helper=models.F("seller")),
                name="nobody_helps_themselves",
            ),
            models.CheckConstraint(
                condition=models.Q(helper=None, accepted_at=None)
                | models.Q(helper__isnull=False, accepted_at__isnull=False),
                name="a_helper_has_accepted",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.role} {self.pk} in the team of user {self.seller_id}"
