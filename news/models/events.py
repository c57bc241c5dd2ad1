"""What happened to a seller's things, in the order in which it became true."""

from django.db import models
from django.db.models import Func
from django.db.models.functions import Cast
from typing_extensions import override

from cube_demper.kernel.tenancy import TenantManager
from news.places import Place


class EventKind(models.TextChoices):
    PRICE_APPLIED = "PRICE_APPLIED", "Kaspi shows a new price of a product"
    FLOOR_REACHED = "FLOOR_REACHED", "A product's price came down to its floor"
    WAR_BEGUN = "WAR_BEGUN", "A price war began over a product"
    WAR_ENDED = "WAR_ENDED", "A price war ended"
    PROPOSAL_WAITING = "PROPOSAL_WAITING", "A price waits for a yes"
    STORE_STOPPED = "STORE_STOPPED", "A store stands still"
    STORE_GOES_ON = "STORE_GOES_ON", "What stopped a store for a while is over"
    PUSHES_STOPPED = "PUSHES_STOPPED", "An operator, or too many jumps, stopped all price changes"
    PUSHES_GO_ON = "PUSHES_GO_ON", "Price changes go on everywhere"
    SESSION_LOST = "SESSION_LOST", "Stores need a login"
    SESSION_BACK = "SESSION_BACK", "A login brought stores back"
    JOB_PROGRESS = "JOB_PROGRESS", "A job is further than before"
    JOB_ENDED = "JOB_ENDED", "A job has ended, well or not"
    PREORDER_ACTIVE = "PREORDER_ACTIVE", "Kaspi shows a preorder"
    PREORDER_FAILED = "PREORDER_FAILED", "A preorder could not be begun"
    PREORDER_ENDED = "PREORDER_ENDED", "A preorder is over"
    SUBSCRIPTION_CHANGED = "SUBSCRIPTION_CHANGED", "A subscription is in another state"
    PAYMENT_DUE = "PAYMENT_DUE", "A payment is to come, or is owed"
    PAYMENT_DECLINED = "PAYMENT_DECLINED", "A bank declined a payment"
    WEBHOOK_STOPPED = "WEBHOOK_STOPPED", "A webhook's receiver did not answer for a day"
    WEBHOOK_TEST = "WEBHOOK_TEST", "A seller tries whether a webhook works"


# About the webhooks themselves: no other webhook is sent them, and none can ask for them.
ABOUT_WEBHOOKS = frozenset({EventKind.WEBHOOK_STOPPED, EventKind.WEBHOOK_TEST})


def _as_number(name: str) -> Cast:
    """What PostgreSQL says of transactions, as a number that has a column type here."""
    return Cast(Cast(Func(function=name), models.TextField()), models.BigIntegerField())


class Event(models.Model):
    """One piece of news for one seller. Written once, in the transaction it tells of.

    Ids are dealt out when rows are written and rows are seen when they are committed, so a
    transaction that takes long would put its rows behind a reader's back. Therefore the order is
    that of ``xact``, the number of the writing transaction, and then of ``id``; and nothing is
    shown before every transaction with a lower number has ended (docs/adr/0038).
    """

    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="events", db_index=False)
    xact = models.BigIntegerField(db_default=_as_number("pg_current_xact_id"), editable=False)
    kind = models.CharField(max_length=32, choices=EventKind)
    payload = models.JSONField()  # no secrets: it is sent away
    told_at = models.DateTimeField()

    objects = TenantManager["Event"](path="user")
    rows = models.Manager["Event"]()

    class Meta:
        default_manager_name = "rows"
        indexes = [
            models.Index(fields=["user", "xact", "id"], name="events_of_a_seller"),
            models.Index(fields=["told_at"], name="events_by_age"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=EventKind.values), name="event_kind_is_known"
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"event {self.pk} {self.kind} for user {self.user_id}"

    @property
    def place(self) -> Place:
        """Where it stands: whoever saw it goes on behind it."""
        return Place(self.xact, self.pk)
