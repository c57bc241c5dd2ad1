"""Secrets that are mailed: made where they are sent from, kept as hashes, good once."""

import hashlib
import secrets
from datetime import datetime, timedelta

from accounts.errors import MailTokenSpent
from accounts.models import MailPurpose, MailToken, User

LIVES = {
    MailPurpose.RESET_PASSWORD: timedelta(hours=1),
    MailPurpose.PROVE_EMAIL: timedelta(days=2),
}
# A mailbox can't be flooded by asking again and again. What was mailed before stays good, so that
# a stranger who asks takes nothing from the owner.
_EVERY = timedelta(minutes=1)
_MOST_A_DAY = 10
_SECRET_BYTES = 32


def hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def new_secret() -> str:
    return secrets.token_urlsafe(_SECRET_BYTES)


def make_token(*, user: User, purpose: MailPurpose, email: str, now: datetime) -> str | None:
    """Make a secret to be mailed; ``None`` where this user was sent enough of that kind.

    The user's row is locked by the caller.
    """
    mailed = MailToken.objects.for_user(user).filter(purpose=purpose)
    if mailed.filter(made_at__gt=now - _EVERY).exists():
        return None
    if mailed.filter(made_at__gt=now - timedelta(days=1)).count() >= _MOST_A_DAY:
        return None
    secret = new_secret()
    MailToken.rows.create(
        user=user,
        purpose=purpose,
        email=email,
        secret_hash=hashed(secret),
        made_at=now,
        expires_at=now + LIVES[purpose],
    )
    return secret


def use_token(*, secret: str, purpose: MailPurpose, now: datetime) -> MailToken:
    """Take what was mailed, once. Raises MailTokenSpent. Runs in the caller's transaction."""
    mailed = MailToken.objects.across_users(reason="what was mailed says whose it is")
    good = mailed.filter(
        secret_hash=hashed(secret),
        purpose=purpose,
        used_at=None,
        expires_at__gt=now,
        user__is_active=True,
    )
    token: MailToken | None = (
        good.select_for_update(of=("self", "user")).select_related("user").first()
    )
    if token is None:
        raise MailTokenSpent
    token.used_at = now
    token.save(update_fields=["used_at"])
    return token


def spend_all(*, user: User, purpose: MailPurpose, now: datetime) -> None:
    """Make all that was mailed for this worthless."""
    MailToken.objects.for_user(user).filter(purpose=purpose, used_at=None).update(used_at=now)


def forget_tokens(*, now: datetime) -> None:
    """Forget what was mailed and has long expired; the count of a day needs the rest."""
    expired = MailToken.objects.across_users(reason="what was mailed to anybody expires")
    expired.filter(expires_at__lte=now - timedelta(days=1)).delete()
