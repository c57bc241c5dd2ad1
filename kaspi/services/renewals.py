"""The one silent renewal of a session that Kaspi ended: nobody but a machine notices.

A renewal is a login of its own kind. So one at a time walks for an account, whoever orders it; a
password is typed once at most; and what a killed worker held runs out like any other login.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.db import IntegrityError, transaction

from cube_demper.kernel.errors import RateExceeded
from cube_demper.kernel.jobs import QueueUnavailable
from cube_demper.kernel.sealing import Secret
from kaspi import jobs
from kaspi.errors import (
    BrowserGone,
    KaspiUnavailable,
    LoginExpired,
    LoginTimedOut,
    WalledOff,
    WrongPassword,
)
from kaspi.models import Login, LoginState, Session, SessionState
from kaspi.services import logins, sessions, walks

logger = structlog.get_logger("kaspi.renewals")
MOST_WALKS = 4  # after so many that never got as far as an answer, the seller is asked
_PAUSE = timedelta(minutes=1)  # before a walk that got nowhere is walked again

# They say nothing of the session: the walk did not get far enough.
_NOWHERE = {
    error.code
    for error in (
        BrowserGone,
        KaspiUnavailable,
        LoginExpired,
        LoginTimedOut,
        RateExceeded,
        WalledOff,
    )
}


def order_renewals(*, now: datetime) -> None:
    """Order the renewals that are due: of sessions that just ended, or whose worker died."""
    due = Session.objects.across_users(reason="sessions of anybody end").filter(
        state=SessionState.RENEWING, renew_at__lte=now
    )
    for session_id in due.values_list("pk", flat=True):
        try:
            jobs.renew_session(session_id=session_id)
        except QueueUnavailable:
            return  # still due at the next round


def renew_session(*, session_id: int, clock: Callable[[], datetime]) -> None:
    """Carry one renewal to its end: the session is live, or due again, or its seller is asked."""
    login = begin_renewal(session_id=session_id, now=clock())
    if login is None:
        return
    walks.walk_login(login_id=login.pk, clock=clock)
    session = Session.rows.select_related("user").filter(pk=session_id).first()
    if session is None:
        return  # its stores were taken away meanwhile
    if session.state == SessionState.LIVE:
        logger.info("kaspi.session.renewed", session_id=session_id)
        return
    judge_renewal(session=session, login=Login.rows.get(pk=login.pk), now=clock())


def begin_renewal(*, session_id: int, now: datetime) -> Login | None:
    """Write the renewal's login; ``None`` if it is not due, or a login to the account is open."""
    try:
        with transaction.atomic():
            session = (
                Session.rows.select_for_update(of=("self",))
                .select_related("user")
                .filter(pk=session_id, state=SessionState.RENEWING, renew_at__lte=now)
                .first()
            )
            if session is None:
                return None
            if session.renewals and _is_settled(session, now):
                return None
            if until := logins.flooded_until(account=session.account, now=now):
                _postpone(session, until)
                return None
            session.renewals += 1
            session.renew_at = now + logins.LIFETIME  # a killed worker's walk has run out by then
            session.save(update_fields=["renewals", "renew_at"])
            return Login.rows.create(
                user=session.user,
                account=session.account,
                password=session.password,
                answer=Secret(""),
                keeps_password=bool(session.password),
                is_renewal=True,
                started_at=now,
                expires_at=now + logins.LIFETIME,
            )
    except IntegrityError:
        return None  # somebody logs in by hand; if that comes to nothing, this is still due


def _is_settled(session: Session, now: datetime) -> bool:
    """Judge a walk whose worker died before it could: a refused password is not typed again."""
    last = (
        Login.rows.filter(user=session.user, account=session.account, is_renewal=True)
        .order_by("-started_at")
        .first()
    )
    if last is None or last.state != LoginState.FAILED or _got_nowhere(session, last):
        return False
    judge_renewal(session=session, login=last, now=now)
    return True


def judge_renewal(*, session: Session, login: Login, now: datetime) -> None:
    """Say what a failed walk means: once more later, or the seller has to log in."""
    if _got_nowhere(session, login):
        _postpone(session, max(now + _PAUSE, login.retry_at or now))
        return
    if login.reason == WrongPassword.code:
        Session.rows.filter(pk=session.pk).update(password=Secret(""))
    sessions.need_login(session=session, reason=login.reason, retry_at=login.retry_at, now=now)


def _postpone(session: Session, until: datetime) -> None:
    Session.rows.filter(pk=session.pk, state=SessionState.RENEWING).update(renew_at=until)


def _got_nowhere(session: Session, login: Login) -> bool:
    return login.reason in _NOWHERE and session.renewals < MOST_WALKS
