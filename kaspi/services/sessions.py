"""Sessions: made by a login, renewed by use, and ended by Kaspi."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from accounts.models import User
from cube_demper.kernel.sealing import Secret
from kaspi.errors import StoreNotConnected, StoreTaken
from kaspi.models import Attention, Session, SessionState, Store
from kaspi.ports import Connected, CookieJar, Merchant, SessionTicket

logger = structlog.get_logger("kaspi.sessions")


def open_session(*, user: User, email: str, connected: Connected, now: datetime) -> list[Store]:
    """Keep a fresh session and attach every shop that it opens.

    A shop that another seller only claimed is taken from them: a session proves whose it is. Raises
    StoreTaken when another seller's session opens it too; then nothing is kept.
    """
    with transaction.atomic():
        session = _keep_session(user, email, connected.jar, now)
        return [_attach(user, session, merchant, now) for merchant in connected.merchants]


def _keep_session(user: User, email: str, jar: CookieJar, now: datetime) -> Session:
    session: Session | None = (
        Session.objects.for_user(user).select_for_update().filter(email__iexact=email).first()
    )
    if session is None:
        session = Session(user=user, email=email, version=0, connected_at=now)
    session.jar = Secret(jar.to_json())
    session.state = SessionState.LIVE
    session.version += 1
    session.renewed_at = now
    session.save()
    return session


def _attach(user: User, session: Session, merchant: Merchant, now: datetime) -> Store:
    held = Store.rows.select_for_update(of=("self",)).filter(released_at=None)
    store = held.filter(merchant_id=merchant.merchant_id).first()
    if store is not None and store.user_id != user.pk and store.session_id is None:
        _release(store, now)
        store = None
    if store is None:
        store = Store(user=user, merchant_id=merchant.merchant_id, connected_at=now)
    if store.user_id != user.pk:
        raise StoreTaken
    store.session = session
    store.name = merchant.name or store.name or merchant.merchant_id
    store.attention = Attention.NONE
    store.attention_until = None
    store.save()
    return store


def _release(store: Store, now: datetime) -> None:
    """Let go of a store that was claimed without proof. Its rows stay with whoever claimed it."""
    store.released_at = now
    store.attention = Attention.CLAIM_LOST
    store.attention_until = None
    store.save(update_fields=["released_at", "attention", "attention_until"])
    logger.warning("kaspi.store.released", store_id=store.pk, merchant_id=store.merchant_id)


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
        account=store.session.email,
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


def end_session(*, ticket: SessionTicket) -> None:
    """Kaspi ended the session: its stores rest until somebody logs in again.

    Does nothing if a newer session has taken its place.
    """
    with transaction.atomic():
        is_current = Session.rows.filter(pk=ticket.session_id, version=ticket.version).update(
            state=SessionState.NEEDS_LOGIN
        )
        if is_current:
            Store.rows.filter(session_id=ticket.session_id).update(
                attention=Attention.SESSION_DEAD, attention_until=None
            )
            logger.warning("kaspi.session.ended", session_id=ticket.session_id)


def call_attention(
    *, store_id: int, attention: Attention, now: datetime, wait_s: float | None
) -> None:
    """Say on a store why it stands still, and until when."""
    Store.rows.filter(pk=store_id).update(
        attention=attention,
        attention_until=None if wait_s is None else now + timedelta(seconds=wait_s),
    )


def calm_stores(*, now: datetime) -> None:
    """Take back what has passed: a ban or a wall whose time is over."""
    Store.objects.across_users(reason="bans of anybody end").filter(
        attention__in=(Attention.PUSHES_BANNED, Attention.WALLED_OFF), attention_until__lte=now
    ).update(attention=Attention.NONE, attention_until=None)
