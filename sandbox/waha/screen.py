"""A page on which a person plays the phones: scans codes, reads, and writes back."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandbox.waha import qr
from sandbox.waha.replies import refusal
from sandbox.waha.routes import Call, Route
from sandbox.waha.wire import Answer
from sandbox.waha.world import World

_PAGE: Final = Path(__file__).with_name("screen.html")


@dataclass(frozen=True, slots=True)
class Screen:
    """The page, and the picture of a code on offer."""

    world: World

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/_control/screen", "screen", self.page, None),
            Route("GET", "/_control/code", "code", self.code, None),
        ]

    async def page(self, _call: Call) -> Answer:
        return Answer(200, _PAGE.read_bytes(), content_type="text/html; charset=utf-8")

    async def code(self, call: Call) -> Answer:
        """The code that a session shows just now."""
        offer = call.known().offer
        if offer is None:
            raise refusal(404, "No code is on offer")
        return Answer(200, qr.png(offer.qr), content_type="image/png")
