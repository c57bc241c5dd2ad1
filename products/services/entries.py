"""What a price list says of products, taken from files and from the cabinet's catalogue."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from cube_demper.kernel.money import TIYN_PER_TENGE, Money
from kaspi.models import Store
from kaspi.ports import Listing, Point
from kaspi.price_list.model import Entry
from kaspi.price_list.understand import master_sku_of
from products.models import PriceListEntry, Product
from products.pricing.sheets import Sheet
from products.services.cards import markets_of
from products.services.cities import follow_listings
from products.services.newcomers import first_corridor, sheet_for_new


def write_entries(
    *, store: Store, entries: Sequence[Entry], is_archive: bool, now: datetime
) -> list[int]:
    """Write entries of a file as products, each sku once; return the markets that they are in.

    What a product has stays: its corridor, its card, and the price that was seen since.
    """
    by_sku = {entry.sku: entry for entry in entries}
    titles = {card: entry.model for sku, entry in by_sku.items() if (card := master_sku_of(sku))}
    with transaction.atomic():
        guessed = markets_of(titles, city_id=store.city_id, now=now)
        known = {
            product.sku: product
            for product in Product.rows.select_for_update()
            .filter(store=store, sku__in=by_sku, listing=None)
            .order_by("pk")
        }
        sheet = sheet_for_new(store)
        products = [
            _product(
                store,
                entry,
                known.get(entry.sku),
                guessed,
                sheet=sheet,
                is_archive=is_archive,
                now=now,
            )
            for entry in by_sku.values()
        ]
        Product.rows.bulk_create(
            products,
            update_conflicts=True,
            unique_fields=("store", "sku", "city_id"),
            update_fields=("market", "title", "price", "is_on_sale", "listed_at", "missing_since"),
        )
        _write(
            PriceListEntry(product=product, **_statement(by_sku[product.sku]))
            for product in products
        )
        left = follow_listings(store=store, skus=by_sku, now=now)
    placed = {product.market_id for product in products if product.market_id is not None}
    return sorted(placed | left)


def _product(
    store: Store,
    entry: Entry,
    known: Product | None,
    guessed: Mapping[str, int],
    *,
    sheet: Sheet,
    is_archive: bool,
    now: datetime,
) -> Product:
    price = entry.city_prices.get(store.city_id, entry.price)
    return Product(
        store=store,
        **first_corridor(sheet, price=price),  # of one that is there already, what it has stays
        market_id=known.market_id if known and known.market_id else _guess(entry.sku, guessed),
        sku=entry.sku,
        title=entry.model[:500],
        price=known.price if known and known.price else price,
        is_on_sale=not is_archive and any(point.is_available for point in entry.points),
        listed_at=now,
    )


def _guess(sku: str, markets: Mapping[str, int]) -> int | None:
    return markets.get(master_sku_of(sku))


def _statement(entry: Entry) -> dict[str, Any]:
    return {
        "model": entry.model[:500],
        "brand": entry.brand[:200],
        "points": points_column(entry.points),
        "price": entry.price,
        "city_prices": _tenge(entry.city_prices),
    }


def state_listings(*, store: Store, listings: Sequence[Listing]) -> None:
    """Write what the cabinet's catalogue says of products that are there, for the price list."""
    by_sku = {listing.sku: listing for listing in listings}
    with transaction.atomic():
        products = Product.rows.filter(store=store, sku__in=by_sku, listing=None).order_by("pk")
        _write(
            PriceListEntry(
                product_id=pk,
                model=(by_sku[sku].title or sku)[:500],
                brand=by_sku[sku].brand[:200],
                points=points_column(by_sku[sku].points),
                price=_whole(by_sku[sku].price),
                city_prices=_tenge(by_sku[sku].city_prices),
            )
            for pk, sku in products.values_list("pk", "sku")
        )


def _write(entries: Iterable[PriceListEntry]) -> None:
    """Write entries; the price that we stated ourselves stays."""
    PriceListEntry.rows.bulk_create(
        list(entries),
        update_conflicts=True,
        unique_fields=("product",),
        update_fields=("model", "brand", "points", "price", "city_prices"),
    )


def _whole(price: Money) -> Money | None:
    """A price that a list can state: whole tenge, and more than nothing."""
    return Money.tenge(price.tiyn // TIYN_PER_TENGE) if price >= Money.tenge(1) else None


def _tenge(prices: Mapping[str, Money]) -> dict[str, int]:
    stated = {city_id: _whole(price) for city_id, price in prices.items()}
    return {city_id: price.whole_tenge for city_id, price in stated.items() if price}


def points_column(points: Iterable[Point]) -> list[dict[str, Any]]:
    """Points as columns hold them: named the short way, silent where there is nothing to say."""
    return [
        {"id": point.point_id.rpartition("_")[2], "yes": point.is_available}
        | ({} if point.stock_count is None else {"stock": point.stock_count})
        | ({"preorder": point.preorder_days} if point.preorder_days else {})
        for point in points
    ]
