"""How a seller wants WhatsApp to behave."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from accounts.services import audit
from whatsapp.errors import HoursUpsideDown, PhoneUnreadable
from whatsapp.models import Preferences
from whatsapp.phones import BadPhone, normalised


def change(*, user: User, changes: Mapping[str, Any], now: datetime) -> Preferences:
    """Change what is named. Raises HoursUpsideDown and PhoneUnreadable."""
    wanted = dict(changes)
    if phone := wanted.get("alert_phone"):
        try:
            wanted["alert_phone"] = normalised(phone)
        except BadPhone:
            raise PhoneUnreadable from None
    with transaction.atomic():
        Preferences.rows.get_or_create(user=user)
        row = Preferences.rows.select_for_update().get(user=user)
        differing = {name: (getattr(row, name), value) for name, value in wanted.items()}
        for name, value in wanted.items():
            setattr(row, name, value)
        if row.opens_at >= row.closes_at:
            raise HoursUpsideDown
        row.save()
        audit.record(
            seller=user,
            action="whatsapp.preferences-changed",
            subject="whatsapp",
            changes=differing,
            now=now,
        )
    return row
