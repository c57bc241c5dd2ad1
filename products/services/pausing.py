"""Stop a store and let it go on."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from accounts.services import audit
from kaspi.errors import StoreMissing
from kaspi.models import Attention, Store
from products.models import Change, ChangeState, Market, Product


def pause_store(*, user: User, store_id: int, now: datetime) -> Store:
    """Push nothing more of a store; what is not sent yet is dropped. Raises StoreMissing."""
    with transaction.atomic():
        store = _locked(user, store_id)
        _record(user, "store.paused", store, is_paused=True, now=now)
        store.is_paused = True
        store.save(update_fields=["is_paused"])
        unsent = (ChangeState.PROPOSED, ChangeState.PENDING)
        Change.rows.filter(store=store, state__in=unsent).update(
            state=ChangeState.SUPERSEDED, settled_at=now
        )
    return store


def resume_store(*, user: User, store_id: int, now: datetime) -> Store:
    """Let a store go on from its prices as they are, looked at soon. Raises StoreMissing."""
    with transaction.atomic():
        own = Product.objects.for_user(user).filter(store=store_id)
        markets = Market.objects.filter(pk__in=own.values("market"), next_look_at__gt=now)
        locked = list(markets.select_for_update().order_by("pk").values_list("pk", flat=True))
        Market.objects.filter(pk__in=locked).update(next_look_at=now)
        # Whoever lets it go on has seen where prices are going: a jump counts from there.
        Product.rows.filter(pk__in=own.values("pk")).update(anchor=None, outside_at=None)
        store = _locked(user, store_id)
        _record(user, "store.resumed", store, is_paused=False, now=now)
        store.is_paused = False
        if store.attention == Attention.PRICES_JUMPED:
            store.attention = Attention.NONE
        store.save(update_fields=["is_paused", "attention"])
    return store


def _record(user: User, action: str, store: Store, *, is_paused: bool, now: datetime) -> None:
    audit.record(
        seller=user,
        action=action,
        subject="store",
        subject_id=store.pk,
        changes={"is_paused": (store.is_paused, is_paused)},
        now=now,
    )


def _locked(user: User, store_id: int) -> Store:
    own = Store.objects.for_user(user).filter(pk=store_id, released_at=None)
    store: Store | None = own.select_for_update(of=("self",)).select_related("session").first()
    if store is None:
        raise StoreMissing
    return store
