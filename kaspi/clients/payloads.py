"""Kaspi's JSON into our messages: pure, strict about what we need, blind to the rest."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from cube_demper.kernel.money import Money
from kaspi.clients.fields import Fields
from kaspi.errors import PayloadUnreadable
from kaspi.ports import Listing, Merchant, Offer, OffersPage, Point, Unreadable

T = TypeVar("T")
_LONGEST_SKU = 128
_LONGEST_MASTER_SKU = 64
_LIST_NAMES = ("data", "content", "items", "offers")  # one is documented, all have been seen


@dataclass(frozen=True, slots=True)
class RawPage:
    """One page of the catalogue. ``row_count`` counts rows as they came, readable or not."""

    listings: tuple[Listing, ...]
    row_count: int
    total: int
    unreadable: tuple[Unreadable, ...] = ()


def merchants(raw: Any) -> tuple[Merchant, ...]:
    """Read ``/s/m``: which shops a session opens. None at all is an answer too."""
    answer = Fields(raw, "")
    if answer.raw("merchants") is None:
        raise PayloadUnreadable("merchants", "should be a list")
    rows = [Fields(row, where) for where, row in answer.rows("merchants")]
    found = {
        uid: Merchant(uid, row.text_or("", "name", "merchantName") or "")
        for row in rows
        for uid in [row.text("uid")]
    }
    return tuple(found.values())


def offers(raw: Any) -> OffersPage:
    """Read one page of a card's offers.

    One unreadable offer spoils the page: a rival that we can't see would let our price rise.
    """
    answer = Fields(raw, "")
    if answer.raw("offers") is None:
        raise PayloadUnreadable("offers", "should be a list")
    found = tuple(_offer(Fields(row, where)) for where, row in answer.rows("offers"))
    # Nobody has said how the two differ: there are as many offers as the larger one says.
    counts = (_if_clear(answer.count_or_none, name) for name in ("total", "offersCount"))
    return OffersPage(
        found,
        total=max((count for count in counts if count is not None), default=0) or len(found),
        durations=_durations(answer),
        badges=_badges(answer),
    )


def _offer(row: Fields) -> Offer:
    return Offer(
        merchant_id=row.text("merchantId"),
        merchant_name=row.text_or("", "merchantName") or "",
        price=row.price("price"),
        rating=_rating(row.raw("merchantRating")),
        reviews=_if_clear(row.count_or_none, "merchantReviewsQuantity") or 0,
        preorder_days=row.count_or_none("preorder", "preOrder") or 0,
        is_kaspi_delivery=_if_clear(row.flag_or_none, "kaspiDelivery") or False,
        delivery_duration=row.text_or(None, "deliveryDuration"),
        delivery_type=row.text_or(None, "deliveryType"),
        delivered_at=row.iso_or_none("delivery"),
        picked_up_at=row.iso_or_none("pickup", "kdPickupDate"),
        is_in_city=_is_in_city(row.raw("locatedInCity")),
        purchases=_if_clear(row.count_or_none, "purchaseCount") or 0,
        merchant_sku=row.text_or("", "merchantSku") or "",
    )


def _if_clear(read: Callable[[str], T | None], name: str) -> T | None:
    """What is good to know, and spoils nothing where Kaspi says it oddly."""
    try:
        return read(name)
    except PayloadUnreadable:
        return None


def _rating(value: Any) -> float | None:
    try:
        stars = float(value) if isinstance(value, str | int | float) else -1.0
    except ValueError:
        return None
    is_odd = isinstance(value, bool) or not 0 <= stars <= 5  # noqa: PLR2004 -- stars
    return None if is_odd else stars


def _is_in_city(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _durations(answer: Fields) -> dict[str, int]:
    """How many offers come how soon, as far as that can be read: it decides nothing."""
    facets = answer.raw("deliveryDurationFacetValues")
    if not isinstance(facets, Mapping):
        return {}
    return {name: count for name, count in facets.items() if type(count) is int and count >= 0}


def _badges(answer: Fields) -> tuple[str, ...]:
    """The card's badges by their codes. Their shape is not known: odd ones are left out."""
    badges = answer.raw("badges")
    found = [_badge(badge) for badge in badges] if isinstance(badges, list) else []
    return tuple(dict.fromkeys(badge for badge in found if badge))


def _badge(badge: Any) -> str:
    if isinstance(badge, Mapping):
        badge = Fields(badge, "badges").text_or("", "code", "type", "name")
    return badge if isinstance(badge, str) else ""


def listings(raw: Any) -> RawPage:
    """Read one page of the catalogue.

    A row that can't be read is reported and does not spoil its page: old shops hold odd rows.
    """
    rows, total = _rows(raw)
    found: list[Listing] = []
    unreadable: list[Unreadable] = []
    for index, row in enumerate(rows):
        try:
            found.append(listing(row, where=f"data[{index}]"))
        except PayloadUnreadable as error:
            unreadable.append(Unreadable(_sku_of(row), error.detail))
    return RawPage(tuple(found), len(rows), total, tuple(unreadable))


