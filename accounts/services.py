"""Joining and coming in."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth import authenticate
from django.contrib.auth.models import update_last_login
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken
from rest_framework_simplejwt.tokens import RefreshToken

from accounts.errors import EmailTaken, RefreshTokenSpent, WeakPassword, WrongCredentials
from accounts.models import Role, User


@dataclass(frozen=True, slots=True)
class Tokens:
    """A short-lived access token and the refresh token that renews it once."""

    access: str
    refresh: str


def register_seller(*, email: str, password: str, name: str = "", now: datetime) -> User:
    """Open an account for a seller.

    Raises EmailTaken, whatever the case of the letters, and WeakPassword.
    """
    return _create_user(email=email, password=password, name=name, role=Role.USER, now=now)


def register_operator(*, email: str, password: str, name: str = "", now: datetime) -> User:
    """Open an account for one of us, with every right. Raises like ``register_seller``."""
    return _create_user(email=email, password=password, name=name, role=Role.ADMIN, now=now)


def _create_user(*, email: str, password: str, name: str, role: Role, now: datetime) -> User:
    user = User(email=User.objects.normalize_email(email), name=name, role=role, joined_at=now)
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise WeakPassword(" ".join(error.messages)) from None
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError:
        raise EmailTaken from None
    return user


def log_in(*, email: str, password: str) -> Tokens:
    """Exchange an e-mail and a password for tokens.

    Raises WrongCredentials, the same for an unknown e-mail, a wrong password and a blocked user.
    """
    user = authenticate(username=email, password=password)
    if not isinstance(user, User):
        raise WrongCredentials
    update_last_login(User, user)
    refresh = RefreshToken.for_user(user)
    return Tokens(access=str(refresh.access_token), refresh=str(refresh))


def renew_tokens(*, refresh: str) -> Tokens:
    """Exchange a refresh token for a new pair; the old one is spent.

    Raises RefreshTokenSpent, also when its user is blocked.
    """
    try:
        with transaction.atomic():
            spent = RefreshToken(refresh)  # type: ignore[arg-type]  # the stub wants a Token
            users = User.objects.select_for_update()  # two callers may bring the same token
            user = users.filter(pk=spent["user_id"], is_active=True).first()
            if user is None:
                raise RefreshTokenSpent
            spent.check_blacklist()
            spent.blacklist()
            renewed = RefreshToken.for_user(user)
    except (TokenError, KeyError):
        raise RefreshTokenSpent from None
    return Tokens(access=str(renewed.access_token), refresh=str(renewed))


def forget_tokens(*, now: datetime) -> int:
    """Forget refresh tokens that have expired, spent or not; return how many."""
    _, forgotten = OutstandingToken.objects.filter(expires_at__lte=now).delete()
    return forgotten.get("token_blacklist.OutstandingToken", 0)
