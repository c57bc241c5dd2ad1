"""What every push has in common: its life, and what is known of it until it ends."""

from typing import Any

from django.db import models


class ChangeState(models.TextChoices):
    """The life of a change. What each state asks for next stands in ``services/changes.py``."""

    PROPOSED = "PROPOSED", "Decided, and waits for a yes"
    PENDING = "PENDING", "Decided, not yet sent"
    SENDING = "SENDING", "Being sent: the answer is not known"
    SENT = "SENT", "Accepted by Kaspi, not yet shown"
    PUBLISHED = "PUBLISHED", "Stands in the price list, not yet shown"
    APPLIED = "APPLIED", "Shown by Kaspi"
    REFUSED = "REFUSED", "Refused by Kaspi"
    LOST = "LOST", "Accepted or cut off, and never shown"
    OVERDUE = "OVERDUE", "Accepted or stated, and not shown long after it should have been"
    SUPERSEDED = "SUPERSEDED", "Overtaken by a later decision before it was sent"


OPEN_CHANGE_STATES = (
    ChangeState.PROPOSED,
    ChangeState.PENDING,
    ChangeState.SENDING,
    ChangeState.SENT,
    ChangeState.PUBLISHED,
)
# On its way to Kaspi, or there and not yet shown: nothing else is stated of the listing meanwhile.
UNDER_WAY = (ChangeState.SENDING, ChangeState.SENT)


class Pushed(models.Model):
    """A statement about one listing on its way to Kaspi.

    ``store`` is its product's, kept here because what is pushed waits, is counted and goes by
    store.
    """

    store = models.ForeignKey("kaspi.Store", models.CASCADE, related_name="+", db_index=False)
    product = models.ForeignKey("products.Product", models.CASCADE, related_name="%(class)ss")
    state = models.CharField(max_length=16, choices=ChangeState, default=ChangeState.PENDING)
    listing = models.JSONField(null=True, blank=True)  # as it was read before it was sent
    losses = models.CharField(max_length=64, blank=True, default="")  # what it then lacked
    mended_at = models.DateTimeField(null=True, blank=True)  # when that was stated again, once
    job_id = models.CharField(max_length=64, blank=True, default="")  # Kaspi's
    failure = models.CharField(max_length=64, blank=True, default="")
    decided_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    promised_by = models.DateTimeField(null=True, blank=True)  # Kaspi will be done by then
    next_step_at = models.DateTimeField()  # when somebody should take it up
    checks = models.PositiveIntegerField(default=0)  # readings since it was sent
    lease = models.CharField(max_length=32, blank=True, default="")
    leased_until = models.DateTimeField(null=True, blank=True)

    rows: models.Manager[Any]

    class Meta:
        abstract = True
