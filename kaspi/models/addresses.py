"""The ways out to Kaspi that an operator lists."""

from django.core.validators import MinValueValidator
from django.db import models
from typing_extensions import override

from cube_demper.kernel.sealing import SealedField


class EgressAddress(models.Model):
    """A proxy that Kaspi sees as a caller of its own. While one is in use, nothing goes directly.

    It belongs to the house, not to a seller.
    """

    name = models.SlugField(max_length=40, unique=True)
    proxy_url = SealedField()  # holds a password
    is_enabled = models.BooleanField(default=True)
    offers_rps = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0.01)])
    walls = models.PositiveIntegerField(default=0)
    walls_in_a_row = models.PositiveIntegerField(default=0)  # each doubles the rest that follows
    walled_at = models.DateTimeField(null=True, blank=True)
    quarantined_until = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "egress addresses"

    @override
    def __str__(self) -> str:
        return self.name
