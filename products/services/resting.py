"""What a plan has no place for rests: it keeps all that was set, and wakes when there is room.

A seller chooses what rests by pausing it. Where more is left than the plan allows, the newest rest.
"""

from collections.abc import Collection
from datetime import datetime

import structlog
from django.conf import settings
from django.db import transaction

from accounts.models import User
from billing.services.entitlements import read_entitlement
from products.models import Change, ChangeState, Market, Product
from products.services.corridors import watch_markets
from products.services.places import wanted_rows

logger = structlog.get_logger("products.plan")


def rest_by_plan(*, user_id: int, now: datetime) -> None:
    """Let rest what a seller's plan has no place for, and wake what it has."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user_id)  # one at a time
        awake = _places(user_id, now)
        own = Product.objects.for_user(User(pk=user_id))
        resting = set(own.filter(rests_by_plan=True).values_list("pk", flat=True))
        to_rest = {pk for pk, is_awake in awake.items() if not is_awake} - resting
        to_wake = resting - {pk for pk, is_awake in awake.items() if not is_awake}
        if not (to_rest or to_wake):
            return
        markets = _locked_markets(to_rest | to_wake)
        Product.rows.filter(pk__in=to_rest).update(rests_by_plan=True)
        Product.rows.filter(pk__in=to_wake).update(rests_by_plan=False)
        Change.rows.filter(
            product__in=to_rest, state__in=(ChangeState.PROPOSED, ChangeState.PENDING)
        ).update(state=ChangeState.SUPERSEDED, settled_at=now)
        watch_markets(markets, now=now)
        woken = Product.rows.filter(pk__in=to_wake).values("market")
        Market.objects.filter(pk__in=woken, next_look_at__gt=now).update(next_look_at=now)
    logger.info("products.plan.applied", user_id=user_id, rest=len(to_rest), wake=len(to_wake))


def _places(user_id: int, now: datetime) -> dict[int, bool]:
    """Each row that is wanted repriced, and whether the plan has a place for it."""
    rows = wanted_rows(user_id)
    most = None
    if settings.BILLING_MODE != "off":
        most = read_entitlement(user_id, now=now).terms.repriced_products
    listings = sorted({listing for _, listing in rows})
    kept = set(listings if most is None else listings[:most])
    return {pk: listing in kept for pk, listing in rows}


def _locked_markets(product_ids: Collection[int]) -> list[int]:
    """The markets of these rows, locked: every writer takes markets before products."""
    rows = Product.rows.filter(pk__in=product_ids).exclude(market=None)
    ids = set(rows.values_list("market", flat=True))
    locked = Market.objects.select_for_update().filter(pk__in=ids).order_by("pk")
    return list(locked.values_list("pk", flat=True))


def rest_all(*, now: datetime) -> None:
    """The same for everybody: whatever came in beside the doors, or an order that got lost."""
    rows = Product.objects.across_users(reason="the clock compares every seller with the plan")
    rows = rows.filter(rests_by_plan=True) if settings.BILLING_MODE == "off" else rows.wanted()
    user_ids = rows.order_by("store__user").values_list("store__user", flat=True).distinct()
    for user_id in user_ids:
        rest_by_plan(user_id=user_id, now=now)
