"""What an operator decided about the house as a whole."""

from django.conf import settings
from django.db import models
from typing_extensions import override

_MICROSECONDS = 1_000_000


class OperatorRate(models.Model):
    """A bucket's rate that an operator set. Redis has a copy, by which the limiter goes."""

    key = models.CharField(max_length=200, unique=True)
    interval_us = models.PositiveBigIntegerField(help_text="microseconds between turns")
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    set_at = models.DateTimeField()

    class Meta:
        ordering = ["key"]

    @override
    def __str__(self) -> str:
        return f"{self.key}: {self.rps:g} a second"

    @property
    def rps(self) -> float:
        """Turns a second."""
        return round(_MICROSECONDS / self.interval_us, 2)

    @property
    def who(self) -> str:
        """Whoever set it, in words."""
        return self.set_by.email if self.set_by else "the command line"
