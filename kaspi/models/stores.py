"""A seller's stores on Kaspi, and the sessions that open them."""

from django.db import models
from django.db.models.functions import Lower
from typing_extensions import override

from cube_demper.kernel.sealing import SealedField
from cube_demper.kernel.tenancy import TenantManager

ALMATY = "750000000"  # KATO code


class SessionState(models.TextChoices):
    LIVE = "LIVE", "Live"
    NEEDS_LOGIN = "NEEDS_LOGIN", "Needs a login"


class Session(models.Model):
    """One login's cookie jar at Kaspi. It belongs to one seller and is never lent to another."""

    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="kaspi_sessions")
    email = models.EmailField()
    state = models.CharField(max_length=16, choices=SessionState, default=SessionState.LIVE)
    jar = SealedField()
    version = models.PositiveIntegerField(default=1)  # counts savings of the jar
    connected_at = models.DateTimeField()
    renewed_at = models.DateTimeField()

    objects = TenantManager["Session"](path="user")
    rows = models.Manager["Session"]()

    class Meta:
        default_manager_name = "rows"
        constraints = [
            models.UniqueConstraint("user", Lower("email"), name="one_session_per_login"),
        ]

    @override
    def __str__(self) -> str:
        return f"session {self.pk} of user {self.user_id}"


class Attention(models.TextChoices):
    """Why a store stands still, in a word a person can act on."""

    NONE = "", "Nothing"
    SESSION_DEAD = "session-dead", "Kaspi ended the session: log in again"
    WRONG_PASSWORD = "wrong-password", "Kaspi refused the password: log in with the right one"
    CODE_NEEDED = "code-needed", "Kaspi wants the code it sent: log in and enter it"
    CODES_FLOODED = "codes-flooded", "Too many codes were asked for: wait, then log in"
    WALLED_OFF = "walled-off", "Kaspi turned our address away: we try again later"
    PUSHES_BANNED = "pushes-banned", "Kaspi stopped this store's price changes for a while"
    LOGIN_FAILED = "login-failed", "The last login did not come through: log in again"


class StoreQuerySet(models.QuerySet["Store"]):
    def live(self) -> "StoreQuerySet":
        """Stores whose products may move now: session alive and not paused."""
        return self.filter(session__state=SessionState.LIVE, is_paused=False)


class Store(models.Model):
    """A seller's shop on Kaspi."""

    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="stores")
    session = models.ForeignKey(Session, models.PROTECT, related_name="stores")
    merchant_id = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    city_id = models.CharField(max_length=16, default=ALMATY)
    is_paused = models.BooleanField(default=False)
    attention = models.CharField(
        max_length=32, choices=Attention, default=Attention.NONE, blank=True
    )
    attention_until = models.DateTimeField(null=True, blank=True)
    connected_at = models.DateTimeField()
    synced_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager["Store"](path="user", queryset=StoreQuerySet)
    rows = models.Manager["Store"]()

    class Meta:
        default_manager_name = "rows"
        constraints = [
            # Two sellers with one shop would undercut themselves through us.
            models.UniqueConstraint("merchant_id", name="one_store_per_merchant"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.name} ({self.merchant_id})"
