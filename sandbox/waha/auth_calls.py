"""Linking a device: codes to scan, codes to type, and the passkey."""

import base64
from dataclasses import dataclass
from typing import Any, Final

from sandbox.waha import qr, replies
from sandbox.waha.keys import Action
from sandbox.waha.lives import Lives, challenge, confirmation_code
from sandbox.waha.routes import Call, Route
from sandbox.waha.session import Session, Status
from sandbox.waha.wire import Answer, json_answer
from sandbox.waha.world import World

_PNG: Final = "image/png"


@dataclass(frozen=True, slots=True)
class AuthCalls:
    world: World
    lives: Lives

    def routes(self) -> list[Route]:
        at, control = "/api/{session}/auth", Action.CONTROL
        return [
            Route("GET", f"{at}/qr", "qr", self.qr, control),
            Route("POST", f"{at}/request-code", "request_code", self.request_code, control),
            Route("GET", f"{at}/passkey/challenge", "challenge", self.challenge, control),
            Route("POST", f"{at}/passkey", "passkey", self.passkey, control),
            Route("GET", f"{at}/passkey/confirmation", "confirmation", self.confirmation, control),
            Route("POST", f"{at}/passkey/confirm", "confirm", self.confirm, control),
        ]

    async def qr(self, call: Call) -> Answer:
        """The code on offer just now: as a picture, as one in JSON, or as its text."""
        value = _on_offer(await call.in_state(Status.SCAN_QR_CODE))
        if call.query.get("format") == "raw":
            return json_answer({"value": value})
        if "application/json" in call.request.headers.get("accept", ""):
            data = base64.b64encode(qr.png(value)).decode()
            return json_answer({"mimetype": _PNG, "data": data})
        return Answer(200, qr.png(value), content_type=_PNG)

    async def request_code(self, call: Call) -> Answer:
        phone = call.body().get("phoneNumber")
        session = await call.in_state(Status.SCAN_QR_CODE)
        if not isinstance(phone, str) or not phone.isdigit():
            raise replies.refusal(400, ["phoneNumber must be a string of digits"])
        if (session.config.get("client") or {}).get("deviceName"):
            # WhatsApp pairs by code only with what calls itself a browser on a known system.
            raise replies.Thrown("2 UNKNOWN: info query returned status 400: bad-request", code=2)
        return json_answer({"code": self.lives.pairing_code(session, phone)}, status=201)

    async def challenge(self, call: Call) -> Answer:
        return json_answer(challenge(await self._with_passkey(call, Status.PASSKEY_REQUIRED)))

    async def passkey(self, call: Call) -> Answer:
        session = await self._with_passkey(call, Status.PASSKEY_REQUIRED)
        if not {"id", "rawId", "type", "response"} <= set(call.body()):
            raise replies.refusal(400, ["id, rawId, type and response are required"])
        self.lives.sign(session)
        return Answer(201)

    async def confirmation(self, call: Call) -> Answer:
        session = await self._with_passkey(call, Status.PASSKEY_CONFIRMATION_REQUIRED)
        return json_answer({"code": confirmation_code(session)})

    async def confirm(self, call: Call) -> Answer:
        session = await self._with_passkey(call, Status.PASSKEY_CONFIRMATION_REQUIRED)
        self.lives.log_in(session)
        return Answer(201)

    async def _with_passkey(self, call: Call, expected: Status) -> Session:
        if self.world.engine != "GOWS":
            raise replies.not_by_this_engine(self.world.engine)
        return await call.in_state(expected)


def _on_offer(session: Session) -> Any:
    if session.offer is None:
        raise replies.not_as_expected(session, [Status.SCAN_QR_CODE])
    return session.offer.qr
