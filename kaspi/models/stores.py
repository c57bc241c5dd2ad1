"""A seller's stores on Kaspi, and the sessions that open them."""

from django.db import models
from typing_extensions import override

from cube_demper.kernel.sealing import SealedField, Secret
from cube_demper.kernel.tenancy import TenantManager

ALMATY = "750000000"  # KATO code


def no_secret() -> Secret:
    """An empty secret, for columns that hold one only sometimes."""
    return Secret("")


class SessionState(models.TextChoices):
    LIVE = "LIVE", "Live"
    RENEWING = "RENEWING", "Ended; we are renewing it"
    NEEDS_REAUTH = "NEEDS_REAUTH", "Needs a login"


class Session(models.Model):
    """One login's cookie jar at Kaspi. It belongs to one seller and is never lent to another."""

    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="kaspi_sessions")
    account = models.CharField(max_length=254)  # as account_names.py writes it
    state = models.CharField(max_length=16, choices=SessionState, default=SessionState.LIVE)
    jar = SealedField()
    password = SealedField(blank=True, default=no_secret)  # only if the seller lets us keep it
    version = models.PositiveIntegerField(default=1)  # counts savings of the jar
    connected_at = models.DateTimeField()
    renewed_at = models.DateTimeField()
    reason = models.CharField(max_length=64, blank=True, default="")  # why a person is needed
    renewals = models.PositiveSmallIntegerField(default=0)  # begun since it ended
    renew_at = models.DateTimeField(null=True, blank=True)  # not begun again before
    told_at = models.DateTimeField(null=True, blank=True)  # when the seller was told
    # Kept while it is of use: a session that hops between addresses looks stolen.
    egress = models.ForeignKey("kaspi.EgressAddress", models.SET_NULL, null=True, blank=True)

    objects = TenantManager["Session"](path="user")
    rows = models.Manager["Session"]()

    class Meta:
        default_manager_name = "rows"
        constraints = [
            models.UniqueConstraint("user", "account", name="one_session_per_account"),
        ]

    @override
    def __str__(self) -> str:
        return f"session {self.pk} of user {self.user_id}"


class Attention(models.TextChoices):
    """Why a store, or a part of it, stands still, in a word a person can act on."""

    NONE = "", "Nothing"
    RENEWING = "renewing", "Kaspi ended the session: we are renewing it"
    SESSION_DEAD = "session-dead", "Kaspi ended the session: log in again"
    WRONG_PASSWORD = "wrong-password", "Kaspi refused the password: log in with the right one"
    CODE_NEEDED = "code-needed", "Kaspi wants the code it sent: log in and enter it"
    CODES_FLOODED = "codes-flooded", "Too many codes were asked for: wait, then log in"
    WALLED_OFF = "walled-off", "Kaspi turned our address away: we try again later"
    PUSHES_BANNED = "pushes-banned", "Kaspi stopped this store's price changes for a while"
    LOGIN_FAILED = "login-failed", "The last login did not come through: log in again"
    PRICE_LIST_UNREAD = "price-list-unread", "Kaspi does not fetch the price list: see its address"
    CLAIM_LOST = "claim-lost", "Another seller logged in to this shop: it was not yours to claim"
    PRICES_JUMPED = (
        "prices-jumped",
        "Many prices were about to jump at once: look at them, then let the store go on",
    )
    STALLED = "stalled", "Nothing of this store could be looked at for a while"
    # Never stored: it hides behind all others, and the orders access itself remembers it.
    ORDERS_REFUSED = (
        "orders-token-refused",
        "Kaspi refused the token for orders: set a new one. Prices go on as before",
    )


class Channel(models.TextChoices):
    """How a store's prices get to Kaspi. Only ever one of them."""

    CABINET = "CABINET", "We push them into the cabinet"
    PRICE_LIST = "PRICE_LIST", "Kaspi fetches the price list"


class StoreQuerySet(models.QuerySet["Store"]):
    def live(self) -> "StoreQuerySet":
        """Stores whose products may move now: channel open, not paused, seller not blocked."""
        return self.filter(
            models.Q(channel=Channel.PRICE_LIST)
            | models.Q(channel=Channel.CABINET, session__state=SessionState.LIVE),
            is_paused=False,
            released_at=None,
            user__is_active=True,
        )


class Store(models.Model):
    """A seller's shop on Kaspi."""

    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="stores")
    # Without one the store is claimed by its number only: nobody has proved whose it is.
    session = models.ForeignKey(
        Session, models.PROTECT, related_name="stores", null=True, blank=True
    )
    channel = models.CharField(max_length=16, choices=Channel, default=Channel.CABINET)
    merchant_id = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    is_named = models.BooleanField(default=False)  # by its seller: Kaspi's name changes it no more
    city_id = models.CharField(max_length=16, default=ALMATY)
    is_paused = models.BooleanField(default=False)
    attention = models.CharField(
        max_length=32, choices=Attention, default=Attention.NONE, blank=True
    )
    attention_cause = models.CharField(max_length=64, blank=True, default="")  # an error's code
    attention_until = models.DateTimeField(null=True, blank=True)
    connected_at = models.DateTimeField()
    synced_at = models.DateTimeField(null=True, blank=True)
    # It is not this seller's to price: somebody else proved it is theirs, or …
    released_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)  # … the seller took it away

    objects = TenantManager["Store"](path="user", hidden="removed_at", queryset=StoreQuerySet)
    rows = models.Manager["Store"]()

    class Meta:
        default_manager_name = "rows"
        constraints = [
            # Two sellers with one shop would undercut themselves through us.
            models.UniqueConstraint(
                "merchant_id",
                name="one_store_per_merchant",
                condition=models.Q(released_at=None),
            ),
            models.CheckConstraint(
                condition=models.Q(channel=Channel.PRICE_LIST)
                | models.Q(session__isnull=False)
                | models.Q(removed_at__isnull=False),
                name="store_cabinet_needs_a_session",
            ),
            models.CheckConstraint(
                condition=models.Q(removed_at=None)
                | models.Q(released_at__isnull=False, session=None),
                name="store_removed_is_let_go",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.name} ({self.merchant_id})"

    @property
    def is_connected(self) -> bool:
        """Is there a session, and does it hold?"""
        return self.session is not None and self.session.state == SessionState.LIVE

    @property
    def most_urgent(self) -> Attention:
        """What its seller should see to first: why it stands still, else why its orders do."""
        if self.attention:
            return Attention(self.attention)
        access = getattr(self, "orders_access", None)  # raises an AttributeError without one
        return Attention.ORDERS_REFUSED if access and access.is_refused else Attention.NONE

    @property
    def may_push(self) -> bool:
        """Whether prices may be pushed into the cabinet now."""
        is_free = not self.is_paused and self.released_at is None
        return self.channel == Channel.CABINET and self.is_connected and is_free
