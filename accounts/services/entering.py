"""Coming in by password, and going."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib.auth import authenticate
from django.db import transaction

from accounts.errors import WrongCredentials
from accounts.models import Actor, User
from accounts.services import audit, sign_ins, tries
from accounts.services.sign_ins import Device, Tokens


@dataclass(frozen=True, slots=True)
class Entry:
    """A login that came through: the tokens, and what makes this device known the next time."""

    tokens: Tokens
    known_as: str


def log_in(*, email: str, password: str, device: Device, now: datetime) -> Entry:
    """Exchange an e-mail and a password for tokens.

    Raises WrongCredentials, the same and after the same work for an unknown e-mail, a wrong
    password, a blocked user and (where that is asked) an address not proved yet, and
    TooManyTries before the password is looked at.
    """
    buckets = tries.login_buckets(email=email, address=device.address, known_as=device.known_as)
    with tries.paid(buckets, now=now):
        user = authenticate(username=email, password=password)  # hashes for nobody as well
        if not isinstance(user, User) or not _may_enter(user):
            raise WrongCredentials
    user.acting = Actor(user_id=user.pk, email=user.email)
    with transaction.atomic():
        # Hashing takes a while: a password that was changed meanwhile lets nobody in any more.
        now_kept = User.objects.select_for_update().filter(pk=user.pk, is_active=True)
        if now_kept.values_list("password", flat=True).first() != user.password:
            raise WrongCredentials
        user.last_login = now
        user.save(update_fields=["last_login"])
        tokens = sign_ins.begin(user=user, device=device, now=now)
        said = {"device": (None, device.name), "address": (None, device.address)}
        audit.record(
            seller=user,
            action="account.logged-in",
            subject="account",
            subject_id=user.pk,
            changes=said,
            now=now,
        )
    return Entry(tokens, known_as=tries.know_device(email=user.email))


def _may_enter(user: User) -> bool:
    return user.email_proved_at is not None or user.is_operator or not settings.LOGIN_WANTS_PROOF
