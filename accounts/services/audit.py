"""Write down who changed what. Every service that changes something of a seller's calls this."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog
from django.db import transaction
from django.db.models import QuerySet

from accounts.models import AuditEntry, Operation, User
from cube_demper.kernel.money import Money
from cube_demper.kernel.sealing import Secret

Changes = Mapping[str, tuple[Any, Any]]


def record(
    *,
    seller: User,
    action: str,
    subject: str,
    subject_id: object = "",
    changes: Changes | None = None,
    now: datetime,
) -> None:
    """Keep one change beside the change itself, in the transaction that is open.

    ``changes`` says from what to what, by field; where it is given and nothing in it differs,
    nothing is kept. Who did it is read off ``seller.acting``; nobody there means the house.
    """
    differing = _differing(action, changes)
    if differing is None:
        return
    actor = seller.acting
    AuditEntry.rows.create(
        user=seller,
        at=now,
        action=action,
        subject=subject,
        subject_id=str(subject_id),
        changes=differing,
        actor_id=actor.user_id if actor else None,
        actor_email=actor.email if actor else "",
        key_prefix=actor.key_prefix if actor else "",
        request_id=_request_id(),
    )


def record_operation(
    *,
    by: User | str,
    of: User | None = None,
    action: str,
    subject: str,
    subject_id: object = "",
    changes: Changes | None = None,
    now: datetime,
) -> None:
    """Keep what an operator did: to somebody's account, in its audit, or to the house.

    ``by`` is the operator, or whose shell on the machine it was. Otherwise like ``record``.
    """
    differing = _differing(action, changes)
    if differing is None:
        return
    said = {
        "at": now,
        "action": action,
        "subject": subject,
        "subject_id": str(subject_id),
        "changes": differing,
        "actor": by if isinstance(by, User) else None,
        "actor_email": by.email if isinstance(by, User) else f"{by}@shell",
        "request_id": _request_id(),
    }
    if of is None:
        Operation.objects.create(**said)
    else:
        AuditEntry.rows.create(user=of, **said)


def _differing(action: str, changes: Changes | None) -> dict[str, list[Any]] | None:
    """What differs, as JSON keeps it; ``None`` where nothing does and nothing is to be kept."""
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError(f"{action} is audited outside its transaction")
    differing = {name: pair for name, pair in (changes or {}).items() if pair[0] != pair[1]}
    if changes is not None and not differing:
        return None
    return {name: [_plain(value) for value in pair] for name, pair in differing.items()}


def _request_id() -> str:
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))


def entries_of(seller: User) -> "QuerySet[AuditEntry]":
    """What was changed of this seller's."""
    entries: QuerySet[AuditEntry] = AuditEntry.objects.for_user(seller)
    return entries


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Pair up two states of a thing, field by field; a field that is missing counts as none."""
    return {name: (before.get(name), after.get(name)) for name in sorted({*before, *after})}


def _plain(value: Any) -> Any:
    """A value as JSON keeps it. Money is a number of tiyn; a secret is never written down."""
    match value:
        case Money():
            return value.tiyn
        case Secret():
            return "…" if value else ""
        case dict():
            return {str(name): _plain(one) for name, one in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_plain(one) for one in value]
        case None | bool() | int() | float():
            return value
        case _:
            return value.isoformat() if isinstance(value, datetime) else str(value)
