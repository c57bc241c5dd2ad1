"""What a seller sets on a store, wherever that is kept."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from kaspi.services.stores import rename_store
from products.services.pausing import pause_store, resume_store
from products.services.sheets import change_sheet


def change_store(*, user: User, store_id: int, changes: Mapping[str, Any], now: datetime) -> None:
    """Set what ``changes`` name: ``name``, ``is_paused``, and entries of the store's sheet.

    Raises StoreMissing for a foreign id and RulesClash; then nothing is written.
    """
    entries = dict(changes)
    name, is_paused = entries.pop("name", None), entries.pop("is_paused", None)
    with transaction.atomic():
        if entries:
            change_sheet(user=user, store_id=store_id, changes=entries, now=now)
        if is_paused is not None:
            change = pause_store if is_paused else resume_store
            change(user=user, store_id=store_id, now=now)
        if name is not None:
            rename_store(user=user, store_id=store_id, name=name, now=now)
