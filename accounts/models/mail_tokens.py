"""Secrets that were mailed: whoever brings one back reads that mailbox."""

from django.db import models
from typing_extensions import override

from cube_demper.kernel.tenancy import TenantManager


class MailPurpose(models.TextChoices):
    RESET_PASSWORD = "RESET_PASSWORD", "Set a new password"
    PROVE_EMAIL = "PROVE_EMAIL", "Prove that an address is the user's own"


class MailToken(models.Model):
    """A mailed secret, good for one thing, once, for a while. Only its hash is kept."""

    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="mail_tokens")
    purpose = models.CharField(max_length=16, choices=MailPurpose)
    email = models.EmailField()  # where it went
    secret_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager["MailToken"](path="user")
    rows = models.Manager["MailToken"]()

    class Meta:
        default_manager_name = "rows"

    @override
    def __str__(self) -> str:
        return f"{self.purpose} for user {self.user_id}, mailed {self.made_at:%Y-%m-%d %H:%M}"
