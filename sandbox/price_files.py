"""Price lists in the cabinet: a file uploaded by hand, what became of it, and the address."""

from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP
from typing import Final

from aiohttp import web

from sandbox import replies
from sandbox.access import Access, json_body
from sandbox.feeds import IN_PROGRESS, Feed, Report
from sandbox.gate import Role, Route
from sandbox.world import World

_UNFINISHED: Final = "Unfinished file found"


@dataclass(frozen=True, slots=True)
class PriceFiles:
    """Its endpoints over a world."""

    world: World
    access: Access

    def routes(self) -> list[Route]:
        role, at = Role.CABINET, "/pricefeed/upload/merchant"
        protocol = "/pricefeed/protocol/merchant/file/{id}"
        return [
            Route(role, "POST", f"{at}/upload", "upload", self.upload, walled=True),
            Route(role, "GET", f"{at}/files/last", "last_file", self.last, walled=True),
            Route(role, "GET", protocol, "file", self.file, walled=True),
            Route(
                *(role, "POST", f"{at}/upload/configuration", "configuration"),
                self.configuration,
                walled=True,
            ),
        ]

    async def upload(self, request: web.Request) -> web.Response:
        """Take a file on; one at a time."""
        merchant = self.access.merchant(request, request.query.get("merchantUid", ""))
        raw = _file_part(request.headers.get("Content-Type", ""), await request.read())
        if raw is None:
            return replies.message("There is no part called file", status=400)
        report = self.world.feeds.upload(merchant, raw)
        if report is None:
            return replies.message(_UNFINISHED, status=400)
        return replies.json_reply({"id": report.id, "status": report.status})

    async def last(self, request: web.Request) -> web.Response:
        merchant = self.access.merchant(request, request.query.get("m", ""))
        report = self.world.feeds.latest(merchant.merchant_id)
        return replies.json_reply(_row(report)) if report else replies.empty(204)

    async def file(self, request: web.Request) -> web.Response:
        merchant = self.access.merchant(request, request.query.get("m", ""))
        for report in self.world.feeds.reports.get(merchant.merchant_id, ()):
            if report.id == request.match_info["id"]:
                return replies.json_reply(_row(report))
        return replies.message("File not found", status=404)

    async def configuration(self, request: web.Request) -> web.Response:
        """Tell where the price list is fetched from; a body with `url` changes it."""
        merchant = self.access.merchant(request, request.query.get("merchantUid", ""))
        wanted = await json_body(request) if await request.read() else {}
        if isinstance(wanted, dict) and "url" in wanted:
            url = wanted["url"]
            feed = Feed(url, wanted.get("login"), wanted.get("password")) if url else None
            self.world.feeds.register(merchant.merchant_id, feed)
        known = self.world.feeds.by_merchant.get(merchant.merchant_id)
        answer = replies.json_reply({"enabled": bool(known), "url": known.url if known else None})
        answer.headers["X-Principal-Type"] = "2"
        return answer


def _row(report: Report) -> dict[str, object]:
    is_done = report.status != IN_PROGRESS
    return {
        "id": report.id,
        "status": report.status,
        "date": report.at,
        "processed": is_done,
        "offersCount": report.offers,
        "errors": report.errors,
    }


def _file_part(content_type: str, body: bytes) -> bytes | None:
    """The part called `file` of a form."""
    whole = b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body
    form = BytesParser(policy=HTTP).parsebytes(whole)
    for part in form.iter_parts() if form.is_multipart() else ():
        if part.get_param("name", header="Content-Disposition") == "file":
            raw = part.get_payload(decode=True)
            return raw if isinstance(raw, bytes) else None
    return None
