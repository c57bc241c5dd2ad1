"""What people may change about themselves: a name, and an address that is proved by a mail."""

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts import mails
from accounts.errors import EmailTaken
from accounts.jobs import send_proof
from accounts.models import Actor, MailPurpose, User
from accounts.services import audit, mailed, tries
from accounts.services.passwords import check_current


def change_profile(
    *,
    user: User,
    name: str | None = None,
    email: str | None = None,
    password: str = "",
    now: datetime,
) -> User:
    """Set a name at once, or an e-mail as soon as a mail to it was answered.

    A new e-mail wants the password: raises WrongPassword. Whether it is somebody's already is not
    said before its mailbox was read.
    """
    if email is not None:
        check_current(user, password, now=now)
    with transaction.atomic():
        if name is not None:
            changes = {"name": (user.name, name)}
            user.name = name
            user.save(update_fields=["name"])
            _record(user, "account.renamed", changes, now)
        if email is not None:
            send_proof(user_id=user.pk, email=User.objects.normalize_email(email))
    return user


def order_proof(*, user: User, address: str | None, now: datetime) -> None:
    """Have the link that proves the user's address mailed again. Raises TooManyTries."""
    tries.spend(tries.mail_buckets(address=address), now=now)
    send_proof(user_id=user.pk, email=user.email)


def mail_proof(*, user_id: int, email: str, now: datetime) -> None:
    """Mail the link that proves that this address is this user's."""
    with transaction.atomic():
        active = User.objects.select_for_update().filter(pk=user_id, is_active=True)
        user = active.first()
        if user is None or (email == user.email and user.email_proved_at is not None):
            return
        purpose = MailPurpose.PROVE_EMAIL
        secret = mailed.make_token(user=user, purpose=purpose, email=email, now=now)
        if secret is not None:
            mails.send_proof(to=email, secret=secret)


def prove_email(*, secret: str, address: str | None, now: datetime) -> User:
    """Take the answer to that mail; the address is the user's from now on.

    Raises MailTokenSpent, TooManyTries, and EmailTaken where it has become somebody else's.
    """
    try:
        with tries.paid(tries.mailed_buckets(address=address), now=now), transaction.atomic():
            token = mailed.use_token(secret=secret, purpose=MailPurpose.PROVE_EMAIL, now=now)
            user = token.user
            user.acting = Actor(user_id=user.pk, email=user.email)
            before = user.email
            user.email, user.email_proved_at = token.email, now
            user.save(update_fields=["email", "email_proved_at"])
            mailed.spend_all(user=user, purpose=MailPurpose.PROVE_EMAIL, now=now)
            if before != token.email:  # what went to the old mailbox opens nothing any more
                mailed.spend_all(user=user, purpose=MailPurpose.RESET_PASSWORD, now=now)
            _record(user, "account.email-proved", {"email": (before, token.email)}, now)
    except IntegrityError:
        raise EmailTaken from None
    return user


def _record(user: User, action: str, changes: audit.Changes, now: datetime) -> None:
    audit.record(
        seller=user,
        action=action,
        subject="account",
        subject_id=user.pk,
        changes=changes,
        now=now,
    )
