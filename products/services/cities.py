"""Cities of a listing with a corridor of their own: each is a product's row beside the listing's.

Whatever Kaspi takes of a listing, it takes of all its cities at once; so a city's row follows the
listing's in everything but its market, its price and its corridor.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import User
from accounts.services import audit
from billing.services.entitlements import check_feature
from billing.terms import Feature
from cube_demper.kernel.money import Money
from cube_demper.kernel.rows import rewrite
from kaspi.models import City, Store
from products.errors import CityIsHome, CityNotSold, ProductMissing
from products.models import Market, PriceListEntry, Product
from products.pricing.model import Corridor
from products.services.cards import markets_of
from products.services.corridors import check_corridor, said_about, watch_markets
from products.services.rulebook import Rulebook
from products.services.sheets import check_rules, drop_unsent

_FROM_LISTING = (
    *("title", "points", "is_archived", "is_settled", "applied_before", "listed_at"),
    "missing_since",
)
_FOLLOWED = (*_FROM_LISTING, "market", "price", "is_on_sale")


@dataclass(frozen=True, slots=True)
class CityPrice:
    """A listing in one city. ``product`` is the row that decides there; None where none does."""

    city_id: str
    name: str
    price: Money | None
    product: Product | None


def cities_of(*, user: User, product_id: int) -> list[CityPrice]:
    """The cities that a listing is sold in, the store's own first. Raises ProductMissing."""
    listing = _own_listing(user, product_id)
    rows = {row.city_id: row for row in _decided(Product.rows.filter(listing=listing))}
    rows = {listing.store.city_id: listing, **rows}
    prices = _prices(listing)
    prices[listing.store.city_id] = listing.price
    names = dict(City.objects.filter(city_id__in=prices).values_list("city_id", "name"))
    return [
        CityPrice(city_id, names.get(city_id, city_id), prices[city_id], rows.get(city_id))
        for city_id in sorted(
            prices, key=lambda city_id: (city_id != listing.store.city_id, city_id)
        )
    ]


def price_city(
    *, user: User, product_id: int, city_id: str, corridor: Corridor, now: datetime
) -> Product:
    """Give a listing's city a corridor of its own, and look soon; its row is made if need be.

    Raises ProductMissing for a foreign id, CityIsHome for the store's own city, CityNotSold where
    Kaspi shows no price of it, RulesClash and FeatureNotInPlan; then nothing is written.
    """
    with transaction.atomic():
        listing = _own_listing(user, product_id)
        check_feature(user.pk, Feature.CITY_REPRICING, now=now)
        if city_id == listing.store.city_id:
            raise CityIsHome
        if listing.market is None or city_id not in _prices(listing):
            raise CityNotSold
        sku = listing.market.card.master_sku
        market_id = markets_of({sku: listing.title}, city_id=city_id, now=now)[sku]
        # Markets before products, as every writer takes them.
        Market.objects.select_for_update().get(pk=market_id)
        Product.rows.select_for_update().get(pk=listing.pk)  # one writer of a listing's cities
        row = Product.rows.filter(listing=listing, city_id=city_id).first() or Product(
            city_id=city_id,
            sku=listing.sku,
            is_paused=listing.is_paused,
            paused_until=listing.paused_until,
            is_priority=listing.is_priority,
            rests_by_plan=listing.rests_by_plan,
        )
        row.store, row.listing, row.market_id = listing.store, listing, market_id
        _follow(row)
        before = said_about(row)
        row.floor, row.ceiling, row.step = corridor.floor, corridor.ceiling, corridor.step
        row.edited_at, row.anchor, row.outside_at = now, None, None
        check_corridor(row)
        check_rules([row], book=Rulebook.of([user.pk], now=now))
        row.save()
        _record(user, "product.city-priced", row, before=before, now=now)
        PriceListEntry.rows.get_or_create(product=row, defaults={"model": row.title})
        watch_markets([market_id], now=now)
        Market.objects.filter(pk=market_id).update(next_look_at=now)
    return row


