"""Reads with a shape."""

from datetime import datetime

from django.db.models import QuerySet

from accounts.models import User
from kaspi.models import SessionState
from preorders.errors import PreorderMissing
from preorders.models import LIVE_STATES, Preorder, PreorderState


def preorders_of(user: User) -> "QuerySet[Preorder]":
    """The seller's preorders with what they are about."""
    preorders: QuerySet[Preorder] = Preorder.objects.for_user(user)
    return preorders.select_related("product__store__session")


def preorder_of(user: User, *, preorder_id: int) -> Preorder:
    """One of the seller's. Raises PreorderMissing, also for somebody else's."""
    preorder = preorders_of(user).filter(pk=preorder_id).first()
    if preorder is None:
        raise PreorderMissing
    return preorder


def standing_of(preorder: Preorder, *, now: datetime) -> str:
    """Why it is where it is, as a code; empty where there is nothing to say."""
    if preorder.state not in LIVE_STATES:
        return preorder.reason
    store, starts_at = preorder.product.store, preorder.starts_at
    is_still = preorder.state == PreorderState.ACTIVE and not preorder.ending
    if is_still and preorder.days == preorder.shown_days:
        return preorder.reason
    if starts_at is not None and starts_at > now:
        return "waits-for-its-start"
    if store.session is None or store.session.state != SessionState.LIVE:
        return "store-not-connected"
    return "store-paused" if store.is_paused else "on-its-way"
