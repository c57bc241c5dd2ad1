"""How long a walk through the login pages takes in the browser, four at a time.

``BENCH_LOGINS`` is how many walks of each kind. They go at their own budget of four steps a second
and all that the house keeps to; the marketplace is on this machine and answers at once.
"""

import asyncio
import logging
import os
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import httpx
import structlog

from bench.processes import cpu_s, tree_of
from bench.sandbox import unlimited_sandbox
from bench.servers import private_servers
from bench.table import show
from cube_demper.kernel.limiting.redis import RedisLimiter
from cube_demper.local.chromium import find_chromium
from kaspi.clients.browser import Browser
from kaspi.clients.config import KaspiConfig
from kaspi.clients.login import BrowserLogins
from kaspi.clients.transport import Transport
from kaspi.login_ports import Credentials, LoginStep
from kaspi.ports import CookieJar

_AT_ONCE = 4
_WALKS = int(os.environ.get("BENCH_LOGINS", "60"))
_PROMISED_S = 3.0
_PASSWORD, _CODE = "Kaspi-2026", "123456"


@dataclass(frozen=True, slots=True)
class _Run:
    """How long each walk of a kind took, and the processor time of ours and the browser's."""

    seconds: Sequence[float]
    cpu_s: float

    def told(self) -> str:
        middle, most = statistics.median(self.seconds), max(self.seconds)
        p95 = statistics.quantiles(self.seconds, n=20)[-1]
        return (
            f"p50 {middle:.2f} s, p95 {p95:.2f} s ({p95 / _PROMISED_S:.2f} of {_PROMISED_S:g} s), "
            f"most {most:.2f} s, {self.cpu_s / len(self.seconds):.2f} s of processor each"
        )


class _Seller:
    """Walks in as one seller after another, as a default worker does."""

    def __init__(self, logins: BrowserLogins, shop_url: str) -> None:
        self._logins = logins
        self._shop_url = shop_url
        self.jars: dict[int, CookieJar] = {}

    async def demand_codes(self, is_wanted: bool) -> None:  # noqa: FBT001 -- a switch of theirs
        """Have the marketplace mail a code to whoever has given the right password."""
        async with httpx.AsyncClient() as client:
            settings = f"{self._shop_url}/_sandbox/settings"
            (await client.post(settings, json={"email_code": is_wanted})).raise_for_status()

    async def walk(self, number: int) -> None:
        """By e-mail and password, and a code where one is asked for, to the shops it opens."""
        credentials = Credentials(f"seller{number}@sandbox.kz", _PASSWORD)
        async with self._logins.start(credentials) as walk:
            if walk.step is LoginStep.CODE_NEEDED:
                await walk.enter_code(_CODE)
            self.jars[number] = (await walk.connected()).jar

    async def walk_silently(self, number: int) -> None:
        """By the sign-on that an earlier walk left, as a renewal does first."""
        credentials = Credentials(f"seller{number}@sandbox.kz")
        async with self._logins.start(credentials, jar=self.jars[number], is_silent=True) as walk:
            await walk.connected()


def measure() -> None:
    """Walks through the login pages, four at once: by password, with a code, and silent ones."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with private_servers() as addresses, unlimited_sandbox(cards=500) as urls:
        rows = asyncio.run(_all(urls, addresses["REDIS_URL"]))
    show("login", [(f"{_WALKS} walks of each kind, {_AT_ONCE} at once", ""), *rows])


async def _all(urls: dict[str, str], redis_url: str) -> list[tuple[str, str]]:
    chromium = find_chromium(os.environ)
    config = KaspiConfig(
        identity_url=urls["KASPI_IDENTITY_URL"],
        cabinet_url=urls["KASPI_CABINET_URL"],
        shop_url=urls["KASPI_SHOP_URL"],
        user_agent="Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0.0.0",
        chromium_path=str(chromium) if chromium else None,
    )
    limiter = RedisLimiter(url=redis_url, fallback_rps=1)
    browser, transport = Browser(config), Transport(config=config, limiter=limiter)
    logins = BrowserLogins(browser=browser, transport=transport, config=config)
    seller = _Seller(logins, config.shop_url)
    try:
        began = time.perf_counter()
        await seller.walk(_WALKS + 1)
        first_s = time.perf_counter() - began
        rows = [("the first, which starts the browser", f"{first_s:.2f} s")]
        alone = await _run(seller.walk, at_once=1)
        rows.append(("one at a time, by e-mail and password", alone.told()))
        rows.append(("e-mail and password", (await _run(seller.walk)).told()))
        rows.append(("silent, the sign-on lives", (await _run(seller.walk_silently)).told()))
        await seller.demand_codes(True)
        rows.append(("e-mail, password and code", (await _run(seller.walk)).told()))
    finally:
        await browser.aclose()
        await transport.aclose()
        await limiter.aclose()
    return rows


async def _run(walk: Callable[[int], Awaitable[None]], *, at_once: int = _AT_ONCE) -> _Run:
    seconds: list[float] = []
    waiting = iter(range(1, _WALKS + 1))

    async def one_after_another() -> None:
        for number in waiting:
            began = time.perf_counter()
            await walk(number)
            seconds.append(time.perf_counter() - began)

    used = cpu_s(tree_of([os.getpid()]))
    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(one_after_another())
    return _Run(seconds, cpu_s(tree_of([os.getpid()])) - used)
