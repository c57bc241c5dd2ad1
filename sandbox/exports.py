"""A merchant's own price list out of the cabinet: ordered, made in a moment, fetched once ready.

That there are types, a trigger and a status is known, and that the trigger may answer 429. What the
answers hold, and where the file lies, is invented.
"""

from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from sandbox import replies
from sandbox.access import Access
from sandbox.export import price_list_of, sheet_of
from sandbox.gate import Addresses, Role, Route
from sandbox.people import Merchant
from sandbox.world import World

_AT: Final = "/offers/api/v1/offer/export"
_SHELVES: Final = ("ACTIVE", "ARCHIVE")
_TYPES: Final = {
    "XML": "text/xml",
    "XLSX": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which file of which merchant."""

    merchant: Merchant
    shelf: str
    file_type: str


@dataclass(slots=True)
class Exports:
    """Its endpoints over a world, and when each file that was ordered is ready."""

    world: World
    addresses: Addresses
    access: Access
    ready_at: dict[Wanted, float] = field(default_factory=dict)

    def routes(self) -> list[Route]:
        role = Role.CABINET
        return [
            Route(role, "GET", f"{_AT}/types", "export_types", self.types, walled=True),
            Route(role, "GET", f"{_AT}/trigger", "export_trigger", self.trigger, walled=True),
            Route(role, "GET", f"{_AT}/status", "export_status", self.status, walled=True),
            Route(role, "GET", f"{_AT}/file", "export_file", self.file, walled=True),
        ]

    async def types(self, request: web.Request) -> web.Response:
        self.access.merchant(request, request.query.get("m", ""))
        return replies.json_reply(list(_TYPES))

    async def trigger(self, request: web.Request) -> web.Response:
        """Begin to make a file, unless the same one was begun a short while ago."""
        wanted, now = self._wanted(request), self.world.clock.now()
        ready_at = self.ready_at.get(wanted)
        if ready_at is not None and now < ready_at + self.world.settings.export_rest_s:
            return replies.message("Too Many Requests", status=429)
        self.ready_at[wanted] = now + self.world.settings.export_delay_s
        return replies.json_reply({"status": "IN_PROGRESS"})

    async def status(self, request: web.Request) -> web.Response:
        wanted = self._wanted(request)
        ready_at = self.ready_at.get(wanted)
        if ready_at is None:
            return replies.json_reply({"status": "NOT_FOUND", "url": None})
        if self.world.clock.now() < ready_at:
            return replies.json_reply({"status": "IN_PROGRESS", "url": None})
        home = self.addresses.url_for(request, Role.CABINET)
        return replies.json_reply({"status": "DONE", "url": f"{home}{_AT}/file?{_query(wanted)}"})

    async def file(self, request: web.Request) -> web.Response:
        """The catalogue as it is now, in a file that was ordered."""
        wanted, now = self._wanted(request), self.world.clock.now()
        if now < self.ready_at.get(wanted, now + 1):
            return replies.message("File not found", status=404)
        listings = [
            listing
            for listing in self.world.listings.of(wanted.merchant.merchant_id)
            if listing.on_sale == (wanted.shelf == "ACTIVE")
        ]
        if wanted.file_type == "XML":
            body = price_list_of(wanted.merchant, listings, now=self.world.told_now())
        else:
            body = sheet_of(wanted.merchant, listings)
        return web.Response(body=body, content_type=_TYPES[wanted.file_type])

    def _wanted(self, request: web.Request) -> Wanted:
        merchant = self.access.merchant(request, request.query.get("m", ""))
        shelf = request.query.get("available", "ACTIVE")
        file_type = request.query.get("fileType", "XML")
        if shelf not in _SHELVES or file_type not in _TYPES:
            raise replies.Refused(replies.message("Bad Request", status=400))
        return Wanted(merchant, shelf, file_type)


def _query(wanted: Wanted) -> str:
    merchant_id = wanted.merchant.merchant_id
    return f"m={merchant_id}&available={wanted.shelf}&fileType={wanted.file_type}"
