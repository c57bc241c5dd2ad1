"""The walks that make sessions."""

import uuid

from django.db import models
from typing_extensions import override

from cube_demper.kernel.sealing import SealedField
from cube_demper.kernel.tenancy import TenantManager
from kaspi.models.stores import no_secret


class LoginState(models.TextChoices):
    WORKING = "WORKING", "Logging in"
    CODE_NEEDED = "CODE_NEEDED", "Kaspi sent a code: enter it"
    CHOOSE_MERCHANT = "CHOOSE_MERCHANT", "Choose one of the shops"
    CONNECTED = "CONNECTED", "Connected"
    FAILED = "FAILED", "Failed"


OPEN_LOGIN_STATES = (LoginState.WORKING, LoginState.CODE_NEEDED, LoginState.CHOOSE_MERCHANT)


class Login(models.Model):
    """One walk through Kaspi's login pages: what it waits for, and how it ended."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="kaspi_logins")
    account = models.CharField(max_length=254)  # as account_names.py writes it
    password = SealedField(blank=True)  # erased as soon as the walk ends
    keeps_password = models.BooleanField(default=False)  # the seller lets us keep it
    is_renewal = models.BooleanField(default=False)  # ours, silent: nobody can be asked
    state = models.CharField(max_length=16, choices=LoginState, default=LoginState.WORKING)
    reason = models.CharField(max_length=64, blank=True, default="")
    detail = models.CharField(max_length=300, blank=True, default="")
    retry_at = models.DateTimeField(null=True, blank=True)
    choices = models.JSONField(default=list, blank=True)  # merchants to choose from: id and name
    answer = SealedField(blank=True)  # the code or the merchant, until the walk takes it
    # Cookies of a walk that failed, by which Kaspi may know the device: the next walk has them.
    device = SealedField(blank=True, default=no_secret)
    started_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager["Login"](path="user")
    rows = models.Manager["Login"]()

    class Meta:
        default_manager_name = "rows"
        constraints = [
            # Kaspi counts logins per account, so we hold to one at a time.
            models.UniqueConstraint(
                "account",
                name="one_open_login_per_account",
                condition=models.Q(state__in=OPEN_LOGIN_STATES),
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"login {self.pk} of user {self.user_id}"
