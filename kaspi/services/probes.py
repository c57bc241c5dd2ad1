"""One call to Kaspi by hand, with everything that was said on the way but the secrets."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cube_demper.kernel.errors import DomainError
from kaspi import runtime
from kaspi.models import Store
from kaspi.ports import CookieJar, ListingsPage
from kaspi.push_ports import PushingCabinet
from kaspi.services import sessions

if TYPE_CHECKING:  # the browser's driver is costly, and only a probe that runs needs it
    from kaspi.clients.answers import Answer
    from kaspi.clients.wires import Request
    from kaspi.gateway import Gateway

PROBE_S = 60.0
_HIDDEN = {"cookie", "x-xsrf-token", "x-auth-token", "authorization", "set-cookie"}


@dataclass(frozen=True, slots=True)
class Seen:
    """One request and its answer."""

    method: str
    url: str
    headers: Mapping[str, str]
    asked: bytes = field(repr=False)
    status: int
    duration_ms: int
    content_type: str
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Probe:
    """What a call came to: something we understood, or the error that callers would get."""

    seen: tuple[Seen, ...]
    understood: Any = None
    error: DomainError | None = None


def probe_offers(*, master_sku: str, city_id: str) -> Probe:
    """Read a card's offers as a look would."""
    return _probe(lambda gateway: gateway.storefront.offers(master_sku, city_id=city_id))


def probe_store(*, call: str, store: Store, sku: str, now: datetime) -> Probe:
    """Make one call in a store's cabinet, with its seller's session. A renewed jar is kept.

    ``call`` is one of CALLS. Raises StoreNotConnected.
    """
    ticket, renewed = sessions.ticket_for(store), dict[int, CookieJar]()

    async def inside(gateway: "Gateway") -> Any:
        async with gateway.open_cabinet(ticket) as cabinet:
            try:
                return await CALLS[call](cabinet, sku)
            finally:
                if cabinet.is_renewed:
                    renewed[ticket.session_id] = cabinet.jar

    probe = _probe(inside)
    sessions.keep_renewed([ticket], renewed=renewed, now=now)
    return probe


async def _merchants(cabinet: PushingCabinet, _sku: str) -> Any:
    return await cabinet.merchants()


async def _points(cabinet: PushingCabinet, _sku: str) -> Any:
    return await cabinet.points()


async def _listings(cabinet: PushingCabinet, _sku: str) -> ListingsPage | None:
    return await anext(cabinet.listings(), None)  # the first page tells what there is to tell


async def _listing(cabinet: PushingCabinet, sku: str) -> Any:
    return await cabinet.listing(sku)


async def _protocol(cabinet: PushingCabinet, sku: str) -> Any:
    return await cabinet.protocol([sku])


CALLS: Mapping[str, Callable[[PushingCabinet, str], Awaitable[Any]]] = {
    "merchants": _merchants,
    "points": _points,
    "listings": _listings,
    "listing": _listing,
    "protocol": _protocol,
}


def _probe(call: Callable[["Gateway"], Awaitable[Any]]) -> Probe:
    seen: list[Seen] = []

    def witness(request: "Request", answer: "Answer", duration_ms: int) -> None:
        headers = {
            name: "…" if name.lower() in _HIDDEN else value
            for name, value in request.headers.items()
        }
        kind = answer.headers.get("content-type", "")
        seen.append(
            Seen(
                request.method,
                str(request.url),
                headers,
                request.body or b"",
                answer.status,
                duration_ms,
                kind,
                answer.body,
            )
        )

    async def watched(gateway: "Gateway") -> Any:
        gateway.show(witness)
        return await call(gateway)

    try:
        return Probe(understood=runtime.run(watched, timeout_s=PROBE_S), seen=tuple(seen))
    except DomainError as error:
        return Probe(error=error, seen=tuple(seen))
