"""Stop every push at once, and let them go again."""

from datetime import datetime

import structlog
from django.db import IntegrityError, transaction

from accounts.services import audit
from news.models import EventKind
from products.models import Brake
from products.services.telling import tell_of_brake

logger = structlog.get_logger("products.brake")


def brake_is_on() -> bool:
    """Are all pushes stopped?"""
    return Brake.objects.filter(released_at=None).exists()


def pull_brake(*, reason: str, by: str = "", now: datetime) -> bool:
    """Stop all pushes, and tell whether they went on until now. What is decided stays decided."""
    try:
        with transaction.atomic():
            Brake.objects.create(reason=reason[:300], pulled_at=now, pulled_by=by)
            tell_of_brake(EventKind.PUSHES_STOPPED, now=now)
            if by:
                reasons = {"reason": (None, reason[:300])}
                audit.record_operation(
                    by=by, action="brake.pulled", subject="brake", changes=reasons, now=now
                )
    except IntegrityError:  # it is on already
        return False
    logger.error("products.brake.pulled", reason=reason, by=by)
    return True


def release_brake(*, by: str, now: datetime) -> bool:
    """Let pushes go again; tell whether they were stopped."""
    pulled = Brake.objects.filter(released_at=None)
    with transaction.atomic():
        was_on = pulled.update(released_at=now, released_by=by) > 0
        if was_on:
            tell_of_brake(EventKind.PUSHES_GO_ON, now=now)
            audit.record_operation(by=by, action="brake.released", subject="brake", now=now)
    if was_on:
        logger.warning("products.brake.released", by=by)
    return was_on
