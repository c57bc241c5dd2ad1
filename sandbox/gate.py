"""The way in to every endpoint: faults, the wall, cookies, cross-origin rules, the journal."""

import re
import secrets
from dataclasses import dataclass
from email.utils import formatdate
from enum import StrEnum
from typing import Final

from aiohttp import web

from sandbox import replies
from sandbox.encodings import encode
from sandbox.faults import ENCODED, Fault, Handler
from sandbox.mishaps import send, spoil, status_seen
from sandbox.sessions import CabinetSession
from sandbox.world import World

SID: Final = "mc-sid"

_MERCHANT_QUERY: Final = ("m", "merchantUid", "_m")
_MERCHANT_BODY: Final = re.compile(rb'"merchantU(?:id|ID)"\s*:\s*"([^"]{1,40})"')
_HOST: Final = re.compile(r"[A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\]")
_COOKIE_AGE_S: Final = 2_592_000


class Role(StrEnum):
    """Which of the marketplace's hosts an endpoint belongs to."""

    IDENTITY = "identity"
    CABINET = "cabinet"
    SHOP = "shop"


@dataclass(frozen=True, slots=True)
class Route:
    """An endpoint. A `walled` one answers browsers only."""

    role: Role
    method: str
    path: str
    name: str
    handler: Handler
    walled: bool = False


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the three hosts are. A caller hears of them under the host name it used itself."""

    host: str
    ports: dict[Role, int]

    def url(self, role: Role) -> str:
        return f"http://{self.host}:{self.ports[role]}"

    def url_for(self, request: web.Request, role: Role) -> str:
        name = (request.host or "").rsplit(":", 1)[0]
        host = name if _HOST.fullmatch(name) else self.host
        return f"http://{host}:{self.ports[role]}"


@dataclass(frozen=True, slots=True)
class Gate:
    """Wraps handlers with what all endpoints share."""

    world: World
    addresses: Addresses

    def guard(self, route: Route) -> Handler:
        refusing = self._refusing(route)

        async def guarded(request: web.Request) -> web.StreamResponse:
            body = await request.read() if request.body_exists else b""
            merchant_id = _asked_merchant(request, body)
            session = self._session(route, request)
            owners = session.merchant_ids if session else ()
            fault = self._fault(route, merchant_id, owners)
            if fault is None:
                answer = await refusing(request)
            else:
                login_url = f"{self.addresses.url_for(request, Role.IDENTITY)}/login"
                answer = await spoil(
                    fault, request, refusing, login_url=login_url, chance=self.world.faults.chance
                )
            if route.role is Role.CABINET:
                self._finish(request, answer)
            if self.world.settings.clock_skew_s:
                answer.headers["Date"] = formatdate(self.world.told_now(), usegmt=True)
            self._encode(request, answer, fault)
            self.world.journal.write(
                time=self.world.clock.now(),
                endpoint=route.name,
                method=request.method,
                path=request.path_qs,
                merchant_id=merchant_id,
                session_merchant_ids=owners,
                address=request.remote or "",
                status=status_seen(fault, answer),
                # A login's body holds a password, even if only the sandbox's.
                body=b"" if route.name == "login" else body,
                fault=fault.kind if fault else None,
            )
            return answer if fault is None else await send(fault, request, answer)

        return guarded

    def _fault(
        self, route: Route, merchant_id: str | None, owners: tuple[str, ...]
    ) -> Fault | None:
        faults, seen_from = self.world.faults, self.world.settings.foreign_address
        if seen_from != "no":
            kind = seen_from_abroad(route, is_everywhere=seen_from == "everywhere")
            if kind:
                return Fault(route.name, kind)
        return faults.take(route.name, (merchant_id, *owners)) if faults.by_endpoint else None

    def _encode(
        self, request: web.Request, answer: web.StreamResponse, fault: Fault | None
    ) -> None:
        is_forced = fault is not None and fault.kind in ENCODED
        mode = fault.kind if fault is not None and is_forced else self.world.settings.compress
        if mode != "never":
            encode(answer, mode=mode, accepted=request.headers.get("Accept-Encoding", ""))

    def _refusing(self, route: Route) -> Handler:
        async def refusing(request: web.Request) -> web.StreamResponse:
            try:
                if route.walled and self.world.settings.require_browser:
                    require_browser(request)
                return await route.handler(request)
            except replies.Refused as refused:
                return refused.answer

        return refusing

    def _finish(self, request: web.Request, answer: web.StreamResponse) -> None:
        """Add what every cabinet answer carries: balancer cookie, renewed session, CORS."""
        affinity = f"{self.world.clock.now():.3f}.512.38.{id(request) % 10**6}"
        answer.set_cookie("mc-session", f"{affinity}|{secrets.token_hex(16)}", httponly=True)
        session = self.world.sessions.session(request.cookies.get(SID))
        renewed = session and self.world.sessions.renewed(session)
        if session:
            self.world.sessions.used(session)
        if renewed:
            set_sid(answer, renewed.sid)
        allow_origin(request, answer)

    def _session(self, route: Route, request: web.Request) -> CabinetSession | None:
        if route.role is not Role.CABINET:
            return None
        return self.world.sessions.session(request.cookies.get(SID))


def seen_from_abroad(route: Route, *, is_everywhere: bool) -> str | None:
    """What happens to a request from a foreign or datacentre address."""
    if route.path.startswith("/shop/api/"):
        return "abroad"
    is_read = route.role is Role.SHOP and route.name != "cabinet_page"
    is_static = route.name == "cabinet_page"
    return "403html" if is_read or (is_everywhere and not is_static) else None


def require_browser(request: web.Request) -> None:
    """Put up the wall before whoever does not look like a browser."""
    if "Mozilla/" not in request.headers.get("User-Agent", ""):
        raise replies.Refused(replies.wall())


def set_sid(answer: web.StreamResponse, sid: str) -> None:
    answer.set_cookie(SID, sid, httponly=True, samesite="Lax", max_age=_COOKIE_AGE_S)


def allow_origin(request: web.Request, answer: web.StreamResponse) -> None:
    """Let the cabinet's page, which lives on the shop's host, read the answer."""
    origin = request.headers.get("Origin")
    if origin:
        answer.headers["Access-Control-Allow-Origin"] = origin
        answer.headers["Access-Control-Allow-Credentials"] = "true"
        answer.headers["Vary"] = "Origin"


def preflight(request: web.Request) -> web.Response:
    """Answer a browser that asks before a cross-origin request."""
    answer = replies.empty(204)
    allow_origin(request, answer)
    asked = request.headers.get("Access-Control-Request-Headers", "")
    answer.headers["Access-Control-Allow-Headers"] = asked
    answer.headers["Access-Control-Allow-Methods"] = "GET, POST, OPTIONS"
    return answer


def _asked_merchant(request: web.Request, body: bytes) -> str | None:
    for name in _MERCHANT_QUERY:
        if name in request.query:
            return request.query[name]
    found = _MERCHANT_BODY.search(body) if body else None
    return found.group(1).decode("utf-8", "replace") if found else None
