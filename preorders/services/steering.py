"""From what sellers want to what Kaspi shows, and back: a product's preorders at a time.

    DRAFT ──► PENDING ──Kaspi shows the days──► ACTIVE ──Kaspi shows them no more──► ENDED
                 └── Kaspi won't ──► FAILED

``steer`` compares what is wanted of a product now with what Kaspi shows, and orders the difference.
It may be called at any time, as often as one likes: when a seller changes something, when a push
has ended, and by the clock. So whatever was lost in between is made good by the next call.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from preorders.models import LIVE_STATES, Ending, Preorder, PreorderState
from preorders.services.resting import ASKING, rest_or_wake
from preorders.services.telling import tell_of
from products.models import UNDER_WAY, ChangeState, PreorderChange, Product
from products.services.preorder_changes import order_preorders

logger = structlog.get_logger("preorders")
_AT_ONCE = 200  # products of a round of the clock
# A catalogue's page is written seconds after it was read: what it says of this time is old.
_READ_BEFORE = timedelta(minutes=5)
_REST = timedelta(minutes=30)  # after Kaspi refused to change or to end one
_GONE = frozenset({Ending.LISTING_MISSING.value, Ending.POINT_MISSING.value})


def steer_due(*, now: datetime) -> int:
    """Steer every product whose preorders ask for it; return how many."""
    ids = _due(now)
    for product_id in ids:
        steer(product_id, now=now)
    return len(ids)


def steer(product_id: int, *, now: datetime) -> None:
    """Order what a product's preorders need of Kaspi now, and end those that are over."""
    with transaction.atomic():
        product = Product.rows.select_for_update().get(pk=product_id)
        preorders = _live(product)
        for preorder in preorders:
            _judge(preorder, product, now)
        under_way = PreorderChange.rows.filter(product=product, state__in=UNDER_WAY).exists()
        if not under_way:
            _end_unshown(preorders, now)
            order_preorders(product=product, days=_needed(preorders, now), now=now)
        _save(preorders)
    rest_or_wake(product_id, now=now)


def take_settled(change: PreorderChange, *, now: datetime) -> None:
    """Write down what became of preorder days. Runs in the transaction that settled them."""
    preorders = [one for one in _live(change.product) if one.point_id in change.days]
    for preorder in preorders:
        if change.state == ChangeState.APPLIED:
            _take_shown(preorder, change.days[preorder.point_id], now)
        else:
            _take_refusal(preorder, change.failure, now)
    _save(preorders)


def _live(product: Product) -> list[Preorder]:
    rows = Preorder.rows.filter(product=product, state__in=LIVE_STATES)
    return list(rows.select_for_update().order_by("pk"))


def _judge(preorder: Preorder, product: Product, now: datetime) -> None:
    """Look whether its time, the catalogue or its stock ends it."""
    read_at, preorder.checked_at = preorder.checked_at, max(preorder.checked_at, product.listed_at)
    if product.missing_since is not None:
        _end(preorder, Ending.LISTING_MISSING, now)
    elif preorder.ending:
        return
    elif preorder.ends_at is not None and preorder.ends_at <= now:
        preorder.ending = Ending.AT_ITS_END
    elif preorder.state == PreorderState.ACTIVE and product.listed_at > read_at:
        _compare(preorder, product, now)


def _compare(preorder: Preorder, product: Product, now: datetime) -> None:
    """Compare an active one with what the catalogue says since it is."""
    if not product.is_settled or product.listed_at < preorder.state_at + _READ_BEFORE:
        return
    found: list[Mapping[str, Any]] = product.points
    point = next((one for one in found if one["id"] == preorder.point_id), None)
    if point is None:
        _end(preorder, Ending.POINT_MISSING, now)
    elif not point.get("preorder"):
        _end(preorder, Ending.WITHDRAWN_AT_KASPI, now)
    elif point.get("stock"):
        preorder.ending = Ending.STOCK_ARRIVED
    elif point["preorder"] != preorder.shown_days:
        # Somebody said otherwise in the cabinet: that is the seller's word as well.
        if preorder.days == preorder.shown_days:
            preorder.days = point["preorder"]
        preorder.shown_days = point["preorder"]


