"""A login's states, as the seller sees them. The walk itself is in ``walks.py``.

    WORKING ──► CODE_NEEDED ──► WORKING ──► CONNECTED
       │  └───► CHOOSE_MERCHANT ──►┘   └──► FAILED (reason, retry_at)
       └──► FAILED

The password waits sealed in the row and is erased when the login ends. A login is claimed once:
no machine ever enters the same password twice.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounts.models import User
from accounts.services import audit
from cube_demper.kernel.errors import DomainError
from cube_demper.kernel.jobs import QueueUnavailable
from cube_demper.kernel.sealing import Secret
from kaspi import jobs
from kaspi.errors import CodesFlooded, LoginExpired, LoginMissing, LoginNotAsking, LoginUnderWay
from kaspi.models import OPEN_LOGIN_STATES, Attention, Login, LoginState, SessionState, Store
from kaspi.ports import CookieJar
from kaspi.services import sessions

LIFETIME = timedelta(minutes=4)  # Kaspi's codes live about so long


def start_login(
    *, user: User, account: str, password: str, now: datetime, keeps_password: bool = False
) -> Login:
    """Order a walk through Kaspi's login pages.

    Raises CodesFlooded while Kaspi sends this account no codes: asking would prolong it. Raises
    LoginUnderWay while another login to this account is open: Kaspi counts them. Raises
    QueueUnavailable when it can't be ordered; then it has failed, and may be started again.
    """
    expire_logins(now=now)
    if until := flooded_until(account=account, now=now):
        raise CodesFlooded(retry_at=until)
    login = Login(
        user=user,
        account=account,
        password=Secret(password),
        keeps_password=keeps_password,
        answer=Secret(""),
        started_at=now,
        expires_at=now + LIFETIME,
    )
    try:
        with transaction.atomic():
            login.save()
            _record(user, "kaspi-login.begun", login, {"account": (None, account)}, now)
            jobs.walk_login(login_id=login.pk)
    except IntegrityError:
        raise LoginUnderWay from None
    except QueueUnavailable as error:
        fail_login(login=login, error=error, now=now)
        raise
    return login


def flooded_until(*, account: str, now: datetime) -> datetime | None:
    """Say until when Kaspi sends this account no codes, whoever asked for too many."""
    everybodys = Login.objects.across_users(reason="Kaspi counts codes per account")
    flooded = everybodys.filter(account=account, reason=CodesFlooded.code, retry_at__gt=now)
    latest: Login | None = flooded.order_by("-retry_at").first()
    return latest.retry_at if latest else None


def enter_code(*, user: User, login_id: UUID, code: str, now: datetime) -> Login:
    """Give the waiting walk the code that Kaspi sent.

    Raises LoginMissing for a foreign id and LoginNotAsking unless it waits for a code.
    """
    return _answer(user, login_id, LoginState.CODE_NEEDED, code, now)


def choose_merchant(*, user: User, login_id: UUID, merchant_id: str, now: datetime) -> Login:
    """Give the waiting walk one of the shops it found.

    Raises LoginMissing for a foreign id and LoginNotAsking unless it offers that shop.
    """
    return _answer(user, login_id, LoginState.CHOOSE_MERCHANT, merchant_id, now)


def _answer(user: User, login_id: UUID, asked_in: LoginState, answer: str, now: datetime) -> Login:
    with transaction.atomic():
        login: Login | None = (
            Login.objects.for_user(user).select_for_update().filter(pk=login_id).first()
        )
        if login is None:
            raise LoginMissing
        if login.state != asked_in or login.expires_at <= now:
            raise LoginNotAsking
        if asked_in == LoginState.CHOOSE_MERCHANT and answer not in [
            choice["merchant_id"] for choice in login.choices
        ]:
            raise LoginNotAsking("That merchant is not among the choices.")
        login.answer = Secret(answer)
        login.state = LoginState.WORKING
        login.save(update_fields=["answer", "state"])
        _record(user, "kaspi-login.answered", login, {"asked": (None, asked_in)}, now)
    return login


def _record(user: User, action: str, login: Login, changes: audit.Changes, now: datetime) -> None:
    """Say who logs in where; never with what."""
    audit.record(
        seller=user,
        action=action,
        subject="kaspi-login",
        subject_id=login.pk,
        changes=changes,
        now=now,
    )


def claim_login(*, login_id: UUID, now: datetime) -> Login | None:
    """Take a login up; ``None`` if somebody did before, or its time is over."""
    is_mine = Login.rows.filter(
        pk=login_id, state=LoginState.WORKING, claimed_at=None, expires_at__gt=now
    ).update(claimed_at=now)
    return Login.rows.select_related("user").get(pk=login_id) if is_mine else None


def ask(*, login: Login, state: LoginState, choices: Sequence[Mapping[str, str]] = ()) -> None:
    """Tell the seller what the walk waits for."""
    Login.rows.filter(pk=login.pk, state=LoginState.WORKING).update(
        state=state, choices=list(choices), answer=Secret("")
    )


def take_answer(*, login: Login, now: datetime) -> Secret | None:
    """Take what the seller answered; ``None`` while there is nothing.

    Raises LoginNotAsking when the login has ended or its time is over.
    """
    with transaction.atomic():
        row = Login.rows.select_for_update().get(pk=login.pk)
        if row.state not in OPEN_LOGIN_STATES or row.expires_at <= now:
            raise LoginNotAsking
        if not row.answer:
            return None
        answer: Secret = row.answer
        row.answer = Secret("")
        row.save(update_fields=["answer"])
    return answer


def keep_device(*, login: Login, jar: CookieJar) -> None:
    """Keep the lasting cookies of a walk that failed, so that the next is no new device to Kaspi.

    They come instead of those that earlier walks of the seller's to this account left: this one
    began with them.
    """
    if jar.cookies:
        with transaction.atomic():
            _forget_device(login)
            Login.rows.filter(pk=login.pk).update(device=Secret(jar.to_json()))


def jar_for(login: Login) -> CookieJar:
    """Return the cookies that a walk begins with: of the seller's last session, and of a failure.

    Never another seller's, though it were the same account.
    """
    kept = sessions.jar_of(user=login.user, account=login.account)
    for failed in _with_device(login):
        kept = kept.updated(CookieJar.from_json(failed.device.reveal()))
    return kept


def _with_device(login: Login) -> "QuerySet[Login]":
    return Login.rows.filter(user=login.user, account=login.account).exclude(device=Secret(""))


def _forget_device(login: Login) -> None:
    _with_device(login).update(device=Secret(""))


def is_open(login: Login) -> bool:
    """Whether nobody has ended the login yet."""
    return Login.rows.filter(pk=login.pk, state__in=OPEN_LOGIN_STATES).exists()


def give_up(*, login: Login, now: datetime) -> None:
    """End a login that nobody will answer any more, and make room for the next."""
    fail_login(login=login, error=LoginExpired("It was given up: start again."), now=now)


def fail_login(*, login: Login, error: DomainError, now: datetime) -> None:
    """End a login with the reason, and say so on the stores it was to reopen."""
    with transaction.atomic():
        _close(
            login,
            state=LoginState.FAILED,
            reason=error.code,
            detail=error.detail[:300],
            retry_at=error.retry_at,
            finished_at=now,
        )
        # While a session is being renewed, its stores say so.
        Store.objects.for_user(login.user).filter(
            session__account=login.account, session__state=SessionState.NEEDS_REAUTH
        ).update(
            attention=sessions.ATTENTION_AFTER.get(error.code, Attention.LOGIN_FAILED),
            attention_until=error.retry_at,
        )


def close_connected(*, login: Login, now: datetime) -> None:
    """End a login that came through. What failed ones left is in its session now."""
    _forget_device(login)
    _close(login, state=LoginState.CONNECTED, finished_at=now)


def expire_logins(*, now: datetime) -> None:
    """End logins whose time is over: nobody answered, or the browser that held them is gone."""
    overdue = Login.objects.across_users(reason="logins of anybody run out").filter(
        state__in=OPEN_LOGIN_STATES, expires_at__lte=now
    )
    for login in overdue.select_related("user"):
        fail_login(login=login, error=LoginExpired(), now=now)


def _close(login: Login, **values: Any) -> None:
    # Nothing that was typed stays behind in a login that has ended.
    Login.rows.filter(pk=login.pk, state__in=OPEN_LOGIN_STATES).update(
        password=Secret(""), answer=Secret(""), **values
    )
