"""New passwords: by the old one, or by a mail."""

from datetime import datetime
from typing import Protocol

from django.db import transaction

from accounts import mails
from accounts.errors import WrongPassword
from accounts.jobs import send_reset
from accounts.models import Actor, MailPurpose, User
from accounts.services import audit, mailed, sign_ins, tries
from accounts.services.joining import check_strength


class Letter(Protocol):
    """A mail with a link in it."""

    def __call__(self, *, to: str, secret: str) -> None: ...


def change_password(
    *, user: User, current: str, password: str, keep: int | None, now: datetime
) -> None:
    """Set another password and log out every device but ``keep``.

    Raises WrongPassword and WeakPassword; then nothing changes.
    """
    check_current(user, current, now=now)
    check_strength(password, user=user)
    with transaction.atomic():
        _set(user, password=password, action="password.changed", now=now)
        sign_ins.end_others(user=user, but=keep, now=now)


def check_current(user: User, password: str, *, now: datetime) -> None:
    """Raises WrongPassword: an open session alone must not be enough to take an account over.

    Nor to find the password: raises TooManyTries.
    """
    with tries.paid(tries.password_buckets(user_id=user.pk), now=now):
        if not user.check_password(password):
            raise WrongPassword


def order_reset(*, email: str, address: str | None, now: datetime) -> None:
    """Have a link mailed, if there is such an account. Nothing is looked up here.

    So a known and an unknown account take the same time and get the same answer. Raises
    TooManyTries by the caller's address.
    """
    tries.spend(tries.mail_buckets(address=address), now=now)
    send_reset(email=email)


def mail_reset(*, email: str, now: datetime) -> None:
    """Mail the link by which a password is set anew, if there is such an account."""
    _mail(mails.send_reset, email=email, now=now)


def mail_known(*, email: str, now: datetime) -> None:
    """Mail that somebody registered with this address again; the link sets a new password."""
    _mail(mails.send_known, email=email, now=now)


def _mail(send: Letter, *, email: str, now: datetime) -> None:
    with transaction.atomic():
        user = (
            User.objects.get_queryset()
            .by_email(email)
            .filter(is_active=True)
            .select_for_update()
            .first()
        )
        if user is None:
            return
        purpose = MailPurpose.RESET_PASSWORD
        secret = mailed.make_token(user=user, purpose=purpose, email=user.email, now=now)
        if secret is not None:
            send(to=user.email, secret=secret)


def confirm_reset(*, secret: str, password: str, address: str | None, now: datetime) -> User:
    """Set the password by what was mailed, and log out every device.

    Raises MailTokenSpent, TooManyTries and WeakPassword; after that the secret is still good.
    """
    with tries.paid(tries.mailed_buckets(address=address), now=now), transaction.atomic():
        token = mailed.use_token(secret=secret, purpose=MailPurpose.RESET_PASSWORD, now=now)
        user = token.user
        check_strength(password, user=user)
        user.acting = Actor(user_id=user.pk, email=user.email)
        _set(user, password=password, action="password.reset", now=now)
        user.email_proved_at = user.email_proved_at or now  # that mailbox has just answered
        user.save(update_fields=["email_proved_at"])
        mailed.spend_all(user=user, purpose=MailPurpose.RESET_PASSWORD, now=now)
        sign_ins.end_others(user=user, but=None, now=now)
    return user


def _set(user: User, *, password: str, action: str, now: datetime) -> None:
    user.set_password(password)
    user.save(update_fields=["password"])
    audit.record(seller=user, action=action, subject="account", subject_id=user.pk, now=now)
