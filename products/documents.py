"""Products as the API lists them: fields, states and sorts, each with its column or expression."""

from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import BigIntegerField, Case, Expression, F, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Coalesce, Lower

from cube_demper.kernel.documents import Document, Moment
from cube_demper.kernel.keyset import Sort, number, text
from kaspi.models import Channel, SessionState
from products.models import Product


class ProductState(StrEnum):
    """Why a product is repriced or not: the first of these that is so."""

    GONE = "gone"  # not in the store's catalogue any more
    WITHDRAWN = "withdrawn"  # not on sale
    UNPLACED = "unplaced"  # nobody said on which card it is sold
    UNSET = "unset"  # no corridor
    PAUSED = "paused"  # by its seller, it or its store
    RESTING = "resting"  # the plan has no place for it
    STOPPED = "stopped"  # its store can't be reached
    ACTIVE = "active"


def is_in_state(now: datetime) -> Mapping[ProductState, Q]:
    """When a product is in each state, if none before is so."""
    session_holds = Q(store__channel=Channel.PRICE_LIST) | Q(
        store__session__state=SessionState.LIVE
    )
    return {
        ProductState.GONE: Q(missing_since__isnull=False),
        ProductState.WITHDRAWN: Q(is_on_sale=False),
        ProductState.UNPLACED: Q(market__isnull=True),
        ProductState.UNSET: Q(floor__isnull=True),
        ProductState.PAUSED: Q(is_paused=True) | Q(paused_until__gt=now) | Q(store__is_paused=True),
        ProductState.RESTING: Q(rests_by_plan=True),
        ProductState.STOPPED: ~session_holds | Q(store__released_at__isnull=False),
    }


def state(now: datetime) -> Case:
    """The state of a product, as an expression."""
    cases = (When(condition, Value(name.value)) for name, condition in is_in_state(now).items())
    return Case(*cases, default=Value(ProductState.ACTIVE.value))


def _city() -> Case:
    return Case(When(city_id="", then=F("store__city_id")), default=F("city_id"))


_PLAIN: Mapping[str, str | Expression] = {
    "id": "id",
    "store_id": "store_id",
    "listing_id": "listing_id",
    "sku": "sku",
    "master_sku": "market__card__master_sku",
    "title": "title",
    "brand": "market__card__brand",
    "category": "market__card__category",
    "city_id": _city(),
    "is_on_sale": "is_on_sale",
    "is_paused": "is_paused",
    "paused_until": Moment("paused_until"),
    "is_priority": "is_priority",
    "price_tiyn": "price",
    "floor_tiyn": "floor",
    "ceiling_tiyn": "ceiling",
    "step_tiyn": "step",
    "wanted_price_tiyn": "wanted_price",
    "reason": Lower("reason"),
    "explanation": "explanation",
    "position": "position",
    "outside_at": Moment("outside_at"),
    "at_war_since": Moment("at_war_since"),
    "war_rival": "war_rival",
    "cycling_since": Moment("market__cycling_since"),
    "decided_at": Moment("decided_at"),
    "looked_at": Moment("market__looked_at"),
}
FIELDS = (*_PLAIN, "state")


_LAST = (1 << 62) - 1  # after every number: what has none comes last, upwards


def _by_number(column: str) -> Sort:
    # As a plain number: a money column would give Money back.
    plain = Cast(F(column), BigIntegerField())
    last = Value(_LAST, output_field=BigIntegerField())
    return Sort(Coalesce(plain, last, output_field=BigIntegerField()), parse=number)


SORTS: Mapping[str, Sort] = {
    "id": Sort(),
    "title": Sort(F("title"), parse=text),
    "sku": Sort(F("sku"), parse=text),
    "price": _by_number("price"),
    "wanted_price": _by_number("wanted_price"),
    "position": _by_number("position"),
}


def documented(
    products: "QuerySet[Product]", *, now: datetime, fields: Collection[str] = FIELDS
) -> "QuerySet[Any]":
    """Products with their ``document``: JSON as text, with these fields."""
    chosen = {name: _PLAIN[name] for name in FIELDS if name in fields and name in _PLAIN}
    if "state" in fields:
        chosen["state"] = state(now)
    return products.annotate(document=Document(chosen))
