"""How many requests somebody may make."""

from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from typing_extensions import override

from accounts import throttling
from accounts.api.visits import Visit
from accounts.errors import TriesUncounted
from accounts.throttling import Bucket

logger = structlog.get_logger("accounts.turns")
_MINUTE = timedelta(minutes=1)


class RequestTurns(BaseThrottle):
    """So many requests a minute for each person, and for each of their keys.

    A key pays for itself, so a script that runs wild leaves its seller's own pages alone. Addresses
    that everybody may ask count their tries themselves. Without Redis nobody is kept waiting: this
    shares the house out, it guards nothing.
    """

    def __init__(self) -> None:
        self._wait: timedelta = timedelta()

    @override
    def allow_request(self, request: Request, view: Any) -> bool:
        most: int = settings.REQUESTS_PER_MINUTE
        visit = request.auth
        if not most or not isinstance(visit, Visit):
            return True
        payer = f"user:{request.user.pk}" if visit.key is None else f"key:{visit.key.pk}"
        try:
            self._wait = throttling.take([Bucket(f"requests:{payer}", most, _MINUTE)])
        except TriesUncounted:
            logger.warning("accounts.requests.uncounted")
            return True
        return not self._wait

    @override
    def wait(self) -> float:
        return self._wait.total_seconds()
