"""Stop every push at once, and let them go again."""

from datetime import datetime

import structlog
from django.db import IntegrityError, transaction

from products.models import Brake

logger = structlog.get_logger("products.brake")


def brake_is_on() -> bool:
    """Are all pushes stopped?"""
    return Brake.objects.filter(released_at=None).exists()


def pull_brake(*, reason: str, by: str = "", now: datetime) -> bool:
    """Stop all pushes, and tell whether they went on until now. What is decided stays decided."""
    try:
        with transaction.atomic():
            Brake.objects.create(reason=reason[:300], pulled_at=now, pulled_by=by)
    except IntegrityError:  # it is on already
        return False
    logger.error("products.brake.pulled", reason=reason, by=by)
    return True


def release_brake(*, by: str, now: datetime) -> bool:
    """Let pushes go again; tell whether they were stopped."""
    was_on = Brake.objects.filter(released_at=None).update(released_at=now, released_by=by) > 0
    if was_on:
        logger.warning("products.brake.released", by=by)
    return was_on
