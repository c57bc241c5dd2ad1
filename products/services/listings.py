"""Listings of a store's catalogue into cards, markets and products, a page at a time."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from itertools import islice

from django.db import transaction
from django.db.models import QuerySet

from kaspi.models import Channel, Store
from kaspi.ports import Listing
from products.models import Card, Market, Product, shard_of
from products.pricing.sheets import Sheet
from products.services.cities import follow_listings
from products.services.corridors import watch_markets
from products.services.entries import points_column, state_listings
from products.services.newcomers import first_corridor

_WATCHED_AT_ONCE = 500
_FROM_LISTINGS = (
    *("market", "title", "price", "city_prices", "points", "is_on_sale", "is_archived"),
    *("is_settled", "applied_before", "listed_at", "missing_since"),
)


def write_page(
    *,
    store: Store,
    listings: Sequence[Listing],
    now: datetime,
    sheet: Sheet | None = None,
) -> set[int]:
    """Write one page of listings: six statements, whatever its size. Corridors stay.

    What is new begins with the corridor that the ``sheet`` says, if it does. Two more fill the
    price list of a store that has one. Returns the markets that some product has left, because its
    card or its store's city is another one now.
    """
    if not listings:
        return set()
    with transaction.atomic():
        markets = _write_markets(store.city_id, listings, now)
        by_sku = {listing.sku: listing for listing in listings}
        # Existing rows are locked by rising id first, as every other writer does.
        listed = Product.rows.filter(store=store, sku__in=by_sku, listing=None)
        known = listed.select_for_update().order_by("pk")
        placed = dict(known.values_list("sku", "market_id"))
        Product.rows.bulk_create(
            [
                _product(store, listing, markets[listing.master_sku], sheet or {}, now)
                for listing in by_sku.values()
            ],
            update_conflicts=True,
            unique_fields=("store", "sku", "city_id"),
            update_fields=_FROM_LISTINGS,
        )
        left = follow_listings(store=store, skus=by_sku, now=now)
    if store.channel == Channel.PRICE_LIST:
        state_listings(store=store, listings=listings)
    return left | {
        market_id
        for sku, market_id in placed.items()
        if market_id not in {None, markets[by_sku[sku].master_sku]}
    }


def _product(
    store: Store, listing: Listing, market_id: int, sheet: Sheet, now: datetime
) -> Product:
    price = listing.price_in(store.city_id)
    return Product(
        store=store,
        market_id=market_id,
        sku=listing.sku,
        title=listing.title[:500],
        price=price,
        **first_corridor(sheet, price=price),  # of one that is there already, what it has stays
        city_prices={city_id: price.tiyn for city_id, price in listing.city_prices.items()},
        points=points_column(listing.points),
        is_on_sale=listing.is_on_sale,
        is_archived=listing.is_archived,
        is_settled=listing.is_settled,
        applied_before=None if listing.is_settled else listing.applied_before,
        listed_at=now,
    )


def _write_markets(city_id: str, listings: Sequence[Listing], now: datetime) -> dict[str, int]:
    """Make sure of a card and a market for every listing; return master sku → market id."""
    by_sku = {listing.master_sku: listing for listing in listings}
    cards = Card.objects.bulk_create(
        [
            Card(
                master_sku=sku,
                title=(listing.card_title or listing.title)[:500],
                brand=listing.brand[:200],
                category=listing.category[:200],
                link=listing.shop_link[:500],
            )
            for sku, listing in sorted(by_sku.items())
        ],
        update_conflicts=True,
        unique_fields=("master_sku",),
        update_fields=("title", "brand", "category", "link"),
    )
    Market.objects.bulk_create(
        [
            Market(card=card, city_id=city_id, shard=shard_of(card.master_sku), next_look_at=now)
            for card in cards
        ],
        ignore_conflicts=True,
    )
    markets = Market.objects.filter(card__in=[card.pk for card in cards], city_id=city_id)
    return dict(markets.values_list("card__master_sku", "pk"))


def unlisted(store: Store, *, since: datetime, besides: Collection[str], most: int) -> list[str]:
    """The skus, so many at most, that the catalogue has not been seen to hold ``since`` then."""
    gone = _unlisted(store, since, besides).filter(listing=None).order_by("pk")
    return list(gone.values_list("sku", flat=True)[:most])


def mark_missing(store: Store, *, since: datetime, besides: Collection[str], now: datetime) -> int:
    """Mark what has not been seen ``since`` then; return how many that were. Nothing is deleted."""
    return _unlisted(store, since, besides).update(missing_since=now)


def _unlisted(store: Store, since: datetime, besides: Collection[str]) -> "QuerySet[Product]":
    """``besides`` are there, though nobody could read them."""
    gone = Product.rows.filter(store=store, listed_at__lt=since, missing_since=None)
    return gone.exclude(sku__in=besides)


def watch_store(store: Store, *, left: Iterable[int] = (), now: datetime) -> None:
    """Watch the store's markets, and those its products have ``left``, where somebody moves."""
    placed = Product.rows.filter(store=store, market__isnull=False)
    market_ids = iter({*placed.values_list("market_id", flat=True), *left})
    while some := list(islice(market_ids, _WATCHED_AT_ONCE)):
        watch_markets(some, now=now)
