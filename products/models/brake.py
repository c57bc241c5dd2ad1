"""The stop of everything: pulled by a person or by the service itself, released by a person."""

from django.db import models
from django.db.models import Q
from typing_extensions import override


class Brake(models.Model):
    """One pull of the brake; nothing is pushed for anybody until it is released."""

    reason = models.CharField(max_length=300)
    pulled_at = models.DateTimeField()
    pulled_by = models.CharField(max_length=254, blank=True, default="")  # empty: by the service
    released_at = models.DateTimeField(null=True, blank=True)
    released_by = models.CharField(max_length=254, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                models.Value(1), name="one_brake_at_a_time", condition=Q(released_at__isnull=True)
            )
        ]

    @override
    def __str__(self) -> str:
        return f"brake pulled at {self.pulled_at:%Y-%m-%d %H:%M}: {self.reason}"
