"""Reads with a shape: the seller's screens and the life line."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet, Sum

from accounts.models import User
from kaspi.models import Store
from products.documents import documented
from products.errors import BulkEditMissing, ProductMissing
from products.models import OPEN_CHANGE_STATES, BulkEdit, Change, DecisionRecord, Product, Round


def products_of(user: User) -> "QuerySet[Product]":
    """The seller's products with store and card, the rows of single cities among them."""
    products: QuerySet[Product] = Product.objects.for_user(user).select_related(
        "store", "listing", "market__card"
    )
    return products


def listings_of(user: User) -> "QuerySet[Product]":
    """The same without the rows of single cities, for a list.

    The seller's stores are named, so that one with a single store reads on from an index.
    """
    stores = Store.objects.for_user(user).values_list("pk", flat=True)
    products: QuerySet[Product] = Product.objects.for_user(user)
    return products.filter(store__in=list(stores), listing=None)


def product_of(user: User, *, product_id: int) -> Product:
    """One product of the seller. Raises ProductMissing, also for somebody else's."""
    product = products_of(user).filter(pk=product_id).first()
    if product is None:
        raise ProductMissing
    return product


def document_of(user: User, *, product_id: int, now: datetime) -> str:
    """One product of the seller as the list shows it, as JSON. Raises ProductMissing."""
    own = Product.objects.for_user(user).filter(pk=product_id)
    document: str | None = documented(own, now=now).values_list("document", flat=True).first()
    if document is None:
        raise ProductMissing
    return document


def bulk_edit_of(user: User, *, edit_id: int) -> BulkEdit:
    """One bulk edit of the seller. Raises BulkEditMissing, also for somebody else's."""
    edit: BulkEdit | None = BulkEdit.objects.for_user(user).filter(pk=edit_id).first()
    if edit is None:
        raise BulkEditMissing
    return edit


def history_of(user: User, *, product_id: int) -> "QuerySet[DecisionRecord]":
    """What was decided for a product and what came of it. Raises ProductMissing."""
    product_of(user, product_id=product_id)
    return decisions_of(user).filter(product=product_id)


def decisions_of(user: User) -> "QuerySet[DecisionRecord]":
    """All decisions for the seller's products, with what came of them."""
    decisions: QuerySet[DecisionRecord] = DecisionRecord.objects.for_user(user)
    return decisions.select_related("change")


@dataclass(frozen=True, slots=True)
class Pulse:
    """How the whole house does, over the last minute."""

    looks_per_min: int
    pushes_per_min: int
    at_wanted: int
    watched: int
    changes_open: int


def pulse(*, now: datetime) -> Pulse:
    """Count what the life line shows."""
    minute_ago = now - timedelta(minutes=1)
    watched: QuerySet[Product] = Product.objects.across_users(reason="life line").repriced()
    changes: QuerySet[Change] = Change.objects.across_users(reason="life line")
    looks: dict[str, Any] = Round.objects.filter(finished_at__gt=minute_ago).aggregate(
        total=Sum("looks")
    )
    return Pulse(
        looks_per_min=looks["total"] or 0,
        pushes_per_min=changes.filter(sent_at__gt=minute_ago).count(),
        at_wanted=watched.filter(price=F("wanted_price")).count(),
        watched=watched.count(),
        changes_open=changes.filter(Q(state__in=OPEN_CHANGE_STATES)).count(),
    )
