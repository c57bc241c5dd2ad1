"""A store's points and Kaspi's cities, kept as the cabinet's settings state them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Min, QuerySet

from kaspi.models import City, Point, Store
from kaspi.ports import City as CitySeen
from kaspi.ports import StorePoint

_CITIES_KEPT = timedelta(days=7)  # they hardly ever change


def are_cities_old(*, now: datetime) -> bool:
    """Whether the list of cities wants to be read again."""
    return not City.objects.filter(listed_at__gt=now - _CITIES_KEPT).exists()


def keep_cities(*, cities: Sequence[CitySeen], now: datetime) -> None:
    """Keep the list of all cities. One that it names no more stays: prices may stand there."""
    City.objects.bulk_create(
        [
            City(city_id=city.city_id[:16], name=city.name[:200], listed_at=now)
            for city in sorted(cities, key=lambda city: city.city_id)
        ],
        update_conflicts=True,
        unique_fields=("city_id",),
        update_fields=("name", "listed_at"),
    )


def keep_points(*, store: Store, points: Sequence[StorePoint]) -> None:
    """Keep a store's points; those it has no more are switched off. Its city follows them."""
    named = {point.city.city_id[:16]: point.city.name for point in points if point.city}
    with transaction.atomic():
        City.objects.bulk_create(
            [City(city_id=key, name=(name or key)[:200]) for key, name in sorted(named.items())],
            ignore_conflicts=True,
        )
        kept = [_row(store, point) for point in points]
        Point.rows.bulk_create(
            kept,
            update_conflicts=True,
            unique_fields=("store", "point_id"),
            update_fields=("name", "city", "address", "is_enabled"),
        )
        gone = Point.rows.filter(store=store).exclude(pk__in=[point.pk for point in kept])
        gone.update(is_enabled=False)
        _follow_points(store)


def _row(store: Store, point: StorePoint) -> Point:
    return Point(
        store=store,
        point_id=point.point_id[:64],
        name=point.name[:200],
        city_id=point.city.city_id[:16] if point.city else None,
        address=point.address[:500],
        is_enabled=point.is_enabled,
    )


def _follow_points(store: Store) -> None:
    """Price a store where it sells: in the city with most of its points, unless it is in one."""
    enabled: QuerySet[Point] = Point.rows.filter(store=store, is_enabled=True, city__isnull=False)
    if enabled.filter(city=store.city_id).exists():
        return
    cities = enabled.values_list("city_id").annotate(count=Count("pk"), first=Min("point_id"))
    found = cities.order_by("-count", "first").first()
    if found is not None and found[0] is not None:
        store.city_id = found[0]
        store.save(update_fields=["city_id"])
