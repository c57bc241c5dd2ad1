"""One worker's requests through one wire, at a steady pace: ``python -m bench.caller KIND SHOP``.

It is told on standard input how many requests a second to make for how many seconds, and answers
each order with a line of JSON when it is done. A pace of nothing is as fast as it goes.
"""

import asyncio
import itertools
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass

import httpx
import orjson
import structlog
from yarl import URL

from cube_demper.local.chromium import find_chromium
from kaspi.clients.browser import Browser
from kaspi.clients.browser_wire import BrowserWire
from kaspi.clients.config import DIRECT, KaspiConfig, WireKind
from kaspi.clients.http_wire import HttpWire
from kaspi.clients.wires import ACCEPTED_ENCODINGS, Lost, Party, Request, Wire
from kaspi.ports import Cookie, CookieJar

_AT_ONCE = 25
_CARDS = 500
_HEADERS = {
    "User-Agent": "Mozilla/5.0",
    "Accept-Encoding": ACCEPTED_ENCODINGS,
    "Content-Type": "application/json",
}
_BODY = orjson.dumps({"cityId": "750000000", "limit": 50, "page": 0, "sortOption": "PRICE"})


@dataclass(frozen=True, slots=True)
class Order:
    """``sellers`` take turns, each with a session of its own; every other request is nobody's."""

    a_second: float
    seconds: float
    sellers: int = 50


@dataclass(slots=True)
class Report:
    """What came of an order."""

    answers: int = 0
    lost: int = 0
    contexts: int = 0


class Caller:
    """Reads offers, card after card, now in nobody's name and now in a seller's."""

    def __init__(self, wire: Wire, browser: Browser, shop_url: str) -> None:
        self._wire = wire
        self._browser = browser
        self._shop_url = shop_url
        found = httpx.get(f"{shop_url}/_sandbox/cards", params={"count": _CARDS}).json()
        self._skus: Iterator[str] = itertools.cycle(found["cards"])

    async def obey(self, order: Order) -> Report:
        """Make the requests, each at its time."""
        report = Report()
        sellers = itertools.cycle(range(order.sellers))
        began = time.perf_counter()
        seats = asyncio.Semaphore(_AT_ONCE)
        async with asyncio.TaskGroup() as group:
            for number in itertools.count():
                due = number / order.a_second if order.a_second else time.perf_counter() - began
                if due >= order.seconds:
                    break
                await asyncio.sleep(began + due - time.perf_counter())
                await seats.acquire()
                whose = None if number % 2 else next(sellers)
                group.create_task(self._read(whose, report, seats))
        report.contexts = self._browser.context_count
        return report

    async def _read(self, seller: int | None, report: Report, seats: asyncio.Semaphore) -> None:
        party = Party("nobody" if seller is None else f"session:{seller}", DIRECT)
        jar = None
        if seller is not None:
            jar = CookieJar(
                (Cookie("mc-sid", f"session-{seller}", URL(self._shop_url).host or ""),)
            )
        url = URL(f"{self._shop_url}/yml/offer-view/offers/{next(self._skus)}")
        headers = {**_HEADERS, "Referer": f"{self._shop_url}/shop/"}
        try:
            reply = await self._wire.send(
                Request("POST", url, headers, _BODY), party=party, jar=jar
            )
            orjson.loads(reply.answer.body)
            report.answers += 1
        except Lost:
            report.lost += 1
        finally:
            seats.release()


async def _serve(kind: WireKind, shop_url: str) -> None:
    chromium = find_chromium(os.environ)
    config = KaspiConfig(
        identity_url="",
        cabinet_url="",
        shop_url=shop_url,
        user_agent=_HEADERS["User-Agent"],
        chromium_path=str(chromium) if chromium else None,
    )
    browser = Browser(config)
    wire: Wire = BrowserWire(browser, config) if kind is WireKind.BROWSER else HttpWire(config)
    caller = Caller(wire, browser, shop_url)
    try:
        while line := await asyncio.to_thread(sys.stdin.readline):
            report = await caller.obey(Order(**json.loads(line)))
            print(json.dumps(asdict(report)), flush=True)
    finally:
        await wire.aclose()
        await browser.aclose()


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    asyncio.run(_serve(WireKind(sys.argv[1]), sys.argv[2]))
