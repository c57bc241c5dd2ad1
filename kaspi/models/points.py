"""Where stores keep their goods, and the cities that Kaspi sells in."""

from django.db import models
from typing_extensions import override

from cube_demper.kernel.tenancy import TenantManager
from kaspi.models.stores import Store


class City(models.Model):
    """A place with a price of its own. It belongs to nobody."""

    city_id = models.CharField(max_length=16, primary_key=True)  # KATO code
    name = models.CharField(max_length=200)
    # When the list of all cities was last seen to hold it; empty if only some point named it.
    listed_at = models.DateTimeField(null=True, blank=True)

    objects = models.Manager["City"]()

    class Meta:
        verbose_name_plural = "cities"

    @override
    def __str__(self) -> str:
        return f"{self.name} ({self.city_id})"


class Point(models.Model):
    """A store's point of sale. Several may lie in one city."""

    store = models.ForeignKey(Store, models.CASCADE, related_name="points")
    point_id = models.CharField(max_length=64)  # Kaspi's: {merchant id}_PP1
    name = models.CharField(max_length=200, blank=True, default="")
    city = models.ForeignKey(City, models.PROTECT, null=True, blank=True, related_name="points")
    address = models.CharField(max_length=500, blank=True, default="")
    is_enabled = models.BooleanField(default=True)  # False also when Kaspi names it no more

    objects = TenantManager["Point"](path="store__user", hidden="store__removed_at")
    rows = models.Manager["Point"]()

    class Meta:
        default_manager_name = "rows"
        constraints = [
            models.UniqueConstraint("store", "point_id", name="one_point_per_id"),
        ]

    @override
    def __str__(self) -> str:
        return self.point_id
