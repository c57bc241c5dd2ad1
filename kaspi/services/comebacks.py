"""Stores that their seller took away (``removals.py``), on their way back."""

from datetime import datetime

from accounts.models import User
from kaspi.models import Channel, Session, Store


def removed_store(*, user: User, merchant_id: str) -> Store | None:
    """The seller's store of this shop that was taken away, locked; ``None`` if there is none."""
    gone = Store.rows.filter(user=user, merchant_id=merchant_id, removed_at__isnull=False)
    return gone.select_for_update(of=("self",)).order_by("-removed_at").first()


def removed_merchants(user: User) -> set[str]:
    """The shops that a seller took away and does not have now."""
    stores = Store.rows.filter(user=user)
    there = stores.filter(released_at=None).values("merchant_id")
    gone = stores.filter(removed_at__isnull=False).exclude(merchant_id__in=there)
    return set(gone.values_list("merchant_id", flat=True))


def bring_back(store: Store, *, channel: Channel, session: Session | None, now: datetime) -> None:
    """Make a store its seller's again, unsaved: with all that was kept of it."""
    store.removed_at = store.released_at = None
    store.channel, store.session = channel, session
    store.connected_at, store.synced_at = now, None
