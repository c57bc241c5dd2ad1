"""Price lists: the document in which a store states its prices for Kaspi to fetch."""

from django.db import models
from typing_extensions import override

from cube_demper.kernel.sealing import SealedField
from cube_demper.kernel.tenancy import TenantManager
from kaspi.models.jobs import Job
from kaspi.models.stores import Store


class PriceList(models.Model):
    """A store's price list: its secret address, and who fetched it last.

    The address is found by ``secret_hash``; ``secret`` is there to be shown to the seller again.
    """

    store = models.OneToOneField(Store, models.CASCADE, related_name="price_list")
    company = models.CharField(max_length=200)  # as Kaspi knows the seller
    secret = SealedField()
    secret_hash = models.CharField(max_length=64, unique=True)
    rotated_at = models.DateTimeField()
    stated_at = models.DateTimeField(null=True, blank=True)  # a catalogue stands in it since then
    digest = models.CharField(max_length=64, blank=True, default="")  # of what was served last
    changed_at = models.DateTimeField(null=True, blank=True)  # when that was first served
    fetched_at = models.DateTimeField(null=True, blank=True)
    fetched_by = models.CharField(max_length=200, blank=True, default="")  # as it calls itself

    objects = TenantManager["PriceList"](path="store__user", hidden="store__removed_at")
    rows = models.Manager["PriceList"]()

    class Meta:
        default_manager_name = "rows"

    @override
    def __str__(self) -> str:
        return f"price list of store {self.store_id}"


class ImportPart(models.Model):
    """A piece of a file that a seller sent, compressed, until the import has read it."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    body = models.BinaryField()

    objects = TenantManager["ImportPart"](path="job__store__user", hidden="job__store__removed_at")
    rows = models.Manager["ImportPart"]()

    class Meta:
        default_manager_name = "rows"
        constraints = [
            models.UniqueConstraint("job", "number", name="one_part_of_a_number"),
        ]

    @override
    def __str__(self) -> str:
        return f"part {self.number} of import {self.job_id}"
