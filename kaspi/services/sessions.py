"""Sessions: made by a login, renewed by use, ended by Kaspi, and renewed once more in silence.

    LIVE ──► RENEWING ──► LIVE
                └──► NEEDS_REAUTH (reason) ──► LIVE, when the seller logs in

The silent renewal itself is in ``renewals.py``.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from accounts.models import User
from accounts.services import audit
from cube_demper.kernel.sealing import Secret
from kaspi import selectors
from kaspi.errors import StoreNotConnected, StoreTaken
from kaspi.login_ports import Connected
from kaspi.models import Attention, Channel, Login, Session, SessionState, Store
from kaspi.ports import CookieJar, Merchant, SessionTicket
from kaspi.services.comebacks import bring_back, removed_merchants, removed_store
from kaspi.services.room import take_room
from kaspi.services.telling import tell_of_session, tell_of_stores
from kaspi.signals import login_needed
from news.models import EventKind

logger = structlog.get_logger("kaspi.sessions")

# Which failures of a login a seller sees on its stores, and in which words.
ATTENTION_AFTER: Mapping[str, Attention] = {
    "wrong-password": Attention.WRONG_PASSWORD,
    "code-required": Attention.CODE_NEEDED,
    "code-wrong": Attention.CODE_NEEDED,
    "codes-flooded": Attention.CODES_FLOODED,
    "walled-off": Attention.WALLED_OFF,
}


def open_session(
    *,
    user: User,
    account: str,
    connected: Connected,
    now: datetime,
    password: Secret | None = None,
    brings_back: bool = True,
) -> list[Store]:
    """Keep a fresh session and attach every shop that it opens.

    A shop that another seller only claimed is taken from them: a session proves whose it is. One
    that the seller took away comes back, unless a machine logs in (``brings_back``). Raises
    StoreTaken when another seller's session opens it too; then nothing is kept. ``password`` stays
    with the session: only what the seller lets us keep may be given.
    """
    with transaction.atomic():
        session = _keep_session(user, account, connected.jar, now)
        session.password = password or Secret("")
        session.save(update_fields=["password"])
        removed = set() if brings_back else removed_merchants(user)
        shops = [one for one in connected.merchants if one.merchant_id not in removed]
        return [_attach(user, session, merchant, now) for merchant in shops]


def _keep_session(user: User, account: str, jar: CookieJar, now: datetime) -> Session:
    session: Session | None = (
        Session.objects.for_user(user).select_for_update().filter(account=account).first()
    )
    if session is None:
        session = Session(user=user, account=account, version=0, connected_at=now)
    was = session.state
    session.jar = Secret(jar.to_json())
    session.state = SessionState.LIVE
    session.version += 1
    session.renewed_at = now
    session.reason, session.renewals = "", 0
    session.renew_at = session.told_at = None
    session.save()
    if was == SessionState.NEEDS_REAUTH:
        tell_of_session(session, EventKind.SESSION_BACK, now=now)
    return session


def _attach(user: User, session: Session, merchant: Merchant, now: datetime) -> Store:
    held = Store.rows.select_for_update(of=("self",)).filter(released_at=None)
    store = held.filter(merchant_id=merchant.merchant_id).first()
    if store is not None and store.user_id != user.pk and store.session_id is None:
        _release(store, now)
        store = None
    if store is None:
        take_room(user=user, merchant_id=merchant.merchant_id, now=now)
    if store is None and (store := removed_store(user=user, merchant_id=merchant.merchant_id)):
        bring_back(store, channel=Channel.CABINET, session=session, now=now)
    if store is None:
        store = Store(user=user, merchant_id=merchant.merchant_id, connected_at=now)
    if store.user_id != user.pk:
        raise StoreTaken
    store.session = session
    if not store.is_named:
        store.name = merchant.name or store.name or merchant.merchant_id
    store.attention = Attention.NONE
    store.attention_until = None
    store.save()
    audit.record(
        seller=user,
        action="store.connected",
        subject="store",
        subject_id=store.pk,
        changes={"merchant_id": (None, merchant.merchant_id), "account": (None, session.account)},
        now=now,
    )
    return store


def _release(store: Store, now: datetime) -> None:
    """Let go of a store that was claimed without proof. Its rows stay with whoever claimed it."""
    store.released_at = now
    store.attention = Attention.CLAIM_LOST
    store.attention_until = None
    store.save(update_fields=["released_at", "attention", "attention_until"])
    logger.warning("kaspi.store.released", store_id=store.pk, merchant_id=store.merchant_id)


def jar_of(*, user: User, account: str) -> CookieJar:
    """Return what is left of a seller's last session: Kaspi's sign-on may outlive it."""
    session = Session.objects.for_user(user).filter(account=account).first()
    return CookieJar.from_json(session.jar.reveal()) if session else CookieJar()


def merchant_ids_of(*, user: User, account: str) -> set[str]:
    """Return the shops that a seller has connected with this account."""
    stores = Store.objects.for_user(user).filter(session__account=account, released_at=None)
    return set(stores.values_list("merchant_id", flat=True))


def ticket_for(store: Store) -> SessionTicket:
    """What a client needs to act for this store, and for no other. Raises StoreNotConnected."""
    if store.session is None:
        raise StoreNotConnected
    if store.session.user_id != store.user_id:  # can't be; and must never be acted upon
        raise StoreTaken
    return SessionTicket(
        store_id=store.pk,
        session_id=store.session.pk,
        version=store.session.version,
        merchant_id=store.merchant_id,
        jar=CookieJar.from_json(store.session.jar.reveal()),
        account=store.session.account,
        egress_id=store.session.egress_id,
    )


def keep_renewed(
    tickets: Sequence[SessionTicket], *, renewed: Mapping[int, CookieJar], now: datetime
) -> None:
    """Save jars that Kaspi renewed: ``renewed`` is session id → jar.

    A jar that somebody saved meanwhile stays: the cookies of two answers at once are equally good,
    and a fresh login's are better.
    """
    versions = {ticket.session_id: ticket.version for ticket in tickets}
    for session_id, jar in renewed.items():
        version = versions[session_id]
        Session.rows.filter(pk=session_id, version=version, state=SessionState.LIVE).update(
            jar=Secret(jar.to_json()), version=version + 1, renewed_at=now
        )


def end_session(*, ticket: SessionTicket, now: datetime) -> None:
    """Kaspi ended the session: its stores rest while we try to renew it, once and in silence.

    Does nothing if a newer session has taken its place, or somebody noticed before.
    """
    with transaction.atomic():
        is_current = Session.rows.filter(
            pk=ticket.session_id, version=ticket.version, state=SessionState.LIVE
        ).update(state=SessionState.RENEWING, renew_at=now)
        if is_current:
            Store.rows.filter(session_id=ticket.session_id).update(
                attention=Attention.RENEWING, attention_until=None
            )
            logger.warning("kaspi.session.ended", session_id=ticket.session_id)


def need_login(*, session: Session, reason: str, retry_at: datetime | None, now: datetime) -> None:
    """Give a renewal up: only the seller can log in now, and is told so once."""
    with transaction.atomic():
        is_new = Session.rows.filter(pk=session.pk, state=SessionState.RENEWING).update(
            state=SessionState.NEEDS_REAUTH, reason=reason, renew_at=None, told_at=now
        )
        if not is_new:
            return
        Store.rows.filter(session_id=session.pk).update(
            attention=ATTENTION_AFTER.get(reason, Attention.SESSION_DEAD), attention_until=retry_at
        )
        tell_of_session(session, EventKind.SESSION_LOST, reason=reason, now=now)
        login_needed.send(Session, session_id=session.pk, user_id=session.user_id, reason=reason)
        logger.warning("kaspi.session.login_needed", session_id=session.pk, code=reason)


def forget_password(*, user: User, store_id: int, now: datetime) -> None:
    """Erase the password that opens a store. Raises StoreMissing, also for somebody else's."""
    store = selectors.store_of(user, store_id=store_id)
    if store.session is not None:
        with transaction.atomic():
            Session.rows.filter(pk=store.session.pk).update(password=Secret(""))
            # A walk that is under way with it may end, but no longer leaves it behind.
            Login.rows.filter(user=user, account=store.session.account).update(keeps_password=False)
            audit.record(
                seller=user,
                action="store.password-forgotten",
                subject="store",
                subject_id=store.pk,
                now=now,
            )


def call_attention(
    *, store_id: int, attention: Attention, now: datetime, wait_s: float | None
) -> None:
    """Say on a store why it stands still, and until when; its seller is told of a new reason."""
    until = None if wait_s is None else now + timedelta(seconds=wait_s)
    with transaction.atomic():
        store = Store.rows.select_for_update().filter(pk=store_id)
        before = store.values_list("attention", flat=True).first()
        store.update(attention=attention, attention_until=until)
        if before != attention:
            tell_of_stores([store_id], EventKind.STORE_STOPPED, now=now)


def calm_stores(*, now: datetime) -> None:
    """Take back what has passed, a ban or a wall whose time is over, and tell its sellers."""
    with transaction.atomic():
        over = (
            Store.objects.across_users(reason="bans of anybody end")
            .filter(
                attention__in=(Attention.PUSHES_BANNED, Attention.WALLED_OFF),
                attention_until__lte=now,
            )
            .select_for_update()
            .order_by("pk")
        )
        ids = list(over.values_list("pk", flat=True))
        Store.rows.filter(pk__in=ids).update(attention=Attention.NONE, attention_until=None)
        tell_of_stores(ids, EventKind.STORE_GOES_ON, now=now)
