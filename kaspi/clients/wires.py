"""What carries a request to Kaspi and brings the answer back.

A wire only carries: it follows no redirect, repeats nothing and judges nothing. Whose turn it is,
what an answer means and which cookies a session has is the transport's business (``transport.py``).
Two are there: HTTP of our own (``http_wire.py``) and a browser's (``browser_wire.py``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from yarl import URL

from kaspi.clients.answers import Answer
from kaspi.clients.config import Address
from kaspi.ports import CookieJar

ACCEPTED_ENCODINGS = "gzip, deflate, br, zstd"  # every wire must unpack each of them


@dataclass(frozen=True, slots=True)
class Party:
    """Who sends, and through which address. Nothing that a wire keeps is shared between parties."""

    owner: str
    address: Address


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, whole but for its cookies."""

    method: str
    url: URL
    headers: Mapping[str, str]
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, and its Set-Cookie headers word for word."""

    answer: Answer
    set_cookies: tuple[str, ...] = ()


class Lost(Exception):
    """No answer came back.

    ``is_unsent`` when the request surely never reached Kaspi; ``is_silent`` when it did, and
    nothing came until our patience ended.
    """

    def __init__(self, reason: str, *, is_unsent: bool = False, is_silent: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_unsent = is_unsent
        self.is_silent = is_silent


class Wire(Protocol):
    """Carries requests. Used on one event loop, safe to cancel at any moment."""

    async def prepare(self, *, party: Party, jar: CookieJar | None) -> None:
        """Have at hand what sending needs, so that a turn is used when taken. Raises Lost."""
        ...

    async def send(self, request: Request, *, party: Party, jar: CookieJar | None) -> Reply:
        """Send once with the jar's cookies, and read the answer to its end. Raises Lost.

        Without a jar no cookie is sent and none is kept.
        """
        ...

    async def aclose(self) -> None:
        """Let go of everything."""
        ...
