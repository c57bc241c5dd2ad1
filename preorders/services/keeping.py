"""What sellers say of their preorders: begun, changed, ended; one by one or many at once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from accounts.services import audit
from billing.services.entitlements import check_feature
from billing.terms import Feature
from cube_demper.kernel.errors import DomainError
from kaspi.models import Channel
from preorders import jobs
from preorders.errors import (
    EndsTooEarly,
    PreorderBegun,
    PreorderMissing,
    PreorderOver,
    PreorderThere,
)
from preorders.models import LIVE_STATES, Ending, Preorder, PreorderState
from products.errors import (
    CabinetNeeded,
    PointHasStock,
    PointMissing,
    PointNotSelling,
    ProductMissing,
)
from products.models import Product

MOST_AT_ONCE = 500
_SAID = ("days", "starts_at", "ends_at", "pauses_repricing", "state")


@dataclass(frozen=True, slots=True)
class Terms:
    """What a seller wants of a preorder. ``is_draft``: written down, and not begun."""

    days: int
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    pauses_repricing: bool = False
    is_draft: bool = False


@dataclass(frozen=True, slots=True)
class Declined:
    """A product, at a point or as such, that got no preorder, and why."""

    product_id: int
    point_id: str
    error: DomainError


def begin(*, user: User, product_id: int, point_id: str, terms: Terms, now: datetime) -> Preorder:
    """Begin a preorder, or write it down as a draft.

    Raises ProductMissing for a foreign id, FeatureNotInPlan, PointMissing, PreorderThere,
    EndsTooEarly and CabinetNeeded; where it would start now also PointNotSelling and PointHasStock.
    """
    _check_time(terms.starts_at, terms.ends_at, now)
    with transaction.atomic():
        product = _locked_product(user, product_id)
        return _begin(user, product, point_id, terms, now)


def begin_many(
    *,
    user: User,
    product_ids: Sequence[int],
    point_ids: Collection[str],
    terms: Terms,
    now: datetime,
) -> tuple[list[Preorder], list[Declined]]:
    """Begin preorders of these products at these points; at no points: at each that sells it.

    Each product is begun for itself: one that can't be does not hold up the others. Raises
    EndsTooEarly.
    """
    _check_time(terms.starts_at, terms.ends_at, now)
    begun: list[Preorder] = []
    declined: list[Declined] = []
    for product_id in product_ids:
        with transaction.atomic():
            try:
                product = _locked_product(user, product_id)
            except DomainError as error:
                declined.append(Declined(product_id, "", error))
                continue
            chosen = point_ids or _selling(product)
            if not chosen:
                declined.append(Declined(product_id, "", PointNotSelling()))
            for point_id in chosen:
                try:
                    begun.append(_begin(user, product, point_id, terms, now))
                except DomainError as error:
                    declined.append(Declined(product_id, point_id, error))
    return begun, declined


def change(*, user: User, preorder_id: int, changes: Mapping[str, Any], now: datetime) -> Preorder:
    """Change what is wanted; ``state`` PENDING begins a draft, or one that failed, now.

    Raises PreorderMissing for a foreign id, PreorderOver, PreorderBegun where ``starts_at`` comes
    too late, EndsTooEarly, and as ``begin`` where it begins.
    """
    with transaction.atomic():
        product, preorder = _locked(user, preorder_id)
        if preorder.state == PreorderState.ENDED or preorder.ending:
            raise PreorderOver
        before = _said(preorder)
        if "starts_at" in changes and preorder.shown_days:
            raise PreorderBegun
        for name, value in changes.items():
            setattr(preorder, name, value)
        _check_time(preorder.starts_at, preorder.ends_at, now)
        if preorder.state == PreorderState.PENDING and before["state"] != PreorderState.PENDING:
            _check_place(product, preorder.point_id, preorder.starts_at, now)
            _check_free(preorder)
            preorder.reason, preorder.state_at = "", now
        preorder.try_after = None
        preorder.save()
        _record(user, "preorder.changed", preorder, before=before, after=_said(preorder), now=now)
        jobs.steer(product_id=product.pk)
    return preorder


def end(*, user: User, preorder_id: int, now: datetime) -> Preorder | None:
    """End one: what Kaspi shows is taken back, the rest is over at once. A draft is forgotten.

    Returns it while it still has to be taken back, else ``None``. Ending one twice is no error.
    Raises PreorderMissing for a foreign id.
    """
    with transaction.atomic():
        product, preorder = _locked(user, preorder_id)
        if preorder.state in LIVE_STATES:
            preorder.ending = preorder.ending or Ending.BY_SELLER
            preorder.try_after = None
            preorder.save(update_fields=("ending", "try_after"))
            audit.record(
                seller=user,
                action="preorder.ended",
                subject="preorder",
                subject_id=preorder.pk,
                now=now,
            )
            jobs.steer(product_id=product.pk)
            return preorder
        if preorder.state != PreorderState.ENDED:
            _record(user, "preorder.deleted", preorder, before=_said(preorder), after={}, now=now)
            preorder.delete()
        return None


def end_many(*, user: User, preorder_ids: Sequence[int], now: datetime) -> list[int]:
    """End these, each for itself; return the ids that are not the seller's."""
    missing = []
    for preorder_id in preorder_ids:
        try:
            end(user=user, preorder_id=preorder_id, now=now)
        except PreorderMissing:
            missing.append(preorder_id)
    return missing


