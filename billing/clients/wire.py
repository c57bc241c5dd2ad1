"""One request to the provider, and what can be said of it when no good answer comes.

Everything is a POST with HTTP Basic. A request that was refused for want of room is repeated here a
few times, after a pause and under its own id: the provider did nothing with it. Nothing else is.
"""

import atexit
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final

import httpx
import orjson

from billing.clients.answers import Envelope, envelope
from billing.errors import ProviderBroken, ProviderBusy, ProviderGone, ProviderKeyRefused

# The provider itself gives a bank five minutes; whoever waits longer than this looks it up.
_TIMEOUT_S: Final = 40.0
_CONNECT_S: Final = 5.0
_POOL_S: Final = 10.0
_POOL: Final = httpx.Limits(max_connections=40, max_keepalive_connections=20)
_MOST_BYTES: Final = 32 * 1024 * 1024
_PAUSES_S: Final = (0.2, 0.5, 1.0)
_COME_BACK: Final = timedelta(seconds=5)
_NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class Unanswered(Exception):
    """It was sent, and nobody said what became of it; the text is a word for why."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """Our place at the provider, and what opens it."""

    base_url: str
    public_id: str
    api_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Wire:
    """Speaks to the provider in a terminal's name."""

    terminal: Terminal
    timeout_s: float = _TIMEOUT_S
    sleep: Callable[[float], None] = time.sleep

    def ask(self, path: str, body: Mapping[str, Any], *, request_id: str = "") -> Envelope:
        """Post and understand the answer.

        Raises Unanswered and ProviderBroken once the request may have been heard; ProviderGone,
        ProviderBusy and ProviderKeyRefused while it was not.
        """
        answer = self._with_room(path, orjson.dumps(body), request_id)
        if answer.status_code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            raise ProviderKeyRefused
        if answer.status_code != HTTPStatus.OK:
            raise Unanswered(f"answered {answer.status_code}")
        if len(answer.content) > _MOST_BYTES:
            raise ProviderBroken
        try:
            return envelope(json.loads(answer.content, parse_float=Decimal))
        except (ValueError, RecursionError):
            raise ProviderBroken from None

    def _with_room(self, path: str, body: bytes, request_id: str) -> httpx.Response:
        for pause_s in (*_PAUSES_S, None):
            answer = self._post(path, body, request_id)
            if answer.status_code != HTTPStatus.TOO_MANY_REQUESTS:
                return answer
            if pause_s is not None:
                self.sleep(pause_s)
        raise ProviderBusy(retry_at=datetime.now(UTC) + _COME_BACK)

    def _post(self, path: str, body: bytes, request_id: str) -> httpx.Response:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if request_id:
            headers["X-Request-ID"] = request_id
        try:
            return _pool().post(
                f"{self.terminal.base_url}{path}",
                content=body,
                headers=headers,
                auth=(self.terminal.public_id, self.terminal.api_secret),
                timeout=httpx.Timeout(self.timeout_s, connect=_CONNECT_S, pool=_POOL_S),
            )
        except _NOT_SENT:
            raise ProviderGone from None
        except httpx.HTTPError as error:  # its text may quote the request
            raise Unanswered(type(error).__name__) from None


@lru_cache(maxsize=1)
def _pool() -> httpx.Client:
    client = httpx.Client(limits=_POOL, follow_redirects=False, trust_env=False)
    atexit.register(client.close)
    return client
