"""What a store has used of the changes that Kaspi takes, and what may not go side by side."""

from datetime import datetime
from typing import TypeVar

from django.db import connection
from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from products.models import UNDER_WAY, Change, ChangeState, PreorderChange, Pushed
from products.pricing.worth import WINDOW, Spent, has_aged

_LOCK_SPACE = 0x44454D51  # advisory locks of stores, by their ids
_Row = TypeVar("_Row", bound=Model)


def spent_by(store_id: int, now: datetime) -> Spent:
    """What a store has used of its quota; what is being sent may be used any moment.

    Changes of one listing's cities that went together are one change to Kaspi.
    """
    prices = Change.objects.across_users(reason="the quota of a store that is served")
    preorders = PreorderChange.objects.across_users(reason="the quota of a store that is served")
    within = Q(sent_at__gt=now - WINDOW) | Q(state=ChangeState.SENDING)
    rows = prices.filter(within, store=store_id).values_list(
        "product__sku", "sent_at", "waiting_since"
    )
    sent = {(sku, sent_at): (sent_at or now, since) for sku, sent_at, since in rows}.values()
    terms = preorders.filter(within, store=store_id).values_list("sent_at", flat=True)
    return Spent(
        sent_at=[*(at for at, _ in sent), *(at or now for at in terms)],
        aged=sum(has_aged(since, now=at) for at, since in sent),
    )


def hold_store(store_id: int) -> None:
    """Let nobody else begin to state anything of this store's until commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK_SPACE, store_id])


def not_beside(pushed: "QuerySet[_Row]", other: type[Pushed]) -> "QuerySet[_Row]":
    """Leave out those of whose listing one of the ``other`` kind is under way."""
    under_way = other.rows.filter(
        store=OuterRef("store"), product__sku=OuterRef("product__sku"), state__in=UNDER_WAY
    )
    return pushed.exclude(Exists(under_way))
