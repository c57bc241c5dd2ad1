"""Who may use the cabinet, and for which merchant."""

from dataclasses import dataclass
from typing import Any

import orjson
from aiohttp import web

from sandbox import replies
from sandbox.gate import SID
from sandbox.people import MERCHANTS, Merchant
from sandbox.sessions import CabinetSession
from sandbox.world import World

_XSRF = "XSRF-TOKEN"


@dataclass(frozen=True, slots=True)
class Access:
    """Turns requests away in the cabinet's manner: 401 with no body, or 403 with JSON."""

    world: World

    def session(self, request: web.Request) -> CabinetSession:
        """The live session of the request. Raises Refused."""
        settings, headers = self.world.settings, request.headers
        if settings.require_auth_version and headers.get("x-auth-version") != "3":
            raise replies.Refused(replies.empty(401))
        if settings.require_origin and not (headers.get("Origin") and headers.get("Referer")):
            raise replies.Refused(replies.message("Forbidden", status=403))
        session = self.world.sessions.session(request.cookies.get(SID))
        if session is None:
            raise replies.Refused(replies.empty(401))
        token = request.cookies.get(_XSRF)
        if settings.require_xsrf and (not token or headers.get("X-XSRF-TOKEN") != token):
            raise replies.Refused(replies.message("Invalid CSRF token", status=403))
        return session

    def merchant(self, request: web.Request, merchant_id: str) -> Merchant:
        """The merchant asked for, if the session may touch it. Raises Refused."""
        session = self.session(request)
        if merchant_id not in session.merchant_ids:
            raise replies.Refused(self._foreign())
        return MERCHANTS[merchant_id]

    def _foreign(self) -> web.Response:
        if self.world.settings.foreign_merchant == "401":
            return replies.empty(401)
        return replies.message("Access denied", status=403)


async def json_body(request: web.Request) -> Any:
    """The request's JSON. Raises Refused with 400."""
    try:
        return orjson.loads(await request.read())
    except orjson.JSONDecodeError:
        raise replies.Refused(replies.message("Bad Request", status=400)) from None


def whole_query(request: web.Request, name: str, default: int) -> int:
    """A whole number not below zero from the query. Raises Refused with 400."""
    text = request.query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 10):  # noqa: PLR2004 -- nine digits fit
        raise replies.Refused(replies.message(f"{name} is a whole number", status=400))
    return int(text)
