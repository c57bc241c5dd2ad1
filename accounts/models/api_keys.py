"""Keys with which scripts come in."""

from django.db import models
from typing_extensions import override

from cube_demper.kernel.tenancy import TenantManager


class Scope(models.TextChoices):
    READ = "READ", "May read"
    WRITE = "WRITE", "May read and change"


class ApiKey(models.Model):
    """A script's key: it acts as its owner, within its scope. Only its hash is kept."""

    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=16, unique=True)  # the key's beginning, to know it by
    secret_hash = models.CharField(max_length=64)
    scope = models.CharField(max_length=8, choices=Scope)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)  # to the minute
    used_from = models.GenericIPAddressField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager["ApiKey"](path="user")
    rows = models.Manager["ApiKey"]()

    class Meta:
        default_manager_name = "rows"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(scope__in=Scope.values), name="api_key_scope_is_known"
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.prefix}… of user {self.user_id}"
