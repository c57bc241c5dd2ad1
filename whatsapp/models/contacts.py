"""People whom a seller writes to, or who wrote."""

from django.db import models
from django.db.models import Q
from typing_extensions import override

from cube_demper.kernel.tenancy import TenantManager


class Contact(models.Model):
    """One person at WhatsApp, known by number, by linked id, or by both.

    ``chat_id`` is where WAHA writes to them; empty until somebody asked. ``wrote_at`` is when they
    wrote last, ``written_at`` when the seller did. Who has opted out gets nothing but answers to
    what they wrote after that.
    """

    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="contacts")
    phone = models.CharField(max_length=16, blank=True, default="")
    lid = models.CharField(max_length=64, blank=True, default="")
    chat_id = models.CharField(max_length=80, blank=True, default="")
    name = models.CharField(max_length=100, blank=True, default="")
    wrote_at = models.DateTimeField(null=True, blank=True)
    written_at = models.DateTimeField(null=True, blank=True)
    opted_out_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    objects = TenantManager["Contact"](path="user")
    rows = models.Manager["Contact"]()

    class Meta:
        default_manager_name = "rows"
        constraints = [
            models.UniqueConstraint(
                "user", "phone", name="one_contact_a_phone", condition=~Q(phone="")
            ),
            models.UniqueConstraint("user", "lid", name="one_contact_a_lid", condition=~Q(lid="")),
        ]

    @override
    def __str__(self) -> str:
        return f"contact {self.pk}"

    @property
    def may_be_written(self) -> bool:
        """Have they not opted out, or written since?"""
        if self.opted_out_at is None:
            return True
        return self.wrote_at is not None and self.wrote_at > self.opted_out_at
