"""Readings of a store's catalogue: from its cabinet, or from a file the seller sent."""

import uuid
from datetime import datetime

from django.db import models
from typing_extensions import override

from cube_demper.kernel.tenancy import TenantManager
from kaspi.models.stores import Store


class JobState(models.TextChoices):
    QUEUED = "QUEUED", "Waiting"
    RUNNING = "RUNNING", "Running"
    DONE = "DONE", "Done"
    FAILED = "FAILED", "Failed"


class JobKind(models.TextChoices):
    SYNC = "SYNC", "From the cabinet"
    IMPORT = "IMPORT", "From a file"


OPEN_JOB_STATES = (JobState.QUEUED, JobState.RUNNING)


class Job(models.Model):
    """One reading of a store's catalogue. ``done`` and ``total`` count listings.

    Of an import, ``left_out`` counts the rows that could not be kept, and ``notes`` says of those
    and of others what was odd about them: line, sku and problem, no more than some hundred.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    store = models.ForeignKey(Store, models.CASCADE, related_name="jobs")
    kind = models.CharField(max_length=16, choices=JobKind, default=JobKind.SYNC)
    state = models.CharField(max_length=16, choices=JobState, default=JobState.QUEUED)
    is_archive = models.BooleanField(default=False)  # an import of what is withdrawn
    is_whole = models.BooleanField(default=False)  # an import: what it does not name is gone
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True, blank=True)
    reason = models.CharField(max_length=64, blank=True, default="")
    detail = models.CharField(max_length=300, blank=True, default="")
    left_out = models.PositiveIntegerField(default=0)
    notes = models.JSONField(default=list, blank=True)
    ordered_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    touched_at = models.DateTimeField()  # the last sign of life
    restarts = models.PositiveSmallIntegerField(default=0)  # after its worker died
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager["Job"](path="store__user", hidden="store__removed_at")
    rows = models.Manager["Job"]()

    class Meta:
        default_manager_name = "rows"
        constraints = [
            models.UniqueConstraint(
                "store",
                name="one_open_job_per_store",
                condition=models.Q(state__in=OPEN_JOB_STATES),
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.kind.lower()} {self.pk} of store {self.store_id}"

    def rate_at(self, now: datetime) -> float | None:
        """Listings a second since it was started; None before."""
        if self.started_at is None:
            return None
        took = (self.finished_at or now) - self.started_at
        return self.done / max(took.total_seconds(), 0.001)

    def eta_at(self, now: datetime) -> float | None:
        """The seconds it still takes at its rate; None when that can't be said, or it has ended."""
        rate = self.rate_at(now)
        if self.finished_at or not rate or self.total is None:
            return None
        return max(self.total - self.done, 0) / rate
