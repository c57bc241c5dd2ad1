"""Opening accounts, and what may be a password."""

from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.errors import EmailTaken, WeakPassword
from accounts.jobs import send_known, send_proof
from accounts.models import Role, User
from accounts.services import tries


def register(
    *, email: str, password: str, name: str = "", address: str | None, now: datetime
) -> None:
    """Open an account for a seller who asks for one, or mail whose address it is already.

    Nobody learns here which of the two it was: the password is checked and hashed before the
    address is looked up, and either way a mail follows. Raises WeakPassword and TooManyTries.
    """
    tries.spend(tries.registration_buckets(address=address), now=now)
    try:
        register_seller(email=email, password=password, name=name, now=now)
    except EmailTaken:
        send_known(email=email)


def register_seller(*, email: str, password: str, name: str = "", now: datetime) -> User:
    """Open an account for a seller, and mail a link that proves the address.

    Raises EmailTaken, whatever the case of the letters, and WeakPassword.
    """
    with transaction.atomic():
        user = _create_user(email=email, password=password, name=name, role=Role.USER, now=now)
        send_proof(user_id=user.pk, email=user.email)
    return user


def register_operator(*, email: str, password: str, name: str = "", now: datetime) -> User:
    """Open an account for one of us, with every right. Raises like ``register_seller``."""
    return _create_user(email=email, password=password, name=name, role=Role.ADMIN, now=now)


def _create_user(*, email: str, password: str, name: str, role: Role, now: datetime) -> User:
    user = User(email=User.objects.normalize_email(email), name=name, role=role, joined_at=now)
    check_strength(password, user=user)
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError:
        raise EmailTaken from None
    return user


def check_strength(password: str, *, user: User) -> None:
    """Raises WeakPassword for one that is too easy to guess for this user."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise WeakPassword(" ".join(error.messages)) from None