def _begin(user: User, product: Product, point_id: str, terms: Terms, now: datetime) -> Preorder:
    check_feature(user.pk, Feature.PREORDERS, now=now)
    preorder = Preorder(
        product=product,
        point_id=point_id,
        days=terms.days,
        starts_at=terms.starts_at,
        ends_at=terms.ends_at,
        pauses_repricing=terms.pauses_repricing,
        state=PreorderState.DRAFT if terms.is_draft else PreorderState.PENDING,
        state_at=now,
        checked_at=product.listed_at,
        created_at=now,
    )
    if not terms.is_draft:
        _check_place(product, point_id, terms.starts_at, now)
        _check_free(preorder)
    elif all(point["id"] != point_id for point in product.points):
        raise PointMissing
    preorder.save()
    _record(user, "preorder.begun", preorder, before={}, after=_said(preorder), now=now)
    if not terms.is_draft:
        jobs.steer(product_id=product.pk)
    return preorder


def _locked(user: User, preorder_id: int) -> tuple[Product, Preorder]:
    """A preorder and its product, locked as everywhere: the product first."""
    own = Preorder.objects.for_user(user).filter(pk=preorder_id)
    product_id = own.values_list("product", flat=True).first()
    if product_id is None:
        raise PreorderMissing
    product = _locked_product(user, product_id)
    preorder: Preorder | None = own.select_for_update(of=("self",)).first()
    if preorder is None:  # deleted meanwhile
        raise PreorderMissing
    return product, preorder


def _locked_product(user: User, product_id: int) -> Product:
    own = Product.objects.for_user(user).filter(pk=product_id, listing=None)
    locked = own.select_for_update(of=("self",)).select_related("store")
    product: Product | None = locked.first()
    if product is None:
        raise ProductMissing
    return product


def _selling(product: Product) -> list[str]:
    return [point["id"] for point in product.points if point["yes"]]


def _check_time(starts_at: datetime | None, ends_at: datetime | None, now: datetime) -> None:
    if ends_at is not None and ends_at <= max(starts_at or now, now):
        raise EndsTooEarly


def _check_place(
    product: Product, point_id: str, starts_at: datetime | None, now: datetime
) -> None:
    """Can it start? One that starts later is only looked at then."""
    if product.store.channel != Channel.CABINET:
        raise CabinetNeeded
    point = next((one for one in product.points if one["id"] == point_id), None)
    if point is None:
        raise PointMissing
    if (starts_at is not None and starts_at > now) or point.get("preorder"):
        return
    if not point["yes"]:
        raise PointNotSelling
    if point.get("stock"):
        raise PointHasStock


def _check_free(preorder: Preorder) -> None:
    there = Preorder.rows.filter(
        product=preorder.product_id, point_id=preorder.point_id, state__in=LIVE_STATES
    )
    if there.exclude(pk=preorder.pk).exists():
        raise PreorderThere


def _said(preorder: Preorder) -> dict[str, Any]:
    return {name: getattr(preorder, name) for name in _SAID}


def _record(
    user: User,
    action: str,
    preorder: Preorder,
    *,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    now: datetime,
) -> None:
    audit.record(
        seller=user,
        action=action,
        subject="preorder",
        subject_id=preorder.pk,
        changes=audit.differences(before, after),
        now=now,
    )
