"""A store that its seller takes away: it stops at once, and is erased when its time is over."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from kaspi.errors import StoreRemoved
from kaspi.models import Order, Store
from kaspi.services import removals
from products.models import (
    UNDER_WAY,
    Change,
    ChangeState,
    DecisionRecord,
    PreorderChange,
    PriceListEntry,
    Product,
    PushLine,
)
from products.services.listings import watch_store
from products.services.preorder_changes import drop_preorders

logger = structlog.get_logger("products.stores")
_AT_ONCE = 1000  # rows of history in a transaction


def remove_store(*, user: User, store_id: int, now: datetime) -> Store:
    """Take a store away: nothing more of it is sent, and what opens it is forgotten.

    Its products leave the catalogue until a sync or an import lists them anew. What was being sent
    can't be read back any more, and is given up. Raises StoreMissing, also for a foreign id.
    """
    with transaction.atomic():
        # Products are locked before their store, by rising id, as whoever resumes it locks them.
        own = Product.objects.for_user(user).filter(store=store_id)
        locked = own.select_for_update(of=("self",)).order_by("pk")
        product_ids = list(locked.values_list("pk", flat=True))
        store = removals.remove_store(user=user, store_id=store_id, now=now)
        Product.rows.filter(pk__in=product_ids, missing_since=None).update(missing_since=now)
        _end_changes(store, now=now)
        PriceListEntry.rows.filter(product__store=store).update(stated_price=None)
        PushLine.rows.filter(store=store).update(due_at=None)
    watch_store(store, now=now)
    return store


def _end_changes(store: Store, *, now: datetime) -> None:
    """Drop what was not sent, and give up what was: without a session nobody sees its end."""
    changes = Change.rows.filter(store=store)
    unsent = (ChangeState.PROPOSED, ChangeState.PENDING, ChangeState.PUBLISHED)
    changes.filter(state__in=unsent).update(state=ChangeState.SUPERSEDED, settled_at=now)
    drop_preorders(PreorderChange.rows.filter(store=store), failure=StoreRemoved.code, now=now)
    under_way = changes.filter(state__in=UNDER_WAY)
    under_way.update(
        state=ChangeState.LOST,
        failure=StoreRemoved.code,
        settled_at=now,
        listing=None,
        lease="",
        leased_until=None,
    )


def erase_removed(*, now: datetime, kept: timedelta) -> int:
    """Erase the stores that were taken away so long ago, with all that is theirs; tell how many."""
    gone: QuerySet[Store] = Store.objects.across_users(reason="stores of anybody were taken away")
    due = gone.filter(removed_at__lte=now - kept).order_by("pk")
    store_ids = list(due.values_list("pk", flat=True))
    return sum(_erase(store_id, due) for store_id in store_ids)


def _erase(store_id: int, due: "QuerySet[Store]") -> bool:
    """Erase a store, its history some rows at a time; False where it came back meanwhile."""
    store = due.filter(pk=store_id)
    for rows in _history(store_id):
        while ids := list(rows.values_list("pk", flat=True)[:_AT_ONCE]):
            with transaction.atomic():
                if store.select_for_update(of=("self",)).first() is None:
                    return False
                rows.filter(pk__in=ids).delete()
    with transaction.atomic():
        found = store.select_for_update(of=("self",)).first()
        if found is None:
            return False
        found.delete()
    logger.info("products.store.erased", store_id=store_id)
    return True


def _history(store_id: int) -> "Iterator[QuerySet[Change | DecisionRecord | Product | Order]]":
    """What a store may have very many of, each before what it hangs on."""
    yield Change.rows.filter(store=store_id)
    yield DecisionRecord.rows.filter(product__store=store_id)
    yield Product.rows.filter(store=store_id, listing__isnull=False)
    yield Product.rows.filter(store=store_id)
    yield Order.rows.filter(store=store_id)
