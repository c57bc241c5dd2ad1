"""Devices that are logged in."""

from django.db import models
from typing_extensions import override

from cube_demper.kernel.tenancy import TenantManager


class SignIn(models.Model):
    """One device of one person, from its login to its logout. Every token names its own."""

    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="sign_ins")
    device_name = models.CharField(max_length=120, blank=True, default="")
    address = models.GenericIPAddressField(null=True, blank=True)
    begun_at = models.DateTimeField()
    used_at = models.DateTimeField()  # to the minute
    expires_at = models.DateTimeField(db_index=True)  # unless its tokens are renewed before
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager["SignIn"](path="user")
    rows = models.Manager["SignIn"]()

    class Meta:
        default_manager_name = "rows"
        indexes = [
            models.Index(fields=["user"], name="open_sign_ins", condition=models.Q(ended_at=None)),
        ]

    @override
    def __str__(self) -> str:
        return f"sign-in {self.pk} of user {self.user_id}"
