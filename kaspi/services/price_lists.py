"""Stores that give us no session, and the secret address of a price list.

A store is claimed by naming its merchant id: nothing proves whose it is. So a claim is worth less
than a session: whoever logs in to the shop takes it over (``sessions.py``), and the claim stands
still from then on.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts.models import User
from accounts.services import audit
from cube_demper.kernel.sealing import Secret
from kaspi.errors import StoreMissing, StoreTaken
from kaspi.models import ALMATY, Attention, Channel, PriceList, Store
from kaspi.services.comebacks import bring_back, removed_store
from kaspi.services.room import take_room

_SECRET_BYTES = 32
_FETCH_NOTED_EVERY = timedelta(seconds=1)


def claim_store(
    *,
    user: User,
    merchant_id: str,
    name: str,
    company: str = "",
    city_id: str = ALMATY,
    now: datetime,
) -> Store:
    """Keep a store without a session, whose prices go by price list. Its list is empty so far.

    One that the seller took away comes back. Raises StoreTaken when anybody has this shop here,
    the caller among them.
    """
    try:
        with transaction.atomic():
            take_room(user=user, merchant_id=merchant_id, now=now)
            store = removed_store(user=user, merchant_id=merchant_id)
            if store is None:
                store = Store(user=user, merchant_id=merchant_id)
            bring_back(store, channel=Channel.PRICE_LIST, session=None, now=now)
            store.name, store.city_id = name, city_id
            store.save()
            _issue(PriceList(store=store, company=company or name), now)
            audit.record(
                seller=user,
                action="store.claimed",
                subject="store",
                subject_id=store.pk,
                changes={"merchant_id": (None, merchant_id), "name": (None, name)},
                now=now,
            )
    except IntegrityError:
        raise StoreTaken from None
    return store


def rotate_price_list(*, user: User, store_id: int, now: datetime) -> PriceList:
    """Give the price list a new address; the old one is dead at once. Makes a list if need be.

    Raises StoreMissing for a foreign id.
    """
    with transaction.atomic():
        store: Store | None = (
            Store.objects.for_user(user)
            .filter(pk=store_id, released_at=None)
            .select_for_update()
            .first()
        )
        if store is None:
            raise StoreMissing
        audit.record(
            seller=user,
            action="price-list.rotated",
            subject="store",
            subject_id=store.pk,
            now=now,
        )
        return _issue(ensure_price_list(store, now=now), now)


def ensure_price_list(store: Store, *, now: datetime) -> PriceList:
    """Return the store's price list, made if need be."""
    price_list = PriceList.rows.select_for_update().filter(store=store).first()
    return price_list or _issue(PriceList(store=store, company=store.name), now)


def _issue(price_list: PriceList, now: datetime) -> PriceList:
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    price_list.secret = Secret(secret)
    price_list.secret_hash = _hashed(secret)
    price_list.rotated_at = now
    price_list.save()
    return price_list


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def find_price_list(secret: str) -> PriceList | None:
    """Find the list that stands at this address now.

    Whatever is asked for is hashed and looked up, so that a near miss takes as long as a wild
    guess. A list whose store's prices go by another channel, or whose seller is blocked, is not
    there.
    """
    lists = PriceList.objects.across_users(reason="the secret is the right")
    found: PriceList | None = (
        lists.filter(
            secret_hash=_hashed(secret),
            store__channel=Channel.PRICE_LIST,
            store__released_at=None,
            store__user__is_active=True,
        )
        .select_related("store")
        .first()
    )
    return found


def note_contents(*, price_list: PriceList, digest: str, now: datetime) -> datetime:
    """Remember what is served, and return since when it is just that."""
    if price_list.digest != digest or price_list.changed_at is None:
        price_list.digest, price_list.changed_at = digest, now.replace(microsecond=0)
        price_list.save(update_fields=["digest", "changed_at"])
    return price_list.changed_at


def note_fetch(*, price_list: PriceList, fetched_by: str, now: datetime) -> None:
    """Remember that somebody fetched the list, and that the store's trouble with it is over."""
    PriceList.rows.filter(
        Q(fetched_at=None) | Q(fetched_at__lte=now - _FETCH_NOTED_EVERY), pk=price_list.pk
    ).update(fetched_at=now, fetched_by=fetched_by[:200])
    Store.rows.filter(pk=price_list.store_id, attention=Attention.PRICE_LIST_UNREAD).update(
        attention=Attention.NONE, attention_until=None
    )
