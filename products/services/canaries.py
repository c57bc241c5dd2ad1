"""Canaries end by themselves: live when they were quiet long enough, in the shadow when they hurt.

    a jump ──► quiet from then on ──long enough, and something was applied──► LIVE
    a leap, a loss, the service's brake, an undo ──────────────────────────► SHADOW

A canary stands on an account's or a store's sheet, and holds for the products below it on whose own
sheets no mode stands. Only its chosen products send anything: what was sent of them is its trial.
"""

from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import F, Q, QuerySet

from accounts.models import User
from kaspi.models import Attention, Store
from products.models import Brake, Change, ChangeState, Market, Product, RuleSheet
from products.pricing.model import Reason
from products.pricing.modes import (
    Mode,
    Stop,
    Tried,
    canary_quiet,
    last_jump,
    leap_percent,
    why_stop,
)
from products.pricing.sheets import Sheet, merged
from products.services.brakes import brake_is_on
from products.services.sheets import drop_unsent

logger = structlog.get_logger("products.canaries")
_TOLD_WITHIN = timedelta(hours=1)  # what a push took along is known by then


def judge_canaries(*, now: datetime) -> None:
    """Promote or stop each canary that has earned it. Twice at once does no harm."""
    rows = RuleSheet.objects.across_users(reason="canaries of anybody are judged").filter(
        rules__mode=Mode.CANARY
    )
    for row in rows.order_by("pk"):
        judge_canary(row, now=now)


def judge_canary(row: RuleSheet, *, now: datetime) -> None:
    """Promote or stop one, unless its seller wrote on the sheet since it was read."""
    if stop := _why_stop(row, now):
        if _end(row, Mode.SHADOW, now=now):
            logger.warning("products.canary.stopped", **_names(row), cause=stop.value)
    elif _is_proved(row, now) and _end(row, Mode.LIVE, now=now):
        logger.warning("products.canary.promoted", **_names(row))


def _names(row: RuleSheet) -> dict[str, int | None]:
    return {"sheet_id": row.pk, "user_id": row.user_id, "store_id": row.store_id}


def _why_stop(row: RuleSheet, now: datetime) -> Stop | None:
    """Why it must not go on; else note on the sheet how long it has been quiet."""
    begin = max(row.changed_at, (row.judged_at or row.changed_at) - _TOLD_WITHIN)
    if Brake.objects.filter(pulled_at__gt=begin, pulled_by="").exists():
        return Stop.BRAKE
    sent = _sent(row, begin)
    if sent.filter(decision__reason=Reason.UNDONE).exists():
        return Stop.UNDONE
    tried = _tried(_of_the_canary(sent))
    if stop := why_stop(tried, percent=leap_percent(_sheet(row))):
        return stop
    stores = _stores(row).filter(is_paused=True, attention=Attention.PRICES_JUMPED)
    jumped_at = now if brake_is_on() or stores.exists() else last_jump(tried)
    row.quiet_since = max(filter(None, (row.changed_at, row.quiet_since, jumped_at)))
    row.judged_at = now
    same = RuleSheet.rows.filter(pk=row.pk, changed_at=row.changed_at)
    same.update(quiet_since=row.quiet_since, judged_at=now)
    return None


def _is_proved(row: RuleSheet, now: datetime) -> bool:
    """Was it quiet for so long, and is there anything that it did?"""
    if now - (row.quiet_since or row.changed_at) < canary_quiet(_sheet(row)):
        return False
    sent = _of_the_canary(_sent(row, row.changed_at))
    return sent.filter(state=ChangeState.APPLIED).exists()


def _end(row: RuleSheet, mode: Mode, *, now: datetime) -> bool:
    with transaction.atomic():
        User.objects.select_for_update().get(pk=row.user_id)  # one writer of a seller's sheets
        same = RuleSheet.rows.filter(pk=row.pk, changed_at=row.changed_at)
        if not same.update(rules={**row.rules, "mode": mode.value}, changed_at=now):
            return False
        products = Product.objects.across_users(reason="canaries of anybody are judged").filter(
            store__in=_stores(row)
        )
        products = products.exclude(_has_own_mode())
        if mode is Mode.LIVE:
            _look_soon(products, now=now)
        locked = products.select_for_update(of=("self",)).order_by("pk")
        product_ids = list(locked.values_list("pk", flat=True))
        if mode is Mode.SHADOW:
            drop_unsent(product_ids, now=now)
        else:
            # Nobody has said yes to where they go: a leap is one from the price in force.
            Product.rows.filter(pk__in=product_ids, anchor=None).update(anchor=F("price"))
    return True


def _look_soon(products: "QuerySet[Product]", *, now: datetime) -> None:
    markets = Market.objects.filter(pk__in=products.values("market"), next_look_at__gt=now)
    ids = list(markets.select_for_update().order_by("pk").values_list("pk", flat=True))
    Market.objects.filter(pk__in=ids).update(next_look_at=now)


def _sheet(row: RuleSheet) -> Sheet:
    """What is said on the sheet, upon the account's."""
    own: Sheet = row.rules
    if row.store_id is None:
        return own
    account = RuleSheet.rows.filter(user=row.user_id, store=None).values_list("rules", flat=True)
    return merged(account.first() or {}, own)


def _stores(row: RuleSheet) -> "QuerySet[Store]":
    """The stores for which the sheet says the mode."""
    every: QuerySet[Store] = Store.objects.across_users(reason="canaries of anybody are judged")
    stores = every.filter(user=row.user_id, released_at=None)
    if row.store_id is not None:
        return stores.filter(pk=row.store_id)
    others = RuleSheet.rows.filter(user=row.user_id, store__isnull=False, rules__has_key="mode")
    return stores.exclude(pk__in=others.values("store"))


def _sent(row: RuleSheet, begin: datetime) -> "QuerySet[Change]":
    """What was sent since then, and decided by what the sheet says now."""
    changes: QuerySet[Change] = Change.objects.across_users(reason="canaries of anybody are judged")
    return changes.filter(store__in=_stores(row), sent_at__gt=begin, decided_at__gt=row.changed_at)


def _of_the_canary(changes: "QuerySet[Change]") -> "QuerySet[Change]":
    return changes.exclude(_has_own_mode("product__")).exclude(decision__reason=Reason.BY_HAND)


def _has_own_mode(path: str = "") -> Q:
    """A product's own sheet says the mode, or that of the listing whose city it is."""
    names = (f"{path}rules__has_key", f"{path}listing__rules__has_key")
    return Q(**{names[0]: "mode"}) | Q(**{names[1]: "mode"})


def _tried(changes: "QuerySet[Change]") -> list[Tried]:
    return [
        Tried(
            at=change.sent_at or change.decided_at,
            price=change.price,
            old_price=change.old_price,
            is_allowed=change.approved_at is not None or _is_repair(change),
            is_loss=bool(change.losses) or change.mended_at is not None,
        )
        for change in changes.defer("listing")
    ]


def _is_repair(change: Change) -> bool:
    return change.old_price is not None and not (change.floor <= change.old_price <= change.ceiling)
