"""What is written, and what came."""

from django.db import models
from django.db.models import Q
from typing_extensions import override

from cube_demper.kernel.tenancy import TenantManager
from whatsapp.models.broadcasts import Broadcast
from whatsapp.models.connections import Connection
from whatsapp.models.contacts import Contact


class MessageState(models.TextChoices):
    """How far a message is. The order of the first seven is the only way it goes."""

    WAITING = "WAITING", "In the outbox"
    TYPING = "TYPING", "Somebody is seen typing it"
    SENDING = "SENDING", "Handed over; not answered yet"
    UNKNOWN = "UNKNOWN", "Nobody said whether it was sent: it is looked up"
    SENT = "SENT", "WhatsApp has it"
    DELIVERED = "DELIVERED", "It arrived"
    READ = "READ", "It was read"
    FAILED = "FAILED", "It was not sent"
    DROPPED = "DROPPED", "Not sent any more: its time passed, or nobody wants it"
    RECEIVED = "RECEIVED", "It came from them"


WAY = (
    *(MessageState.WAITING, MessageState.TYPING, MessageState.SENDING, MessageState.UNKNOWN),
    *(MessageState.SENT, MessageState.DELIVERED, MessageState.READ),
)
OPEN = (MessageState.WAITING, MessageState.TYPING, MessageState.SENDING, MessageState.UNKNOWN)


class MessageKind(models.TextChoices):
    """Why it is written."""

    BY_HAND = "BY_HAND", "Its seller wrote it"
    ASSISTANT = "ASSISTANT", "An assistant answers"
    ALERT = "ALERT", "The seller is told something"
    ORDER = "ORDER", "A buyer is told of an order"
    BROADCAST = "BROADCAST", "One of many"
    THEIRS = "THEIRS", "It came"


class Message(models.Model):
    """One text, in or out.

    ``message_id`` is WhatsApp's, known before the send where the engine tells it. ``due_at`` is
    when the next step may be done, ``reason`` why not now or why not at all, as a code. ``cause``
    is what it is about: two with one cause are one. ``is_first`` says that they had never written.
    """

    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="messages")
    connection = models.ForeignKey(
        Connection, models.SET_NULL, null=True, blank=True, related_name="messages"
    )
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="messages")
    broadcast = models.ForeignKey(
        Broadcast, models.CASCADE, null=True, blank=True, related_name="messages"
    )
    kind = models.CharField(max_length=16, choices=MessageKind)
    text = models.TextField()
    state = models.CharField(max_length=16, choices=MessageState)
    state_at = models.DateTimeField()
    reason = models.CharField(max_length=64, blank=True, default="")
    message_id = models.CharField(max_length=128, blank=True, default="")
    cause = models.CharField(max_length=255, blank=True, default="")
    is_first = models.BooleanField(default=False)
    due_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)  # without an answer, or looked up in vain
    said_at = models.DateTimeField(null=True, blank=True)  # when it was sent, or came
    created_at = models.DateTimeField()

    objects = TenantManager["Message"](path="user")
    rows = models.Manager["Message"]()

    class Meta:
        default_manager_name = "rows"
        constraints = [
            models.UniqueConstraint(
                "user", "cause", name="one_message_a_cause", condition=~Q(cause="")
            ),
            models.UniqueConstraint(
                "user",
                "message_id",
                name="one_message_received_once",
                condition=Q(state=MessageState.RECEIVED),
            ),
        ]
        indexes = [
            models.Index(
                "user",
                "due_at",
                name="messages_open",
                condition=Q(state__in=OPEN),
            ),
            models.Index(
                "user", "said_at", name="messages_said", condition=Q(said_at__isnull=False)
            ),
            models.Index(
                "user", "message_id", name="messages_by_their_id", condition=~Q(message_id="")
            ),
            models.Index("contact", "id", name="messages_of_a_contact"),
            models.Index("created_at", name="messages_by_age"),
        ]

    @override
    def __str__(self) -> str:
        return f"message {self.pk}, {self.state}"
