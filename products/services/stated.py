"""What a store's price list states: entries made of rows, within what the seller allows now."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from cube_demper.kernel.money import Money
from kaspi.ports import Point
from kaspi.price_list.model import Entry
from products.models import PriceListEntry, Product

_ROWS_AT_ONCE = 500


class Row(NamedTuple):
    """What is read of one product, column by column."""

    sku: str
    model: str
    brand: str
    points: str
    price: Money | None
    city_prices: str
    stated: Money | None
    is_on_sale: bool
    missing_since: datetime | None
    floor: Money | None
    ceiling: Money | None


def stated_entries(
    store_id: int, *, among: "QuerySet[Product] | None" = None
) -> Iterator[list[Entry]]:
    """What the store's list states, by rising sku, some hundred at a time; or a part of it."""
    for some in _rows(store_id, among):
        cities = _stated_cities(store_id, first=some[0].sku, last=some[-1].sku)
        yield [
            entry for row in some if (entry := entry_of(row, cities.get(row.sku, {}))) is not None
        ]


def _rows(store_id: int, among: "QuerySet[Product] | None") -> Iterator[list[Row]]:
    """Read on from sku to sku: no cursor stays open, and the index has them in this order."""
    entries = PriceListEntry.rows.filter(product__store=store_id).order_by("product__sku")
    if among is not None:
        entries = entries.filter(product__in=among.values("pk"))
    columns = entries.filter(product__listing=None).values_list(
        "product__sku",
        "model",
        "brand",
        Cast("points", TextField()),  # as text: a faster reader than the field's takes it
        "price",
        Cast("city_prices", TextField()),
        "stated_price",
        "product__is_on_sale",
        "product__missing_since",
        "product__floor",
        "product__ceiling",
    )
    last = ""
    while some := [Row._make(row) for row in columns.filter(product__sku__gt=last)[:_ROWS_AT_ONCE]]:
        yield some
        last = some[-1].sku


def _stated_cities(store_id: int, *, first: str, last: str) -> Mapping[str, dict[str, Money]]:
    """By sku, the prices that we state for cities with a corridor of their own."""
    cities: dict[str, dict[str, Money]] = defaultdict(dict)
    rows = PriceListEntry.rows.filter(
        product__store=store_id,
        product__listing__isnull=False,
        product__sku__range=(first, last),
        product__is_on_sale=True,
        product__floor__isnull=False,
        stated_price__isnull=False,
    )
    for sku, city_id, stated, floor, ceiling in rows.values_list(
        *("product__sku", "product__city_id", "stated_price"),
        *("product__floor", "product__ceiling"),
    ):
        cities[sku][city_id] = _within(stated, floor, ceiling)
    return cities


def entry_of(row: Row, cities: Mapping[str, Money]) -> Entry | None:
    """Make an entry of a row; ``None`` where there is no price or no point to state.

    ``cities`` are the prices of those that have a corridor of their own.
    """
    points, city_prices = orjson.loads(row.points), orjson.loads(row.city_prices)
    if not points or (row.price is None and not city_prices):
        return None
    stated = row.stated
    if stated is not None:
        stated = _within(stated, row.floor, row.ceiling)
    is_sold = row.is_on_sale and row.missing_since is None
    return Entry(
        sku=row.sku,
        model=row.model,
        brand=row.brand,
        points=tuple([_point(point, is_sold=is_sold) for point in points]),
        price=stated or row.price,
        city_prices={
            city_id: cities.get(city_id, stated or Money.tenge(tenge))
            for city_id, tenge in city_prices.items()
        },
    )


def _within(stated: Money, floor: Money | None, ceiling: Money | None) -> Money:
    """The last gate, whatever was decided: a seller may have narrowed the corridor since."""
    if floor is None or ceiling is None:
        return stated
    return min(max(stated, floor), ceiling)


def _point(point: dict[str, Any], *, is_sold: bool) -> Point:
    return Point(
        point_id=point["id"],
        is_available=is_sold and point["yes"],
        stock_count=point.get("stock"),
        preorder_days=point.get("preorder"),
    )
