"""What assistants suggest: written down, then done by its seller or nobody."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.models import User
from accounts.services import audit
from ai.errors import SuggestionMissing, SuggestionSettled
from ai.models import Suggestion, SuggestionState
from cube_demper.kernel.money import Money
from products.errors import FloorAboveCeiling
from products.selectors import product_of
from products.services.corridors import change_product

LASTS = timedelta(days=1)
_AMOUNTS = {"floor_tiyn": "floor", "ceiling_tiyn": "ceiling"}


def suggest(
    *,
    user: User,
    conversation_id: int,
    product_id: int,
    changes: Mapping[str, Any],
    now: datetime,
) -> Suggestion:
    """Write down a change for a seller's product. Raises ProductMissing and FloorAboveCeiling."""
    product = product_of(user, product_id=product_id)
    if changes.get("floor_tiyn", 0) > changes.get("ceiling_tiyn", 0):
        raise FloorAboveCeiling
    before = {
        "floor_tiyn": product.floor and product.floor.tiyn,
        "ceiling_tiyn": product.ceiling and product.ceiling.tiyn,
        "is_paused": product.is_paused,
    }
    suggestion: Suggestion = Suggestion.rows.create(
        user=user,
        conversation_id=conversation_id,
        product=product,
        changes=dict(changes),
        before={name: before[name] for name in changes},
        made_at=now,
    )
    return suggestion


def confirm(*, user: User, suggestion_id: int, now: datetime) -> Suggestion:
    """Do what was suggested, as the seller would by hand.

    Raises SuggestionMissing, SuggestionSettled, and what ``change_product`` does.
    """
    with transaction.atomic():
        suggestion = _open(user, suggestion_id, now)
        changes = {
            _AMOUNTS.get(name, name): Money(value) if name in _AMOUNTS else value
            for name, value in suggestion.changes.items()
        }
        change_product(user=user, product_id=suggestion.product_id, changes=changes, now=now)
        return _settle(suggestion, SuggestionState.CONFIRMED, now)


def decline(*, user: User, suggestion_id: int, now: datetime) -> Suggestion:
    """Do not do it. Raises SuggestionMissing and SuggestionSettled."""
    with transaction.atomic():
        suggestion = _settle(_open(user, suggestion_id, now), SuggestionState.DECLINED, now)
        audit.record(
            seller=user,
            action="suggestion.declined",
            subject="suggestion",
            subject_id=suggestion.pk,
            now=now,
        )
    return suggestion


def _open(user: User, suggestion_id: int, now: datetime) -> Suggestion:
    own = Suggestion.objects.for_user(user).filter(pk=suggestion_id)
    suggestion: Suggestion | None = own.select_for_update().first()
    if suggestion is None:
        raise SuggestionMissing
    if suggestion.state != SuggestionState.OPEN or now - suggestion.made_at > LASTS:
        raise SuggestionSettled
    return suggestion


def _settle(suggestion: Suggestion, state: SuggestionState, now: datetime) -> Suggestion:
    suggestion.state, suggestion.decided_at = state, now
    suggestion.save(update_fields=("state", "decided_at"))
    return suggestion
