"""Keeping somebody out, and letting them in again: what an operator does."""

from datetime import datetime

from django.db import transaction

from accounts.models import MailPurpose, User
from accounts.services import audit, mailed, sign_ins


def block(*, user: User, by: User, now: datetime) -> None:
    """Keep somebody out from the next request on.

    Every sign-in and every mailed link ends here, so that letting them in again revives none. API
    keys rest, and open again.
    """
    with transaction.atomic():
        _set(user, is_active=False)
        sign_ins.end_others(user=user, but=None, now=now)
        for purpose in MailPurpose:
            mailed.spend_all(user=user, purpose=purpose, now=now)
        _record(user, "account.blocked", by=by, now=now)


def unblock(*, user: User, by: User, now: datetime) -> None:
    """Let somebody log in again."""
    with transaction.atomic():
        _set(user, is_active=True)
        _record(user, "account.unblocked", by=by, now=now)


def _set(user: User, *, is_active: bool) -> None:
    # Before anything ends: a login that is under way holds this row, and what it began ends too.
    user.is_active = is_active
    user.save(update_fields=["is_active"])


def _record(user: User, action: str, *, by: User, now: datetime) -> None:
    audit.record_operation(
        by=by, of=user, action=action, subject="account", subject_id=user.pk, now=now
    )
