"""Forget what was decided long ago, with the changes it led to.

Kept however old they are: the newest decision of each product, and whatever a change hangs on that
is not settled, or was not when what is kept began.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from products.models import OPEN_CHANGE_STATES, Change, DecisionRecord

LEAST_KEPT = timedelta(days=31)  # an undo and the longest trial of a canary look back so far
_AT_ONCE = 1000  # a transaction


def forget_history(*, now: datetime, kept: timedelta, at_once: int = _AT_ONCE) -> int:
    """Drop decisions older than that, so many ``at_once``; tell how many."""
    before = now - max(kept, LEAST_KEPT)
    dropped = 0
    past = Q()
    while page := list(_old(before).filter(past)[:at_once]):
        with transaction.atomic():
            ids = [pk for pk, _ in page]
            Change.rows.filter(decision__in=ids).delete()
            DecisionRecord.rows.filter(pk__in=ids).delete()
        dropped += len(ids)
        last, decided_at = page[-1]
        # What was left standing before here would only be asked for again.
        past = Q(decided_at__gt=decided_at) | Q(decided_at=decided_at, pk__gt=last)
    return dropped


def _old(before: datetime) -> "QuerySet[DecisionRecord, tuple[int, datetime]]":
    """What may go, the oldest first."""
    newer = DecisionRecord.rows.filter(product=OuterRef("product"), pk__gt=OuterRef("pk"))
    alive = Change.rows.filter(decision=OuterRef("pk")).filter(
        Q(state__in=OPEN_CHANGE_STATES) | Q(settled_at__gte=before)
    )
    old = DecisionRecord.rows.filter(Exists(newer), ~Exists(alive), decided_at__lt=before)
    return old.order_by("decided_at", "pk").values_list("pk", "decided_at")
