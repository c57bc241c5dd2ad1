"""The contexts of one Chromium: each is one party's alone, kept from one use to the next.

A context holds a party's cookies and connections. It serves only the jar that it was made with (as
renewed by its own answers): another jar gets another context, even for the same party. The least
recently used one makes room; one that is old, worn or spoilt is closed when nobody has it.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from playwright.async_api import BrowserContext

from kaspi.clients import cookies
from kaspi.clients.chromium import Running, quietly
from kaspi.clients.config import Address, KaspiConfig
from kaspi.clients.wires import Party
from kaspi.errors import BrowserGone
from kaspi.ports import CookieJar


@dataclass(slots=True, eq=False)
class Lent:
    """A context on loan. Spoil it when what was ordered last may still be going on in it."""

    context: BrowserContext
    running: Running
    party: Party | None  # None: for one loan only
    jar: CookieJar
    made_at: float
    used_at: float
    uses: int = 0
    loans: int = 0
    is_spoilt: bool = False

    def spoil(self) -> None:
        """Let nobody else have it."""
        self.is_spoilt = True

    def holds(self, jar: CookieJar) -> bool:
        """Are these the cookies it was made with, as renewed since?"""
        return jar is self.jar or cookies.essence(jar) == cookies.essence(self.jar)


class Contexts:
    """Lends contexts, one for each party. They end with their Chromium."""

    def __init__(self, running: Running, config: KaspiConfig) -> None:
        self.running = running
        self._config = config
        self._kept: dict[Party, Lent] = {}
        self._all: set[Lent] = set()
        self._making = asyncio.Lock()

    def __len__(self) -> int:
        return len(self._all)

    async def lend(self, party: Party, jar: CookieJar) -> Lent:
        """Lend the party's context, a new one if need be. Raises BrowserGone."""
        lent = self._usable(party, jar)
        if lent is None:
            async with self._making:
                lent = self._usable(party, jar)
                if lent is None:
                    await self._make_room(party)
                    lent = self._kept[party] = await self._make(party, jar)
        return self._counted(lent)

    async def lend_once(self, jar: CookieJar | None, address: Address) -> Lent:
        """Lend a context that nobody has after this. Raises BrowserGone."""
        async with self._making:
            lent = await self._make(Party("", address), jar or CookieJar())
        lent.party = None
        lent.spoil()
        return self._counted(lent)

    async def give_back(self, lent: Lent) -> None:
        """Take it back, and close it if nobody is to have it again."""
        lent.used_at = time.monotonic()
        await self._let_go(lent)

    async def collect(self) -> None:
        """Close what nobody uses and nobody has used lately."""
        now = time.monotonic()
        for lent in list(self._all):
            is_idle = now - lent.used_at >= self._config.context_idle_s
            if not lent.loans and (is_idle or self._is_worn(lent)):
                await self._retire(lent)

    def _usable(self, party: Party, jar: CookieJar) -> Lent | None:
        lent = self._kept.get(party)
        is_usable = (
            lent is not None
            and self.running.is_well
            and not lent.is_spoilt
            and not self._is_worn(lent)
            and lent.holds(jar)
        )
        return lent if is_usable else None

    def _is_worn(self, lent: Lent) -> bool:
        age_s = time.monotonic() - lent.made_at
        return age_s >= self._config.context_age_s or lent.uses >= self._config.context_uses

    @staticmethod
    def _counted(lent: Lent) -> Lent:
        lent.uses += 1
        lent.loans += 1
        lent.used_at = time.monotonic()
        return lent

    async def _let_go(self, lent: Lent) -> None:
        lent.loans -= 1
        if lent.is_spoilt:
            await self._retire(lent)

    async def _make_room(self, party: Party) -> None:
        if party in self._kept:
            await self._retire(self._kept[party])
        if len(self._kept) < self._config.max_contexts:
            return
        unused = [lent for lent in self._kept.values() if not lent.loans]
        if not unused:
            raise BrowserGone("All contexts of the browser are in use.")
        await self._retire(min(unused, key=lambda lent: lent.used_at))

    async def _retire(self, lent: Lent) -> None:
        lent.spoil()
        if lent.party is not None and self._kept.get(lent.party) is lent:
            del self._kept[lent.party]
        if not lent.loans and lent in self._all:
            self._all.remove(lent)
            if self.running.is_well:  # otherwise it ends with its Chromium
                await quietly(lent.context.close(), limit_s=self._config.driver_timeout_s)

    async def _make(self, party: Party, jar: CookieJar) -> Lent:
        if not self.running.is_well:
            raise BrowserGone("The browser is being replaced.")
        context = await self._ordered(party.address)
        now = time.monotonic()
        lent = Lent(context, self.running, party, jar, made_at=now, used_at=now)
        self._all.add(lent)
        context.set_default_timeout(self._config.driver_timeout_s * 1000)
        lent.loans = 1  # ours, until it is whole: nobody collects it
        try:
            await self._fill(context, jar.to_browser())
        except BaseException:
            lent.spoil()
            raise
        finally:
            await self._let_go(lent)
        return lent

    async def _ordered(self, address: Address) -> BrowserContext:
        order = self.running.chromium.new_context(
            user_agent=self._config.user_agent,
            locale="ru-RU",
            accept_downloads=False,
            service_workers="block",
            proxy=_proxy(address),  # type: ignore[arg-type]  # a TypedDict with these keys
        )
        making = asyncio.ensure_future(self.running.obey(order))
        try:
            return await asyncio.shield(making)
        except asyncio.CancelledError:
            # Chromium makes it all the same, and nobody else would ever close it.
            await asyncio.wait({making})
            if not making.cancelled() and making.exception() is None:
                await quietly(making.result().close(), limit_s=self._config.driver_timeout_s)
            raise

    async def _fill(self, context: BrowserContext, found: list[dict[str, Any]]) -> None:
        if not found:
            return
        try:
            await self.running.obey(context.add_cookies(found))  # type: ignore[arg-type]  # its cookies are a TypedDict, ours the same keys from JSON
        except BrowserGone:
            if len(found) == 1 and self.running.is_well:
                return  # a cookie that Chromium does not take is no part of a session
            if not self.running.is_well:
                raise
            for cookie in found:
                await self._fill(context, [cookie])


def _proxy(address: Address) -> Mapping[str, Any] | None:
    if address.proxy_url is None:
        return None
    parts = urlsplit(address.proxy_url)
    server = f"{parts.scheme}://{parts.hostname}:{parts.port}" if parts.port else address.proxy_url
    return {
        "server": server,
        "username": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
    }