def _end_unshown(preorders: Sequence[Preorder], now: datetime) -> None:
    """End what is to be taken back and was never shown, or is no more."""
    for preorder in preorders:
        if preorder.ending and not preorder.shown_days:
            _end(preorder, Ending(preorder.ending), now)


def _needed(preorders: Sequence[Preorder], now: datetime) -> dict[str, int]:
    """By point, the days that Kaspi is to show and does not yet."""
    wanted = {
        preorder.point_id: 0 if preorder.ending else preorder.days
        for preorder in preorders
        if preorder.state in LIVE_STATES
        and (preorder.try_after is None or preorder.try_after <= now)
        and (preorder.starts_at is None or preorder.starts_at <= now)
    }
    shown = {preorder.point_id: preorder.shown_days for preorder in preorders}
    return {point: days for point, days in wanted.items() if days != shown[point]}


def _take_shown(preorder: Preorder, days: int, now: datetime) -> None:
    preorder.shown_days = days
    preorder.try_after = None
    if not days:
        _end(preorder, Ending(preorder.ending or Ending.BY_SELLER), now)
        return
    preorder.reason = ""
    if preorder.state != PreorderState.ACTIVE:
        _enter(preorder, PreorderState.ACTIVE, now)


def _take_refusal(preorder: Preorder, code: str, now: datetime) -> None:
    if preorder.shown_days and code in _GONE:
        _end(preorder, Ending(code), now)
    elif preorder.shown_days:  # it stays as it is; its end is tried again
        preorder.reason = code
        preorder.days = preorder.shown_days
        preorder.try_after = now + _REST
    elif preorder.ending:
        _end(preorder, Ending(preorder.ending), now)
    else:
        preorder.reason = code
        _enter(preorder, PreorderState.FAILED, now)


def _end(preorder: Preorder, ending: Ending, now: datetime) -> None:
    preorder.reason, preorder.ending, preorder.shown_days = ending, "", 0
    _enter(preorder, PreorderState.ENDED, now)


def _enter(preorder: Preorder, state: PreorderState, now: datetime) -> None:
    preorder.state, preorder.state_at = state, now
    logger.info(
        "preorders.state",
        preorder_id=preorder.pk,
        product_id=preorder.product_id,
        state=state.lower(),
        reason=preorder.reason,
    )
    tell_of(preorder, now=now)


def _save(preorders: Sequence[Preorder]) -> None:
    Preorder.rows.bulk_update(
        preorders,
        ("days", "state", "reason", "state_at", "ending", "shown_days", "try_after", "checked_at"),
    )


def _due(now: datetime) -> list[int]:
    """The products whose preorders differ from what Kaspi shows, and that nothing is ordered of."""
    is_ordered = Exists(
        PreorderChange.rows.filter(
            product=OuterRef("product"), state__in=(ChangeState.PENDING, *UNDER_WAY)
        )
    )
    is_held = Exists(Preorder.rows.filter(product=OuterRef("product"), has_paused=True))
    may_try = Q(try_after=None) | Q(try_after__lte=now)
    has_begun = Q(starts_at=None) | Q(starts_at__lte=now)
    differs = ~Q(shown_days=F("days")) & has_begun | ~Q(ending="")
    is_over = Q(ends_at__lte=now, ending="")
    is_read_anew = Q(state=PreorderState.ACTIVE, product__listed_at__gt=F("checked_at"))
    live = Preorder.objects.across_users(reason="preorders of every seller go by one clock")
    live = live.filter(state__in=LIVE_STATES)
    due = live.filter(
        (differs & may_try & ~is_ordered)
        | is_over
        | is_read_anew
        | Q(product__missing_since__isnull=False)
        | Q(ASKING, ~is_held, product__is_paused=False)
    )
    is_asked = Exists(Preorder.rows.filter(ASKING, product=OuterRef("product")))
    left = Preorder.rows.filter(~is_asked, has_paused=True)
    ids = {*due.values_list("product", flat=True)[:_AT_ONCE]}
    return sorted(ids | {*left.values_list("product", flat=True)[:_AT_ONCE]})
