"""How a store's prices get to Kaspi: by one channel at a time, and never by two."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from accounts.services import audit
from kaspi.errors import StoreMissing, StoreNotConnected
from kaspi.models import Channel, PriceList, Store
from kaspi.services.price_lists import ensure_price_list
from kaspi.services.syncs import begin_sync
from products.errors import CabinetNeeded
from products.models import Change, ChangeState, PreorderChange, PriceListEntry
from products.services.preorder_changes import drop_preorders


def choose_channel(*, user: User, store_id: int, channel: Channel, now: datetime) -> Store:
    """Let the store's prices go by this channel from now on; changes on their way are dropped.

    A price list that is new is filled from the cabinet if there is a session, else by an import.
    Raises StoreMissing for a foreign id, StoreNotConnected where the cabinet can't be entered, and
    SyncUnderWay while the catalogue is being read: what it reads would be for the other channel.
    """
    with transaction.atomic():
        store: Store | None = (
            Store.objects.for_user(user)
            .filter(pk=store_id, released_at=None)
            .select_for_update(of=("self",))
            .select_related("session")
            .first()
        )
        if store is None:
            raise StoreMissing
        if store.channel == channel:
            return store
        if channel == Channel.CABINET and not store.is_connected:
            raise StoreNotConnected
        audit.record(
            seller=user,
            action="store.channel-chosen",
            subject="store",
            subject_id=store.pk,
            changes={"channel": (store.channel, channel)},
            now=now,
        )
        store.channel = channel
        store.save(update_fields=["channel"])
        _drop_changes(store, now)
        if channel == Channel.PRICE_LIST:
            _fill_price_list(store, now)
    return store


def _drop_changes(store: Store, now: datetime) -> None:
    """Drop what has not been sent, and what stands in a list that is not served any more."""
    changes = Change.rows.filter(
        product__store=store,
        state__in=(ChangeState.PROPOSED, ChangeState.PENDING, ChangeState.PUBLISHED),
    )
    changes.update(state=ChangeState.SUPERSEDED, settled_at=now)
    if store.channel != Channel.CABINET:
        waiting = PreorderChange.rows.filter(store=store, state=ChangeState.PENDING)
        drop_preorders(waiting, failure=CabinetNeeded.code, now=now)


def _fill_price_list(store: Store, now: datetime) -> None:
    price_list = ensure_price_list(store, now=now)
    # What it said when it was served last is old by now.
    PriceListEntry.rows.filter(product__store=store).update(stated_price=None)
    PriceList.rows.filter(pk=price_list.pk).update(stated_at=None)
    if store.is_connected:
        begin_sync(store=store, now=now)
