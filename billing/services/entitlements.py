"""What may this seller do now: asked at every door that a plan opens.

An answer is kept in the process for a second and asked for anew after that, in one query; so it is
right within a second everywhere, whatever process changed it and whether or not Redis is there.
"""

import time
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import Q, Subquery
from django.db.models.functions import JSONObject

from billing import selectors
from billing.errors import FeatureNotInPlan, PlanLimitReached
from billing.models import FREE, PlanVersion, Subscription, SubscriptionAddon, SubscriptionState
from billing.signals import terms_changed
from billing.terms import EVERYTHING, NOTHING, Feature, Limit, Terms

KEPT_S = 1.0
_MOST_KEPT = 20_000
_UNLIMITED = "unlimited"


@dataclass(frozen=True, slots=True)
class Entitlement:
    """What a seller may do, by which plan; until when, if nothing is paid. ``None``: for good."""

    plan: str
    terms: Terms
    until: datetime | None = None


_kept: dict[int, tuple[float, Entitlement]] = {}


def entitlement_of(user_id: int, *, now: datetime) -> Entitlement:
    """What this seller may do now. With BILLING_MODE off that is everything."""
    if settings.BILLING_MODE == "off":
        return Entitlement(_UNLIMITED, EVERYTHING)
    kept = _kept.get(user_id)
    # The machine's own clock: ``now`` may be a test's, and keeping is about real seconds.
    clock = time.monotonic()
    if kept is not None and kept[0] > clock and _holds(kept[1], now):
        return kept[1]
    entitlement = read_entitlement(user_id, now=now)
    if len(_kept) >= _MOST_KEPT:
        _kept.clear()
    _kept[user_id] = (clock + KEPT_S, entitlement)
    return entitlement


def _holds(entitlement: Entitlement, now: datetime) -> bool:
    return entitlement.until is None or now < entitlement.until


def read_entitlement(user_id: int, *, now: datetime) -> Entitlement:
    """Read what this seller may do now from the database: one query."""
    subscribed = (
        Subscription.objects.across_users(reason="a door names its seller by id")
        .filter(user=user_id, access_until__gt=now)
        .exclude(state__in=(SubscriptionState.CANCELED, SubscriptionState.SUSPENDED))
    )
    addons = SubscriptionAddon.objects.across_users(reason="a door names its seller by id").filter(
        subscription__in=subscribed.values("pk")
    )
    free = PlanVersion.objects.on_sale(now).filter(plan__code=FREE)
    rows = (
        PlanVersion.objects.filter(
            Q(pk__in=subscribed.values("version")) | Q(pk__in=free.values("pk"))
        )
        .select_related("plan")
        .annotate(
            until=Subquery(subscribed.values("access_until")[:1]),
            subscribed=Subquery(subscribed.values("version")[:1]),
            extra=ArraySubquery(
                addons.values(
                    one=JSONObject(
                        quantity="quantity",
                        products="addon__repriced_products",
                        features="addon__features",
                    )
                )
            ),
        )
    )
    return _entitlement(list(rows))


def _entitlement(rows: list[PlanVersion]) -> Entitlement:
    for row in rows:
        if row.pk == row.subscribed:  # type: ignore[attr-defined]  # annotated above
            extra: list[dict[str, object]] = row.extra  # type: ignore[attr-defined]  # the same
            until: datetime = row.until  # type: ignore[attr-defined]  # the same
            return Entitlement(row.plan.code, _widened(row.terms, extra), until)
    return Entitlement(FREE, rows[0].terms if rows else NOTHING)


def _widened(terms: Terms, extra: "list[dict[str, object]]") -> Terms:
    for one in extra:
        quantity, products, features = one["quantity"], one["products"], one["features"]
        if not (
            isinstance(quantity, int) and isinstance(products, int) and isinstance(features, list)
        ):
            raise TypeError("an add-on brings a number and a list")
        terms = terms.with_more(
            repriced_products=quantity * products,
            features=[Feature(feature) for feature in features],
        )
    return terms


def check_feature(user_id: int, feature: Feature, *, now: datetime) -> None:
    """Raise FeatureNotInPlan where this seller's plan does not have it."""
    if entitlement_of(user_id, now=now).terms.has(feature):
        return
    plans = selectors.plans_on_sale(now)
    addons = selectors.addons_on_sale(now)
    raise FeatureNotInPlan(
        feature=feature.value,
        plan=next((one.plan.code for one in plans if feature in one.features), None),
        addon=next((one.code for one in addons if feature in one.features), None),
    )


def check_room(user_id: int, limit: Limit, *, taken: int, more: int = 1, now: datetime) -> None:
    """Raise PlanLimitReached where so many more would be more than this seller's plan allows."""
    most = entitlement_of(user_id, now=now).terms.most(limit)
    if most is None or taken + more <= most:
        return
    roomier = [
        one.plan.code
        for one in selectors.plans_on_sale(now)
        if (room := one.terms.most(limit)) is None or taken + more <= room
    ]
    addons = [
        one.code
        for one in selectors.addons_on_sale(now)
        if limit is Limit.REPRICED_PRODUCTS and one.repriced_products
    ]
    raise PlanLimitReached(
        limit=limit.value,
        most=most,
        taken=taken,
        plan=next(iter(roomier), None),
        addon=next(iter(addons), None),
    )


def announce(user_id: int) -> None:
    """Say that what this seller may do is different, in the transaction that makes it so."""
    _kept.pop(user_id, None)
    transaction.on_commit(lambda: forget(user_id))
    terms_changed.send(sender=None, user_id=user_id)


def forget(user_id: int) -> None:
    """Keep no answer about this seller."""
    _kept.pop(user_id, None)


def forget_all() -> None:
    """Keep no answer about anybody."""
    _kept.clear()
