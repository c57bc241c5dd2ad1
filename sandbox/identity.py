"""The identity server: login page, JSON login, and the authorize end of the OAuth walk."""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

import orjson
from aiohttp import web

from sandbox import replies
from sandbox.gate import Addresses, Role, Route
from sandbox.login import take_step
from sandbox.pages import page
from sandbox.sessions import SignOn
from sandbox.world import World

SSO: Final = "MS_AUTH_SSO"
DEVICE: Final = "MS_AUTH_DEVICE"
_DEVICE_AGE_S: Final = 15_552_000


@dataclass(frozen=True, slots=True)
class Identity:
    """Its endpoints over a world."""

    world: World
    addresses: Addresses

    def routes(self) -> list[Route]:
        role = Role.IDENTITY
        return [
            Route(role, "GET", "/login", "login_page", self.login_page),
            Route(role, "POST", "/api/p/login", "login", self.login, walled=True),
            Route(role, "GET", "/oauth2/authorize", "authorize", self.authorize),
            Route(role, "GET", "/", "identity_home", self.home),
        ]

    async def login_page(self, _request: web.Request) -> web.Response:
        return replies.html_reply(page("login.html"))

    async def login(self, request: web.Request) -> web.Response:
        """Take one step of a login; every answer but the wall brings a fresh sign-on cookie."""
        body = await _body(request)
        sign_on = self._sign_on(request) or self.world.sessions.new_sign_on()
        answer = take_step(
            body,
            sign_on=sign_on,
            sessions=self.world.sessions,
            device=request.cookies.get(DEVICE),
        )
        self.world.say(f"login {body.get('_u') or sign_on.login or ''} -> {answer.status}")
        if answer.walled:
            return replies.wall()
        self.world.sessions.renew_sign_on(sign_on)
        reply = replies.json_reply(
            self._led_on(request, sign_on, answer.body), status=answer.status
        )
        _set_sso(reply, sign_on)
        if answer.device:
            reply.set_cookie(
                DEVICE, answer.device, httponly=True, samesite="Lax", max_age=_DEVICE_AGE_S
            )
        return reply

    async def authorize(self, request: web.Request) -> web.Response:
        """Send a signed-on browser back with a code, anybody else to the login page."""
        asked = {
            name: request.query.get(name, "")
            for name in ("state", "redirect_uri", "code_challenge")
        }
        cabinet = self.addresses.url_for(request, Role.CABINET)
        if not all(asked.values()) or asked["redirect_uri"] != f"{cabinet}/login/oauth2/code/1":
            return replies.json_reply({"error": "invalid_request"}, status=400)
        sign_on = self._sign_on(request)
        if sign_on is not None and sign_on.authenticated:
            return self._return(sign_on, asked)
        sign_on = sign_on or self.world.sessions.new_sign_on()
        sign_on.return_to = asked
        self.world.changes.note()
        reply = _found("/login")
        _set_sso(reply, sign_on)
        return reply

    async def home(self, request: web.Request) -> web.Response:
        """Carry a walk on after login. Without one the cabinet can match nothing, and fails."""
        sign_on = self._sign_on(request)
        if sign_on is None or not sign_on.authenticated:
            return _found("/login")
        if sign_on.return_to is not None:
            return self._return(sign_on, sign_on.return_to)
        cabinet = self.addresses.url_for(request, Role.CABINET)
        return self._return(
            sign_on,
            {
                "state": "none",
                "redirect_uri": f"{cabinet}/login/oauth2/code/1",
                "code_challenge": "none",
            },
        )

    def carries_on(self, request: web.Request) -> bool:
        """Whether this browser is in the middle of a walk and logged in."""
        sign_on = self._sign_on(request)
        return sign_on is not None and sign_on.authenticated and sign_on.return_to is not None

    def _led_on(
        self, request: web.Request, sign_on: SignOn, body: dict[str, Any]
    ) -> dict[str, Any]:
        """Make `redirectUrl` a full address, but for telephones, where it is always `/`."""
        is_phone = (sign_on.login or "").startswith("+7")
        if "redirectUrl" not in body or sign_on.return_to is None or is_phone:
            return body
        return {**body, "redirectUrl": self.addresses.url_for(request, Role.IDENTITY) + "/"}

    def _return(self, sign_on: SignOn, asked: dict[str, str]) -> web.Response:
        sign_on.return_to = None
        code = self.world.sessions.grant(
            login=sign_on.login or "", state=asked["state"], challenge=asked["code_challenge"]
        )
        query = urlencode({"code": code, "state": asked["state"]})
        return _found(f"{asked['redirect_uri']}?{query}")

    def _sign_on(self, request: web.Request) -> SignOn | None:
        return self.world.sessions.sign_on(request.cookies.get(SSO))


async def _body(request: web.Request) -> dict[str, Any]:
    """Read a login's body: JSON, or the older form. Anything else is an empty one."""
    if request.content_type == "application/x-www-form-urlencoded":
        return dict(await request.post())
    try:
        body = orjson.loads(await request.read())
    except orjson.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def _found(location: str) -> web.Response:
    return web.Response(status=302, headers={"Location": location})


def _set_sso(reply: web.Response, sign_on: SignOn) -> None:
    reply.set_cookie(SSO, sign_on.token, httponly=True, samesite="Lax")
