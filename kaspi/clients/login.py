"""The walk through Kaspi's login pages, as one script that reads from top to bottom.

The walk starts at the cabinet, because only a walk that starts there ends in a session. What the
page sends to ``/api/p/login`` is listened to: those answers hold the exact reason of a refusal.
When they can't be read, what the page shows decides.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import structlog

from cube_demper.kernel.limiting.ports import Priority
from kaspi.account_names import as_kaspi_writes, is_phone
from kaspi.clients.browser import Browser
from kaspi.clients.cabinet import KaspiCabinet
from kaspi.clients.chromium import driver_errors
from kaspi.clients.config import DIRECT, Address, KaspiConfig
from kaspi.clients.login_answers import Ahead, LoginAnswer
from kaspi.clients.login_page import LoginPage, Sight
from kaspi.clients.transport import Transport
from kaspi.errors import (
    CodeRequired,
    KaspiError,
    MerchantChoiceRequired,
    NoMerchant,
    SessionDead,
    WalledOff,
)
from kaspi.login_ports import Connected, Credentials, LoginStep, LoginWalk
from kaspi.ports import CookieJar, Merchant

logger = structlog.get_logger("kaspi.login")

_STEPS: Mapping[Sight | Ahead, LoginStep] = {
    Sight.CABINET: LoginStep.CONNECTED,
    Sight.CODE: LoginStep.CODE_NEEDED,
    Ahead.CODE: LoginStep.CODE_NEEDED,
    Ahead.MERCHANTS: LoginStep.CHOOSE_MERCHANT,
}


class BrowserLogins:
    """The ``Logins`` port over a browser."""

    def __init__(
        self,
        *,
        browser: Browser,
        transport: Transport,
        config: KaspiConfig,
        way_out: Callable[[str], Address] = lambda _: DIRECT,
    ) -> None:
        """``way_out`` says by which address an account's walks leave."""
        self._browser = browser
        self._transport = transport
        self._config = config
        self._way_out = way_out

    @asynccontextmanager
    async def start(
        self,
        credentials: Credentials,
        *,
        jar: CookieJar | None = None,
        is_silent: bool = False,
        leave: Callable[[CookieJar], None] | None = None,
    ) -> AsyncIterator[LoginWalk]:
        """Walk up to the first page that needs a person, or to the end."""
        address = self._way_out(credentials.account)
        async with self._browser.page(jar, address=address) as opened:
            page = LoginPage(opened, self._config)
            walk = BrowserLoginWalk(page, self._transport, self._config, address)
            try:
                await walk.begin(credentials, is_silent=is_silent)
                yield walk
            finally:
                if leave is not None:
                    leave(await _left_on(page))


async def _left_on(page: LoginPage) -> CookieJar:
    try:
        return (await page.cookies()).lasting()
    except KaspiError:
        return CookieJar()  # they went with the browser


class BrowserLoginWalk:
    """The ``LoginWalk`` port: one page, from the e-mail field to the cabinet."""

    def __init__(
        self, page: LoginPage, transport: Transport, config: KaspiConfig, address: Address
    ) -> None:
        self._page = page
        self._address = address
        self._transport = transport
        self._config = config
        self.choices: tuple[Merchant, ...] = ()
        self.step = LoginStep.CODE_NEEDED

    @property
    def is_open(self) -> bool:
        """Is the page still there?"""
        return self._page.is_open

    async def begin(self, credentials: Credentials, *, is_silent: bool) -> None:
        """Say who comes; the rest depends on what Kaspi asks next."""
        async with self._leg():
            await self._page.open_start()
            if await self._page.until(Sight.EMAIL, Sight.CABINET) is Sight.CABINET:
                self.step = LoginStep.CONNECTED  # the jar's sign-on was still alive
                return
            if is_silent and not credentials.password:
                raise SessionDead("Kaspi's sign-on is over too: log in again.")
            if is_phone(credentials.account):
                await self._enter_phone(credentials.account)
            else:
                await self._enter_password(credentials)

    async def _enter_password(self, credentials: Credentials) -> None:
        await self._page.type_in(Sight.EMAIL, credentials.account)
        await self._page.until(Sight.PASSWORD)
        await self._page.type_in(Sight.PASSWORD, credentials.password)
        self.step = await self._next_step(Sight.CABINET, Sight.CODE)

    async def _enter_phone(self, account: str) -> None:
        """Have Kaspi text a code: a telephone has no password."""
        await self._page.turn_to_phone()
        await self._page.type_in(Sight.PHONE, as_kaspi_writes(account))
        self.step = await self._next_step(Sight.CABINET, Sight.CODE)

    async def enter_code(self, code: str) -> LoginStep:
        """Enter the code that Kaspi sent, and ask it to remember this device."""
        async with self._leg(is_code_step=True):
            await self._page.see(Sight.CODE)
            await self._page.ask_to_remember()
            await self._page.type_in(Sight.CODE, code)
            self.step = await self._next_step(Sight.CABINET)
        return self.step

    async def choose_merchant(self, merchant_id: str) -> LoginStep:
        """Go on with one of ``choices``."""
        if merchant_id not in {choice.merchant_id for choice in self.choices}:
            raise MerchantChoiceRequired("That shop is not among the choices.")
        async with self._leg():
            await self._page.choose(merchant_id)
            await self._page.open_start()
            await self._page.until(Sight.CABINET)
            self.step = LoginStep.CONNECTED
        return self.step

    async def connected(self) -> Connected:
        """Read the session's cookies, and with them its shops, as every later call will.

        Whichever shop was chosen, the session opens all: each call names the shop it is for.
        """
        if self.step is not LoginStep.CONNECTED:
            needed = {
                LoginStep.CODE_NEEDED: CodeRequired,
                LoginStep.CHOOSE_MERCHANT: MerchantChoiceRequired,
            }
            raise needed[self.step]
        jar = await self._page.cookies()
        async with self._transport.session(jar, address=self._address) as session:
            cabinet = KaspiCabinet(session=session, config=self._config, merchant_id="")
            merchants = await cabinet.merchants()
            jar = session.jar
        if not merchants:
            raise NoMerchant
        return Connected(jar, merchants)

    @asynccontextmanager
    async def _leg(self, *, is_code_step: bool = False) -> AsyncIterator[None]:
        self._page.is_code_step = is_code_step
        limiter, config = self._transport.limiter, self._config
        budget = config.cabinet(self._address)
        # A person waits; and without a count nobody logs in, as nobody pushes.
        await limiter.acquire(
            *(config.logins(self._address), budget, config.fleet),
            deadline_s=config.turn_timeout_s,
            is_write=True,
            priority=Priority.INTERACTIVE,
        )
        try:
            with driver_errors():
                async with asyncio.timeout(config.leg_timeout_s):
                    yield
        except WalledOff as error:
            wait_s = error.wait_s or config.wall_s
            self._transport.on_wall(self._address, wait_s)
            await limiter.freeze(budget.key, seconds=wait_s)
            raise
        logger.info("kaspi.login.leg", step=self.step.value)

    async def _next_step(self, *sights: Sight) -> LoginStep:
        """Go on until a page or an answer says what is next; other answers only lead there."""
        step: LoginStep | None = None
        while step is None:
            came = await self._page.first(*sights)
            if isinstance(came, LoginAnswer):
                self.choices = came.choices
            step = _STEPS.get(came if isinstance(came, Sight) else came.ahead)
        return step