def release_city(*, user: User, product_id: int, city_id: str, now: datetime) -> None:
    """Let a city follow its listing again, from the listing's next change on.

    What was decided there is kept. Raises ProductMissing, also where the city follows already.
    """
    with transaction.atomic():
        rows = Product.objects.for_user(user).filter(listing=product_id, city_id=city_id)
        list(Market.objects.select_for_update().filter(pk__in=rows.values("market")))
        row: Product | None = _decided(rows).select_for_update(of=("self",)).first()
        if row is None:
            raise ProductMissing("This city has no corridor of its own.")
        before = said_about(row)
        row.floor = row.ceiling = row.step = None
        row.edited_at = now
        row.save(update_fields=["floor", "ceiling", "step", "edited_at"])
        _record(user, "product.city-released", row, before=before, now=now)
        drop_unsent([row.pk], now=now)
        PriceListEntry.rows.filter(product=row).update(stated_price=None)
        if row.market_id is not None:
            watch_markets([row.market_id], now=now)


def _record(
    user: User, action: str, row: Product, *, before: Mapping[str, Any], now: datetime
) -> None:
    changes = {"city_id": (None, row.city_id), **audit.differences(before, said_about(row))}
    audit.record(
        seller=user,
        action=action,
        subject="product",
        subject_id=row.listing_id,
        changes=changes,
        now=now,
    )


def cities_apart(product_ids: Iterable[int]) -> Mapping[int, frozenset[str]]:
    """For each listing, the cities where its own price does not hold."""
    apart: dict[int, frozenset[str]] = defaultdict(frozenset)
    rows = _decided(Product.rows.filter(listing__in=list(product_ids), is_on_sale=True))
    for listing_id, city_id in rows.values_list("listing__pk", "city_id"):
        apart[listing_id] |= {city_id}
    return apart


def follow_listings(*, store: Store, skus: Collection[str], now: datetime) -> set[int]:
    """Bring the cities of these listings up to date with them, inside the caller's transaction.

    Returns the markets that they are in now, and those that they left.
    """
    rows = list(
        Product.rows.filter(store=store, listing__isnull=False, sku__in=skus)
        .select_related("listing__market__card", "listing__entry", "market")
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    touched = {row.market_id for row in rows}
    for row in rows:
        row.store = store
        _follow(row)
        _follow_card(row, now)
    rewrite(Product.rows, rows, _FOLLOWED)
    touched |= {row.market_id for row in rows}
    return {market_id for market_id in touched if market_id is not None}


def _follow(row: Product) -> None:
    listing = row.listing
    if listing is None:
        raise ValueError(f"{row} is a listing itself")
    for name in _FROM_LISTING:
        setattr(row, name, getattr(listing, name))
    prices = _prices(listing)
    row.price = prices.get(row.city_id, row.price)
    is_sold_there = row.city_id in prices and row.city_id != row.store.city_id
    row.is_on_sale = listing.is_on_sale and is_sold_there


def _follow_card(row: Product, now: datetime) -> None:
    home = row.listing.market if row.listing else None
    if home is None or (row.market is not None and row.market.card_id == home.card_id):
        return
    sku = home.card.master_sku
    row.market_id = markets_of({sku: row.title}, city_id=row.city_id, now=now)[sku]


def _prices(listing: Product) -> dict[str, Money | None]:
    """What is known of a listing's prices by city, from the cabinet or else from a file."""
    if listing.city_prices:
        return {city_id: Money(tiyn) for city_id, tiyn in listing.city_prices.items()}
    entry: PriceListEntry | None = getattr(listing, "entry", None)
    stated = entry.city_prices if entry else {}
    return {city_id: Money.tenge(tenge) for city_id, tenge in stated.items()}


def _decided(rows: "QuerySet[Product]") -> "QuerySet[Product]":
    return rows.exclude(Q(floor=None) | Q(listing=None))


def _own_listing(user: User, product_id: int) -> Product:
    own = Product.objects.for_user(user).filter(pk=product_id, listing=None)
    listing: Product | None = own.select_related("store", "market__card", "entry").first()
    if listing is None:
        raise ProductMissing
    return listing
