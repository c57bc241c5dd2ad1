"""What a seller may set on a product."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from accounts.services import audit
from billing.services.entitlements import check_feature
from billing.terms import Feature
from products.errors import CardKnown, CorridorIncomplete, FloorAboveCeiling, ProductMissing
from products.models import Market, Product
from products.services.cards import markets_of
from products.services.newcomers import DEFAULT_STEP, first_corridor
from products.services.places import is_wanted, reckon_places, take_place
from products.services.rulebook import Rulebook
from products.services.sheets import check_rules, drop_unsent, patched

FOR_ALL_CITIES = frozenset({"is_paused", "paused_until", "is_priority"})
_SETTABLE = (
    *("market", "floor", "ceiling", "step", "rules"),
    *("is_paused", "paused_until", "is_priority"),
)


def change_product(
    *, user: User, product_id: int, changes: Mapping[str, Any], now: datetime
) -> Product:
    """Set what ``changes`` names and look soon.

    That may be ``floor``, ``ceiling``, ``step``, ``is_paused``, ``paused_until``, ``is_priority``,
    ``rules`` (entries of its own sheet) and, where no catalogue says on which card it is sold,
    ``master_sku``. Raises ProductMissing for a foreign id, CorridorIncomplete, FloorAboveCeiling,
    RulesClash, CardKnown, and PlanLimitReached or FeatureNotInPlan; then nothing is written.
    """
    changes = dict(changes)
    master_sku = changes.pop("master_sku", None)
    with transaction.atomic():
        own = Product.objects.for_user(user).filter(pk=product_id)
        market_ids = _market_of(own, master_sku, now)
        its = Product.objects.for_user(user).filter(Q(pk=product_id) | Q(listing=product_id))
        # The markets are locked first: every writer takes markets before products. By their ids:
        # of a subquery in an OR no index would help.
        ids = {*its.exclude(market=None).values_list("market", flat=True), *market_ids}
        list(Market.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
        rows = own.select_related("store", "listing", "market__card")
        product: Product | None = rows.select_for_update(of=("self",)).first()
        if product is None:
            raise ProductMissing
        was_wanted = is_wanted(product)
        before, rules = said_about(product), changes.pop("rules", {})
        product.rules, is_other_mode = patched(product.rules, rules), "mode" in rules
        book = Rulebook.of([user.pk], now=now)
        if "cost_tiyn" in rules and product.corridor is None:
            changes = {**first_corridor(book.sheet_of(product), price=product.price), **changes}
        for name, value in changes.items():
            setattr(product, name, value)
        touched = {product.market_id, *market_ids}
        for market_id in market_ids:
            product.market = Market.objects.select_related("card").get(pk=market_id)
        check_corridor(product)
        _check_plan(user, product, was_wanted=was_wanted, changes=changes, now=now)
        cities = _cities(product)
        check_rules([product, *cities], book=book)
        product.edited_at, product.anchor, product.outside_at = now, None, None
        product.save(update_fields=(*_SETTABLE, "edited_at", "anchor", "outside_at"))
        for_all = {name: value for name, value in changes.items() if name in FOR_ALL_CITIES}
        if for_all:
            Product.rows.filter(listing=product).update(**for_all)
            touched |= {city.market_id for city in cities}
        audit.record(
            seller=user,
            action="product.changed",
            subject="product",
            subject_id=product.pk,
            changes=audit.differences(before, said_about(product)),
            now=now,
        )
        if is_other_mode:
            drop_unsent([product.pk, *(city.pk for city in cities)], now=now)
        watch_markets([pk for pk in touched if pk is not None], now=now)
        if product.market is not None:
            Market.objects.filter(pk=product.market.pk).update(next_look_at=now)
    return product


def _check_plan(
    user: User, product: Product, *, was_wanted: bool, changes: Mapping[str, Any], now: datetime
) -> None:
    """Raise PlanLimitReached or FeatureNotInPlan where the plan says no to this."""
    if is_wanted(product) and not was_wanted:
        take_place(user=user, product=product, now=now)
    if changes.get("is_priority"):
        check_feature(user.pk, Feature.PRIORITY_PRODUCTS, now=now)
    if is_wanted(product) != was_wanted:
        reckon_places(user.pk)


def said_about(product: Product) -> dict[str, Any]:
    """What a seller has set on a product, as the audit names it."""
    rules = {f"rules.{name}": said for name, said in product.rules.items()}
    return rules | {
        "floor_tiyn": product.floor,
        "ceiling_tiyn": product.ceiling,
        "step_tiyn": product.step,
        "is_paused": product.is_paused,
        "paused_until": product.paused_until,
        "is_priority": product.is_priority,
        "market_id": product.market_id,
    }


def _cities(product: Product) -> list[Product]:
    """The rows of a listing's further cities, locked, with the listing as it is to be."""
    cities = list(
        Product.rows.select_for_update(of=("self",))
        .filter(listing=product)
        .select_related("store")
        .order_by("pk")
    )
    for city in cities:
        city.listing = product
    return cities


def _market_of(own: "QuerySet[Product]", master_sku: str | None, now: datetime) -> list[int]:
    """The market of a card that a seller named for a product; none when nothing was named."""
    product = own.select_related("store").first() if master_sku else None
    if product is None or master_sku is None:
        return []
    if product.store.session_id is not None:
        raise CardKnown
    return list(
        markets_of({master_sku: product.title}, city_id=product.store.city_id, now=now).values()
    )


def check_corridor(product: Product) -> None:
    """Fill in the step, or take it away. Raises CorridorIncomplete and FloorAboveCeiling."""
    if product.floor is None and product.ceiling is None:
        product.step = None
        return
    if product.floor is None or product.ceiling is None:
        raise CorridorIncomplete("Set floor_tiyn and ceiling_tiyn together.")
    if product.floor > product.ceiling:
        raise FloorAboveCeiling(
            f"The floor, {product.floor}, is above the ceiling, {product.ceiling}."
        )
    if product.step is None:
        product.step = DEFAULT_STEP


def watch_markets(market_ids: Iterable[int], *, now: datetime) -> None:
    """Watch exactly those of the markets where some product may move."""
    with transaction.atomic():
        locked = list(
            Market.objects.select_for_update()
            .filter(pk__in=list(market_ids))
            .order_by("pk")
            .values_list("pk", flat=True)
        )
        repriced = Product.objects.across_users(reason="a market is watched for all who sell there")
        is_wanted = Exists(repriced.repriced().filter(market=OuterRef("pk")))
        markets = Market.objects.filter(pk__in=locked)
        markets.filter(is_wanted, is_watched=False).update(is_watched=True, next_look_at=now)
        markets.filter(~is_wanted, is_watched=True).update(is_watched=False)
