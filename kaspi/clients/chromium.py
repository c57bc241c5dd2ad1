"""One headless Chromium and the driver that steers it: how they start, fail and end.

The driver ignores signals: whoever owns the process ends the browser, and if the process is killed,
the driver and Chromium follow it.
"""

import asyncio
import os
import signal
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TypeVar

import structlog
from playwright.async_api import Browser as Chromium
from playwright.async_api import Error as DriverError
from playwright.async_api import Playwright, async_playwright
from playwright.async_api import TimeoutError as DriverTimeout

from kaspi.clients.config import KaspiConfig
from kaspi.errors import BrowserGone, KaspiUnavailable, LoginTimedOut

T = TypeVar("T")
logger = structlog.get_logger("kaspi.browser")
_ENDING_S = 10.0  # a driver that starts at all has started by then, and one that ends has ended
# Left to itself, the driver's Node puts off its cleaning and grows by 5 KB a request for long.
_DRIVER_HEAP = "--max-old-space-size=192"
_QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--metrics-recording-only",
    "--no-first-run",
    "--no-pings",
)


@dataclass(slots=True)
class Running:
    """A started Chromium. ``is_stuck`` once an order to it was not obeyed in time."""

    driver: Playwright
    chromium: Chromium
    pid: int
    order_limit_s: float
    is_stuck: bool = False

    @property
    def is_well(self) -> bool:
        """Can orders be given?"""
        return self.chromium.is_connected() and not self.is_stuck

    async def obey(self, order: Awaitable[T]) -> T:
        """Give an order to Chromium. Raises BrowserGone if it fails or takes too long."""
        try:
            with driver_errors():
                return await asyncio.wait_for(order, self.order_limit_s)
        except LoginTimedOut:
            self.is_stuck = True
            raise BrowserGone("The browser does not react.") from None

    async def end(self) -> None:
        """End Chromium and its driver, whatever they are doing."""
        if self.is_stuck or not await quietly(self.chromium.close(), limit_s=self.order_limit_s):
            await self._kill()  # frozen: the driver would wait half a minute
        await quietly(self.driver.stop(), limit_s=_ENDING_S)

    async def _kill(self) -> None:
        is_noticed = asyncio.Event()
        self.chromium.once("disconnected", lambda _: is_noticed.set())
        with suppress(ProcessLookupError):
            # Its whole group, which the driver made for it: a script may stand before.
            os.killpg(os.getpgid(self.pid), signal.SIGKILL)
        if self.chromium.is_connected():
            # A driver told to stop before it has noticed would wait for Chromium's goodbye.
            await quietly(_set(is_noticed), limit_s=self.order_limit_s)


async def _set(event: asyncio.Event) -> None:
    await event.wait()


async def start(config: KaspiConfig) -> Running:
    """Start Chromium. Raises BrowserGone, and then leaves nothing behind."""
    driver = await _start_driver(config.browser_start_timeout_s)
    try:
        with driver_errors():
            chromium = await driver.chromium.launch(
                executable_path=config.chromium_path,
                timeout=config.browser_start_timeout_s * 1000,
                args=_QUIET,
                handle_sigint=False,
                handle_sigterm=False,
                handle_sighup=False,
            )
            pid = await asyncio.wait_for(_pid_of(chromium), config.driver_timeout_s)
    except BaseException:
        await quietly(driver.stop(), limit_s=_ENDING_S)
        raise
    logger.info("kaspi.browser.started", version=chromium.version)
    return Running(driver, chromium, pid, config.driver_timeout_s)


async def _start_driver(limit_s: float) -> Playwright:
    os.environ.setdefault("NODE_OPTIONS", _DRIVER_HEAP)  # the driver takes no options of its own
    starting = asyncio.ensure_future(async_playwright().start())
    try:
        return await asyncio.wait_for(asyncio.shield(starting), limit_s)
    except BaseException as error:
        # A start that is cut short would leave its process behind: let it end, then stop it.
        await asyncio.wait({starting}, timeout=_ENDING_S)
        if starting.done() and not starting.cancelled() and starting.exception() is None:
            await quietly(starting.result().stop(), limit_s=_ENDING_S)
        if isinstance(error, Exception):
            raise BrowserGone("The browser's driver does not start.") from error
        raise


async def _pid_of(chromium: Chromium) -> int:
    session = await chromium.new_browser_cdp_session()
    answer = await session.send("SystemInfo.getProcessInfo")
    await session.detach()
    pids: list[int] = [one["id"] for one in answer["processInfo"] if one["type"] == "browser"]
    return pids[0]


@contextmanager
def driver_errors() -> Iterator[None]:
    """Say in our words what goes wrong with a page: LoginTimedOut, KaspiUnavailable, BrowserGone.

    Only the first line of what the driver says is kept, and no chain: its call logs may quote what
    was typed.
    """
    try:
        yield
    except (DriverTimeout, TimeoutError):
        raise LoginTimedOut from None
    except DriverError as error:
        said = error.message.partition("\n")[0]
        if "net::ERR_" in said:
            reason = said.partition("net::")[2].partition(" ")[0]
            raise KaspiUnavailable(f"Kaspi's page can't be reached ({reason}).") from None
        raise BrowserGone(f"The browser failed: {said:.200}") from None


async def quietly(order: Awaitable[None], *, limit_s: float) -> bool:
    """Close something that may be gone already. Says whether it went well."""
    try:
        await asyncio.wait_for(order, limit_s)
    except (DriverError, TimeoutError) as error:
        logger.warning("kaspi.browser.closing_failed", reason=type(error).__name__)
        return False
    return True
