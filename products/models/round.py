"""What was done, counted."""

from django.db import models
from typing_extensions import override


class Round(models.Model):
    """One batch of looks, as it went: what the life line and the operator count."""

    shard = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    looks = models.PositiveIntegerField()
    failures = models.PositiveIntegerField()
    decisions = models.PositiveIntegerField()
    changes = models.PositiveIntegerField()

    class Meta:
        indexes = [models.Index("finished_at", name="round_finished")]

    @override
    def __str__(self) -> str:
        return f"round {self.pk} on shard {self.shard}"