def _sku_of(row: Any) -> str:
    """The sku of a row that can't be read, as far as it has one."""
    sku = Fields(row, "").text_or("", "sku") if isinstance(row, Mapping) else ""
    return (sku or "")[:_LONGEST_SKU]


def _rows(raw: Any) -> tuple[list[Any], int]:
    answer = Fields(raw, "")
    inner = answer.raw(*_LIST_NAMES)
    if isinstance(inner, Mapping):
        inner = Fields(inner, "data").raw(*_LIST_NAMES)
    if not isinstance(inner, list):
        raise PayloadUnreadable("data", "should be a list")
    return inner, answer.count_or_none("total") or len(inner)


def listing(raw: Any, *, where: str = "listing") -> Listing:
    """Read one row of the catalogue."""
    row = Fields(raw, where)
    city_prices = _city_prices(row)
    points = _points(row)
    is_available = row.flag_or_none("available", "active")
    title = row.text_or("", "title", "model", "masterTitle") or ""
    return Listing(
        sku=_key(row, "sku", _LONGEST_SKU),
        master_sku=_key(row, "masterSku", _LONGEST_MASTER_SKU),
        title=title,
        card_title=row.text_or(title, "masterTitle") or "",
        brand=row.text_or("", "brandName", "brand") or "",
        category=row.text_or("", "masterCategory", "categoryCode") or "",
        category_codes=_category_codes(row),
        price=_price(row, city_prices),
        city_prices=city_prices,
        points=points,
        is_on_sale=any(p.is_available for p in points) if is_available is None else is_available,
        is_settled=_is_settled(row),
        shop_link=row.text_or("", "shopLink") or "",
        applied_before=row.iso_or_none("appliedBeforeDateTime"),
        is_archived=row.raw("archivedAt") is not None,
    )


def _key(row: Fields, name: str, longest: int) -> str:
    """A key that is kept and sent back as it is, so that it can be neither cut nor cleaned."""
    value = row.text(name)
    if len(value) > longest or "\0" in str(row.raw(name)):
        raise PayloadUnreadable(row.place(name), f"is no sku: {value!r:.40}")
    return value


def _price(row: Fields, city_prices: Mapping[str, Money]) -> Money:
    """The common price; 0 or null when only cities have prices, then the lowest of those."""
    price = row.price_or_none("price") or row.price_or_none("minPrice")
    price = price or min(city_prices.values(), default=None)
    if price is None:
        raise PayloadUnreadable(row.place("price"), "there is no price at all")
    return price


def _city_prices(row: Fields) -> dict[str, Money]:
    cities = [Fields(raw, where) for where, raw in row.rows("cityPrices")]
    return {
        city.text("cityId"): price
        for city in cities
        for price in [city.price_or_none("value")]
        if price is not None
    }


def _category_codes(row: Fields) -> tuple[str, ...]:
    codes = row.raw("categoryPathCodes")
    return tuple(c for c in codes if isinstance(c, str)) if isinstance(codes, list) else ()


def _is_settled(row: Fields) -> bool:
    is_processed = row.flag_or_none("processed")  # an odd word is no answer: better none at all
    return row.raw("operationType") != "IN_PROGRESS" and is_processed is not False


def _points(row: Fields) -> tuple[Point, ...]:
    stock_levels = _stock_levels(row)
    rows = [Fields(raw, where) for where, raw in row.rows("availabilities")]
    return tuple(_point(point, stock_levels) for point in rows)


def _point(point: Fields, stock_levels: Mapping[str, Fields]) -> Point:
    point_id = point.text("storeId")
    count = None
    if point.flag_or_none("stockSpecified"):
        count = point.count_or_none("stockCount")
        if count is None and point_id in stock_levels:
            count = stock_levels[point_id].count_or_none("value")
    return Point(
        point_id=point_id,
        is_available=point.flag_or_none("available") or False,
        stock_count=count,
        is_stock_enabled=point.flag_or_none("stockEnabled"),
        preorder_days=point.count_or_none("preOrder", "preorder"),
    )


def _stock_levels(row: Fields) -> dict[str, Fields]:
    """What is left at each point, told apart from the availabilities: storeId → ``{value}``."""
    levels: dict[str, Fields] = {}
    for where, raw in row.rows("stocks"):
        by_point = Fields(raw, where).raw("stockLevel")
        if isinstance(by_point, Mapping):
            levels |= {
                point_id: Fields(level, f"{where}.stockLevel.{point_id}")
                for point_id, level in by_point.items()
            }
    return levels


def job_id(raw: Any) -> str:
    """Read the answer to a push."""
    return Fields(raw, "").text("id")
