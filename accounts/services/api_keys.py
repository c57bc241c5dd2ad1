"""Keys for scripts: shown once, kept as hashes, revoked at once."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.errors import ApiKeyMissing, TooManyApiKeys
from accounts.models import ApiKey, Scope, User
from accounts.services import audit

_MARK = "dk_"  # what a scanner for leaked secrets can look for
_PREFIX_BYTES, _SECRET_BYTES = 4, 32
_MOST = 50
_USE_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key with its row. The key itself is known to nobody from now on but its owner."""

    row: ApiKey
    key: str


def make_key(*, user: User, name: str, scope: Scope, now: datetime) -> NewKey:
    """Make a key that acts as this user. Raises TooManyApiKeys."""
    prefix = _MARK + secrets.token_hex(_PREFIX_BYTES)
    key = f"{prefix}_{secrets.token_urlsafe(_SECRET_BYTES)}"
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)  # so that they are counted right
        if keys_of(user).count() >= _MOST:
            raise TooManyApiKeys(f"You have {_MOST} keys: revoke one that is not used.")
        row = ApiKey.rows.create(
            user=user,
            name=name,
            prefix=prefix,
            secret_hash=_hashed(key),
            scope=scope,
            made_at=now,
        )
        said = {"name": (None, name), "scope": (None, scope.value)}
        _record(row, "api-key.made", said, seller=user, now=now)
    return NewKey(row, key)


def keys_of(user: User) -> "QuerySet[ApiKey]":
    """The user's keys that still open."""
    own: QuerySet[ApiKey] = ApiKey.objects.for_user(user)
    return own.filter(revoked_at=None)


def revoke_key(*, user: User, key_id: int, now: datetime) -> None:
    """Make a key worthless from now on. Raises ApiKeyMissing."""
    with transaction.atomic():
        row = keys_of(user).select_for_update().filter(pk=key_id).first()
        if row is None:
            raise ApiKeyMissing
        row.revoked_at = now
        row.save(update_fields=["revoked_at"])
        _record(row, "api-key.revoked", {"name": (row.name, None)}, seller=user, now=now)


def find_key(key: str) -> ApiKey | None:
    """The row of a key that opens, with its user; ``None`` for any other text."""
    prefix = "_".join(key.split("_")[:2])
    standing = ApiKey.objects.across_users(reason="a script's key says whose it is")
    row: ApiKey | None = (
        standing.select_related("user__default_membership__seller")
        .filter(prefix=prefix, revoked_at=None, user__is_active=True)
        .first()
    )
    if row is None or not hmac.compare_digest(row.secret_hash, _hashed(key)):
        return None
    return row


def note_use(row: ApiKey, *, address: str | None, now: datetime) -> None:
    """Remember, to the minute, that a key is in use and from where."""
    if row.used_at is None or now - row.used_at >= _USE_NOTED_EVERY:
        stale = Q(used_at=None) | Q(used_at__lte=now - _USE_NOTED_EVERY)
        ApiKey.rows.filter(stale, pk=row.pk).update(used_at=now, used_from=address)


def _hashed(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _record(
    row: ApiKey, action: str, changes: audit.Changes, *, seller: User, now: datetime
) -> None:
    audit.record(
        seller=seller,
        action=action,
        subject="api-key",
        subject_id=row.pk,
        changes={"prefix": (None, row.prefix), **changes},
        now=now,
    )
