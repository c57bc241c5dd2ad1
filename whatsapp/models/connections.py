"""A seller's connection to WhatsApp: what is wanted of it, and what was seen of it last."""

import uuid

from django.db import models
from django.db.models import Q
from typing_extensions import override

from cube_demper.kernel.sealing import SealedField
from cube_demper.kernel.tenancy import TenantManager
from whatsapp.ports import SessionStatus


class Wish(models.TextChoices):
    """What is wanted of a connection. Rows say it, and reality is made to follow."""

    RUNNING = "RUNNING", "It is to run"
    RESTING = "RESTING", "It is to rest until somebody needs it"
    DELETED = "DELETED", "It is to be forgotten"


class Phase(models.TextChoices):
    """How far the gateway of a connection is."""

    WAITING = "WAITING", "Asked for; nothing stands yet"
    STARTING = "STARTING", "It stands, and does not answer yet"
    READY = "READY", "It answers"
    RESTING = "RESTING", "It rests"
    FAILED = "FAILED", "It would not start; it is tried again later"
    GONE = "GONE", "It is gone"


class Connection(models.Model):
    """One seller's WhatsApp: a session at a gateway of their own, or at one that many share.

    ``session_status`` is WAHA's word as last heard at ``session_status_at``. ``api_key`` opens the
    gateway, ``hook_key`` signs what the gateway tells us. ``phone``, ``lid`` and ``push_name`` are
    the account's, empty until it is logged in.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="connections")
    wish = models.CharField(max_length=16, choices=Wish, default=Wish.RUNNING)
    phase = models.CharField(max_length=16, choices=Phase, default=Phase.WAITING)
    session_status = models.CharField(max_length=32, blank=True, default="")
    session_status_at = models.DateTimeField(null=True, blank=True)
    session_status_since = models.DateTimeField(null=True, blank=True)  # it is this one
    api_key = SealedField()
    hook_key = SealedField()
    # Where the gateway is reached, as of the latest look; with a container of its own.
    address = models.CharField(max_length=200, blank=True, default="")
    container_id = models.CharField(max_length=64, blank=True, default="")  # the engine's own
    started_at = models.DateTimeField(null=True, blank=True)  # its container, the latest time
    restart_asked_at = models.DateTimeField(null=True, blank=True)  # by a person, until it is done
    phone = models.CharField(max_length=16, blank=True, default="")
    lid = models.CharField(max_length=64, blank=True, default="")
    push_name = models.CharField(max_length=100, blank=True, default="")
    locked_until = models.DateTimeField(null=True, blank=True)  # no first messages before
    is_capped = models.BooleanField(default=False)  # no new chats for now
    connecting_since = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField()  # when somebody needed it last
    # One step of one message at a time: who does it has it until then; the next not before.
    sending_until = models.DateTimeField(null=True, blank=True)
    sends_next_at = models.DateTimeField(null=True, blank=True)
    read_until = models.DateTimeField(null=True, blank=True)  # all that came before is here
    failures = models.PositiveIntegerField(default=0)  # in a row
    retry_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=64, blank=True, default="")  # the latest, as a code
    error_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager["Connection"](path="user")
    rows = models.Manager["Connection"]()

    class Meta:
        default_manager_name = "rows"
        constraints = [
            models.UniqueConstraint(
                "user",
                name="one_whatsapp_connection_a_seller",
                condition=~Q(wish=Wish.DELETED),
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"WhatsApp connection {self.pk}"

    @property
    def status(self) -> SessionStatus:
        return SessionStatus.read(self.session_status)


class Remnant(models.Model):
    """A connection whose row went with its seller: what it has on the engine is to go, too."""

    connection_id = models.UUIDField(primary_key=True)
    left_at = models.DateTimeField()

    @override
    def __str__(self) -> str:
        return f"Remnant of WhatsApp connection {self.connection_id}"
