"""A store that its seller takes away: its secrets are gone at once, its history stays for a while.

Its row is kept, and nobody sees it (``TenantManager.hidden``). A login or a claim by the same
seller brings it back as it was; the shop is free for anybody meanwhile.
"""

from datetime import datetime

import structlog
from django.db import transaction

from accounts.models import User
from accounts.services import audit
from cube_demper.kernel.sealing import Secret
from kaspi.errors import StoreMissing, StoreRemoved
from kaspi.models import (
    OPEN_JOB_STATES,
    OPEN_LOGIN_STATES,
    Attention,
    Job,
    Login,
    OrdersAccess,
    PriceList,
    Session,
    Store,
)
from kaspi.services import logins, syncs

logger = structlog.get_logger("kaspi.stores")


def remove_store(*, user: User, store_id: int, now: datetime) -> Store:
    """Let go of a store and forget what opens it. Raises StoreMissing, also for a foreign id.

    That is the address of its price list, its token for orders and, where no other store of the
    seller's needs them, its session with cookies and password. Its changes are not for us to drop:
    whoever is above calls this in the same transaction.
    """
    with transaction.atomic():
        own = Store.objects.for_user(user).filter(pk=store_id)
        # A login locks its session before the stores.
        list(Session.rows.filter(stores__in=own).select_for_update(of=("self",)))
        store: Store | None = own.select_for_update(of=("self",)).first()
        if store is None:
            raise StoreMissing
        session_id, store.session = store.session_id, None
        store.released_at, store.removed_at = store.released_at or now, now
        store.attention, store.attention_cause = Attention.NONE, ""
        store.attention_until = None
        store.save()
        _end_jobs(store, now=now)
        OrdersAccess.rows.filter(store=store).delete()
        PriceList.rows.filter(store=store).delete()
        if session_id is not None and not Store.rows.filter(session=session_id).exists():
            _forget_session(user, session_id, now=now)
        audit.record(
            seller=user,
            action="store.removed",
            subject="store",
            subject_id=store.pk,
            changes={"merchant_id": (store.merchant_id, None), "name": (store.name, None)},
            now=now,
        )
    logger.info("kaspi.store.removed", store_id=store.pk, merchant_id=store.merchant_id)
    return store


def _end_jobs(store: Store, *, now: datetime) -> None:
    for job in Job.rows.filter(store=store, state__in=OPEN_JOB_STATES):
        syncs.fail_sync(job=job, reason=StoreRemoved.code, detail=StoreRemoved.title(), now=now)


def _forget_session(user: User, session_id: int, *, now: datetime) -> None:
    """Forget a session that opens nothing any more, and every walk to its account."""
    session = Session.rows.get(pk=session_id)
    walks = Login.rows.filter(user=user, account=session.account)
    for login in walks.filter(state__in=OPEN_LOGIN_STATES).select_related("user"):
        logins.fail_login(login=login, error=StoreRemoved(), now=now)
    walks.update(device=Secret(""), keeps_password=False)
    session.delete()
