"""Devices that are logged in: begun by a login, kept by refreshes, ended by whoever owns them.

A refresh token works once. One that is brought a second time, well after it was spent, was copied:
then nobody can say who holds the newer one, and the whole sign-in ends (docs/adr/0032).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import QuerySet
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import RefreshToken, UntypedToken

from accounts.errors import RefreshTokenSpent, SignInMissing
from accounts.models import SignIn, User
from accounts.services import audit

logger = structlog.get_logger("accounts.sign_ins")
# Two tabs of one browser may bring the same token at once: that is no theft.
_TABS_DIFFER_BY = timedelta(seconds=10)
_USE_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Tokens:
    """A short-lived access token and the refresh token that renews it once."""

    access: str
    refresh: str


@dataclass(frozen=True, slots=True)
class Device:
    """Where a request comes from, as far as it says so."""

    name: str = ""
    address: str | None = None
    known_as: str = ""  # what it was given at its last login


def begin(*, user: User, device: Device, now: datetime) -> Tokens:
    """Let a device in. Runs in the transaction of whoever knows that it may."""
    sign_in = SignIn(user=user, begun_at=now, used_at=now)
    return _issue(sign_in, device=device)


def _issue(sign_in: SignIn, *, device: Device) -> Tokens:
    refresh = RefreshToken.for_user(sign_in.user)
    sign_in.device_name, sign_in.address = device.name, device.address
    sign_in.expires_at = sign_in.used_at + refresh.lifetime
    sign_in.save()
    refresh["sid"] = sign_in.pk
    return Tokens(access=str(refresh.access_token), refresh=str(refresh))


def renew(*, refresh: str, device: Device, now: datetime) -> Tokens:
    """Exchange a refresh token for a new pair; the old one is spent.

    Raises RefreshTokenSpent, also when its user is blocked or its sign-in was ended.
    """
    try:
        token = UntypedToken(refresh)  # type: ignore[arg-type]  # the stub wants a Token
        if token["token_type"] != RefreshToken.token_type:
            raise RefreshTokenSpent
        sign_in_id, jti = token["sid"], token["jti"]
    except (TokenError, KeyError):
        raise RefreshTokenSpent from None
    with transaction.atomic():
        tokens = _renew_locked(sign_in_id, refresh, jti=jti, device=device, now=now)
    if tokens is None:  # raised after the commit: the end of a stolen sign-in must stand
        raise RefreshTokenSpent
    return tokens


def _renew_locked(
    sign_in_id: int, refresh: str, *, jti: str, device: Device, now: datetime
) -> Tokens | None:
    signed_in = SignIn.objects.across_users(reason="a refresh token says whose it is")
    sign_in: SignIn | None = (
        signed_in.select_for_update(of=("self",))  # two callers may bring the same token
        .select_related("user")
        .filter(pk=sign_in_id, ended_at=None, user__is_active=True)
        .first()
    )
    if sign_in is None:
        return None
    spent = BlacklistedToken.objects.filter(token__jti=jti).first()
    if spent is not None:
        if now - spent.blacklisted_at > _TABS_DIFFER_BY:
            _end(sign_in, action="sign-in.stolen", now=now)
            logger.warning("accounts.refresh.reused", sign_in_id=sign_in.pk)
        return None
    RefreshToken(refresh).blacklist()  # type: ignore[arg-type]  # the stub wants a Token
    sign_in.used_at = now
    return _issue(sign_in, device=device)


def note_use(sign_in: SignIn, *, now: datetime) -> None:
    """Remember, to the minute, that a device is in use."""
    if now - sign_in.used_at >= _USE_NOTED_EVERY:
        stale = SignIn.rows.filter(pk=sign_in.pk, used_at__lte=now - _USE_NOTED_EVERY)
        stale.update(used_at=now)


def sign_ins_of(user: User, *, now: datetime) -> "QuerySet[SignIn]":
    """The devices that are logged in now."""
    own: QuerySet[SignIn] = SignIn.objects.for_user(user)
    return own.filter(ended_at=None, expires_at__gt=now)


def end_sign_in(*, user: User, sign_in_id: int, now: datetime) -> None:
    """Log a device out: its tokens are worth nothing from now on. Raises SignInMissing."""
    with transaction.atomic():
        own = sign_ins_of(user, now=now).select_for_update(of=("self",))
        sign_in = own.select_related("user").filter(pk=sign_in_id).first()
        if sign_in is None:
            raise SignInMissing
        sign_in.user = user
        _end(sign_in, action="sign-in.ended", now=now)


def _end(sign_in: SignIn, *, action: str, now: datetime) -> None:
    SignIn.rows.filter(pk=sign_in.pk).update(ended_at=now)
    audit.record(
        seller=sign_in.user, action=action, subject="sign-in", subject_id=sign_in.pk, now=now
    )


def end_others(*, user: User, but: int | None, now: datetime) -> int:
    """Log out every device but this one, or every one. Return how many."""
    standing = sign_ins_of(user, now=now)
    ending = standing if but is None else standing.exclude(pk=but)
    return ending.update(ended_at=now)


def forget_sign_ins(*, now: datetime) -> int:
    """Forget what has expired: refresh tokens, spent or not, and sign-ins. Return how many."""
    _, forgotten = OutstandingToken.objects.filter(expires_at__lte=now).delete()
    signed_in = SignIn.objects.across_users(reason="sign-ins of anybody expire")
    signed_in.filter(expires_at__lte=now).delete()
    return forgotten.get("token_blacklist.OutstandingToken", 0)
