"""Price lists on their way: fetched from sellers' addresses by the hour, or uploaded by hand."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from random import Random
from typing import Any, Final

import aiohttp

from sandbox.clock import Agenda, Clock, iso
from sandbox.dice import dice
from sandbox.people import MERCHANTS, Merchant
from sandbox.price_lists import PriceList, read_price_list
from sandbox.pushes import Pushes
from sandbox.settings import Settings

_FETCH_S: Final = 60.0
_REPORTS_KEPT: Final = 20
_ERRORS_SHOWN: Final = 50
_ZIP: Final = b"PK\x03\x04"
_OK: Final = 200
_NOT_MODIFIED: Final = 304
IN_PROGRESS: Final = "IN_PROGRESS"


@dataclass(slots=True)
class Report:
    """How one price list went, for a person to read."""

    id: str
    merchant_id: str
    source: str
    at: str
    status: str = IN_PROGRESS
    http_status: int | None = None
    bytes: int = 0
    offers: int = 0
    changed: int = 0
    unknown: list[str] = field(default_factory=list)
    dropped: int = 0
    errors: list[str] = field(default_factory=list)
    error_count: int = 0

    def fail(self, status: str, errors: Sequence[str]) -> None:
        self.status, self.error_count = status, len(errors)
        self.errors = list(errors[:_ERRORS_SHOWN])


@dataclass(slots=True)
class Feed:
    """Where a merchant's price list lies, and when it is fetched next."""

    url: str
    login: str | None = None
    password: str | None = None
    next_at: float = 0.0
    etag: str | None = None


@dataclass(slots=True)
class Feeds:
    """The merchants' addresses, their latest reports, and the file that is being worked on."""

    settings: Settings
    clock: Clock
    agenda: Agenda
    pushes: Pushes
    on_change: Callable[[], None]
    by_merchant: dict[str, Feed] = field(default_factory=dict)
    reports: dict[str, deque[Report]] = field(default_factory=dict)
    chance: Random = field(default_factory=lambda: dice("files"))
    _due: asyncio.Queue[str] = field(default_factory=asyncio.Queue)

    async def run(self) -> None:
        """Fetch what falls due, one after another, until cancelled."""
        while True:
            merchant_id = await self._due.get()
            if merchant_id in self.by_merchant:
                await self.fetch(MERCHANTS[merchant_id])

    def register(self, merchant_id: str, feed: Feed | None) -> None:
        """Fetch a merchant's price list from there every hour, or no more."""
        self.by_merchant.pop(merchant_id, None)
        if feed is not None:
            self.by_merchant[merchant_id] = feed
            self._fetch_later(merchant_id, feed)
        self.on_change()

    def resume(self, merchant_id: str, feed: Feed) -> None:
        """Go on with an address remembered from an earlier run."""
        self.by_merchant[merchant_id] = feed
        self.agenda.at(feed.next_at, lambda: self._tick(merchant_id, feed))

    async def fetch(self, merchant: Merchant) -> Report:
        """Fetch a merchant's price list now and take it over."""
        feed = self.by_merchant[merchant.merchant_id]
        report = self._report(merchant, "url")
        try:
            raw = await self._read(feed, report)
        except (aiohttp.ClientError, TimeoutError) as trouble:
            why = str(trouble) or type(trouble).__name__
            report.fail("FAILED", [f"The address cannot be fetched: {why}."])
            return report
        if raw is not None:
            self._take(merchant, raw, report)
        return report

    def upload(self, merchant: Merchant, raw: bytes) -> Report | None:
        """Take a file on, to be worked on in a moment; None while another one is."""
        if self.latest(merchant.merchant_id, IN_PROGRESS):
            return None
        report = self._report(merchant, "upload")
        report.bytes = len(raw)
        self.agenda.after(self.settings.file_delay_s, lambda: self._take(merchant, raw, report))
        return report

    def check(self, merchant: Merchant, raw: bytes) -> Report:
        """Judge a price list without taking it over."""
        report = Report("0" * 24, merchant.merchant_id, "check", iso(self.clock.now()))
        found = _read_any(raw, merchant)
        report.bytes, report.offers = len(raw), len(found.statements)
        report.status = "CHECKED"
        if found.errors:
            report.fail("REJECTED", found.errors)
        return report

    def latest(self, merchant_id: str, status: str | None = None) -> Report | None:
        reports = self.reports.get(merchant_id, ())
        return next((one for one in reports if status in (None, one.status)), None)

    def as_dict(self) -> dict[str, Any]:
        return {merchant_id: asdict(feed) for merchant_id, feed in self.by_merchant.items()}

    def _fetch_later(self, merchant_id: str, feed: Feed) -> None:
        feed.next_at = self.clock.now() + self.settings.feed_every_s
        self.agenda.at(feed.next_at, lambda: self._tick(merchant_id, feed))

    def _tick(self, merchant_id: str, feed: Feed) -> None:
        if self.by_merchant.get(merchant_id) is feed:
            self._due.put_nowait(merchant_id)
            self._fetch_later(merchant_id, feed)
            self.on_change()

    async def _read(self, feed: Feed, report: Report) -> bytes | None:
        """The document; None if it did not come, which the report says, or is the known one."""
        headers: dict[str, str] = {}
        if feed.login:
            headers["Authorization"] = aiohttp.encode_basic_auth(feed.login, feed.password or "")
        if feed.etag and self.settings.feed_conditional:
            headers["If-None-Match"] = feed.etag
        timeout = aiohttp.ClientTimeout(total=_FETCH_S)
        async with (
            aiohttp.ClientSession(headers=headers, timeout=timeout) as client,
            client.get(feed.url) as answer,
        ):
            raw = await answer.read()
            report.http_status, report.bytes = answer.status, len(raw)
            if answer.status == _NOT_MODIFIED:
                report.status = "NOT_MODIFIED"
                return None
            if answer.status != _OK:
                report.fail("FAILED", [f"The address answered {answer.status}."])
                return None
            feed.etag = answer.headers.get("ETag")
            return raw

    def _take(self, merchant: Merchant, raw: bytes, report: Report) -> None:
        found = _read_any(raw, merchant)
        if found.errors:
            report.fail("REJECTED", found.errors)
            return
        report.offers = len(found.statements)
        # The stock count is a trap in pushes only.
        settings = replace(self.settings, stock_count="always", missing_availabilities="keep")
        for statement in found.statements:
            changed = self.pushes.take_over(statement, settings)
            report.changed += changed is True
            if changed is None:
                report.unknown.append(statement.sku)
        if self.settings.dropped_products == "withdraw":
            said = {statement.sku for statement in found.statements}
            report.dropped = self.pushes.withdraw_others(merchant.merchant_id, said)
        report.status = "APPLIED"
        self.on_change()

    def _report(self, merchant: Merchant, source: str) -> Report:
        now = self.clock.now()
        report_id = f"{int(now):08x}{self.chance.randrange(16**16):016x}"
        report = Report(report_id, merchant.merchant_id, source, iso(now))
        kept = self.reports.setdefault(merchant.merchant_id, deque(maxlen=_REPORTS_KEPT))
        kept.appendleft(report)
        return report


def _read_any(raw: bytes, merchant: Merchant) -> PriceList:
    if not raw.startswith(_ZIP):
        return read_price_list(raw, merchant)
    from sandbox.sheets import read_sheet  # noqa: PLC0415 -- costs a start 0.2 s, and is rarely needed

    return read_sheet(raw, merchant)
