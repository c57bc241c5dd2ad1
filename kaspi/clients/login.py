"""The walk through Kaspi's login pages, as one script that reads from top to bottom.

The walk starts at the cabinet, because only a walk that starts there ends in a session. What the
page sends to ``/api/p/login`` is listened to: those answers hold the exact reason of a refusal.
When they can't be read, what the page shows decides.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from enum import Enum
from typing import Any, TypeVar
from urllib.parse import quote

import structlog
from playwright.async_api import Error as DriverError
from playwright.async_api import Locator, Page, Request, Response

from cube_demper.kernel.limiting.ports import Priority
from kaspi.account_names import as_kaspi_writes, is_phone
from kaspi.clients.answers import Answer
from kaspi.clients.browser import Browser
from kaspi.clients.cabinet import KaspiCabinet
from kaspi.clients.chromium import driver_errors
from kaspi.clients.config import DIRECT, Address, KaspiConfig
from kaspi.clients.login_answers import Ahead, LoginAnswer, read_login
from kaspi.clients.transport import Transport
from kaspi.errors import (
    CodeRequired,
    KaspiUnavailable,
    LoginRefused,
    MerchantChoiceRequired,
    NoMerchant,
    SessionDead,
    WalledOff,
)
from kaspi.login_ports import Connected, Credentials, LoginStep, LoginWalk
from kaspi.ports import CookieJar, Merchant

T = TypeVar("T")
logger = structlog.get_logger("kaspi.login")

_EMAIL = "#user_email_field"
_PHONE_TAB = "#phone_tab"
_PHONE = "#user_phone_field"
_PASSWORD = "#password_field"  # noqa: S105 -- a selector
_CODE = '#sms_code_field, input[name="security-code"]'
_NEXT = ".button.is-primary"
_COMPLAINT = ".notification.is-danger, .help.is-danger"
_LOGIN_API = "/api/p/login"
_BAD = 400
_CHOOSE = """
async (merchantId) => {
  await fetch("/api/p/login", {
    method: "POST", credentials: "same-origin",
    headers: {"Content-Type": "application/json", "Accept": "application/json"},
    body: JSON.stringify({_s_m: merchantId}),
  });
}
"""


class Sight(Enum):
    """What a page may show that tells where the walk is."""

    EMAIL = _EMAIL
    PHONE = _PHONE
    PASSWORD = _PASSWORD
    CODE = _CODE
    COMPLAINT = _COMPLAINT
    CABINET = "nav.navbar"


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
        async with self._browser.page(jar, address=address) as page:
            walk = BrowserLoginWalk(page, self._transport, self._config, address)
            try:
                await walk.begin(credentials, is_silent=is_silent)
                yield walk
            finally:
                if leave is not None:
                    leave((await self._left_on(page)).lasting())

    async def _left_on(self, page: Page) -> CookieJar:
        """Read a page's cookies, whatever state it was left in."""
        try:
            reading = page.context.cookies()
            found = await asyncio.wait_for(reading, self._config.driver_timeout_s)
        except (DriverError, TimeoutError):
            return CookieJar()  # they went with the browser
        return CookieJar.from_browser(found)


class BrowserLoginWalk:
    """The ``LoginWalk`` port: one page, from the e-mail field to the cabinet."""

    def __init__(
        self, page: Page, transport: Transport, config: KaspiConfig, address: Address
    ) -> None:
        self._page = page
        self._address = address
        self._transport = transport
        self._config = config
        self._answers: asyncio.Queue[Response | Request] = asyncio.Queue()
        self._is_code_step = False
        self.choices: tuple[Merchant, ...] = ()
        self.step = LoginStep.CODE_NEEDED
        page.on("response", self._notice)
        page.on("requestfailed", self._notice_failure)

    async def begin(self, credentials: Credentials, *, is_silent: bool) -> None:
        """Say who comes; the rest depends on what Kaspi asks next."""
        async with self._leg():
            await self._open_start()
            if await self._until(Sight.EMAIL, Sight.CABINET) is Sight.CABINET:
                self.step = LoginStep.CONNECTED  # the jar's sign-on was still alive
                return
            if is_silent and not credentials.password:
                raise SessionDead("Kaspi's sign-on is over too: log in again.")
            if is_phone(credentials.account):
                await self._enter_phone(credentials.account)
            else:
                await self._enter_password(credentials)

    async def _enter_password(self, credentials: Credentials) -> None:
        await self._type(Sight.EMAIL, credentials.account)
        await self._until(Sight.PASSWORD)
        await self._type(Sight.PASSWORD, credentials.password)
        self.step = await self._next_step(Sight.CABINET, Sight.CODE)

    async def _enter_phone(self, account: str) -> None:
        """Have Kaspi text a code: a telephone has no password."""
        await self._visible(_PHONE_TAB).first.click()
        await self._until(Sight.PHONE)
        await self._type(Sight.PHONE, as_kaspi_writes(account))
        self.step = await self._next_step(Sight.CABINET, Sight.CODE)

    async def enter_code(self, code: str) -> LoginStep:
        """Enter the code that Kaspi sent, and ask it to remember this device."""
        async with self._leg(is_code_step=True):
            await self._see(Sight.CODE)
            remember = self._visible("input[type=checkbox]")
            if await remember.count():
                await remember.first.check()
            await self._type(Sight.CODE, code)
            self.step = await self._next_step(Sight.CABINET)
        return self.step

    async def choose_merchant(self, merchant_id: str) -> LoginStep:
        """Go on with one of ``choices``.

        The choice is sent from the page by ourselves: how the page offers it is not on record.
        """
        if merchant_id not in {choice.merchant_id for choice in self.choices}:
            raise MerchantChoiceRequired("That shop is not among the choices.")
        async with self._leg():
            await self._page.evaluate(_CHOOSE, merchant_id)
            await self._first()
            await self._open_start()
            await self._until(Sight.CABINET)
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
        with driver_errors():
            jar = CookieJar.from_browser(await self._page.context.cookies())
        async with self._transport.session(jar, address=self._address) as session:
            cabinet = KaspiCabinet(session=session, config=self._config, merchant_id="")
            merchants = await cabinet.merchants()
            jar = session.jar
        if not merchants:
            raise NoMerchant
        return Connected(jar, merchants)

    async def _open_start(self) -> None:
        """Open the walk's first page. Opening it again does no harm, so a blink is forgiven."""
        target = quote(f"{self._config.shop_url}/mc/", safe="")
        start = f"{self._config.cabinet_url}/oauth2/authorization/1?redirectUrl={target}"
        for _ in range(self._config.read_retries):
            try:
                with driver_errors():
                    await self._page.goto(start, wait_until="commit")
            except KaspiUnavailable as error:
                logger.info("kaspi.login.again", reason=error.detail)
                await asyncio.sleep(self._config.retry_pause_s)
                self._answers = asyncio.Queue()  # forgiven
            else:
                return
        await self._page.goto(start, wait_until="commit")

    @asynccontextmanager
    async def _leg(self, *, is_code_step: bool = False) -> AsyncIterator[None]:
        self._is_code_step = is_code_step
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

    async def _type(self, where: Sight, text: str) -> None:
        field = self._visible(where.value).first
        if await field.get_attribute("maxlength") == "1":  # one box for each digit
            await field.press_sequentially(text)
        else:
            await field.fill(text)
        await self._visible(_NEXT).first.click()

    async def _next_step(self, *sights: Sight) -> LoginStep:
        """Go on until a page or an answer says what is next; other answers only lead there."""
        step: LoginStep | None = None
        while step is None:
            came = await self._first(*sights)
            if isinstance(came, LoginAnswer):
                self.choices = came.choices
            step = _STEPS.get(came if isinstance(came, Sight) else came.ahead)
        return step

    async def _until(self, *sights: Sight) -> Sight:
        while True:
            came = await self._first(*sights)
            if isinstance(came, Sight):
                return came

    async def _first(self, *sights: Sight) -> Sight | LoginAnswer:
        """Wait for an answer or a sight; an answer goes first, because it says more."""
        came: Response | Request | Sight = await first_of(
            self._answers.get(), *(self._see(sight) for sight in (*sights, Sight.COMPLAINT))
        )
        if isinstance(came, Request):
            raise KaspiUnavailable(f"Kaspi's page can't be reached ({came.failure}).")
        if isinstance(came, Response):
            return await self._read(came)
        if came is Sight.COMPLAINT:
            said = await self._visible(_COMPLAINT).first.inner_text()
            raise LoginRefused(f"Kaspi's login page says: {said.strip():.200}")
        return came

    async def _see(self, sight: Sight) -> Sight:
        limit_ms = self._config.leg_timeout_s * 1000
        if sight is Sight.CABINET:
            await self._page.wait_for_url(
                lambda url: url.startswith(f"{self._config.shop_url}/mc"),
                wait_until="commit",
                timeout=limit_ms,
            )
        await self._visible(sight.value).first.wait_for(timeout=limit_ms)
        return sight

    def _visible(self, selector: str) -> Locator:
        return self._page.locator(selector).filter(visible=True)

    def _notice(self, response: Response) -> None:
        is_answer = response.url.startswith(f"{self._config.identity_url}{_LOGIN_API}")
        if is_answer or (response.status >= _BAD and _is_page(response.request)):
            self._answers.put_nowait(response)

    def _notice_failure(self, request: Request) -> None:
        # A page that gives way to the next one is "aborted"; that is no trouble.
        if _is_page(request) and "ERR_ABORTED" not in (request.failure or ""):
            self._answers.put_nowait(request)

    async def _read(self, response: Response) -> LoginAnswer:
        try:
            body = await response.body()
        except DriverError:
            body = b"{}"  # the page has moved on, and took the answer along
        answer = Answer(response.status, response.headers, body)
        return read_login(answer, wall_s=self._config.wall_s, is_code_step=self._is_code_step)


def _is_page(request: Request) -> bool:
    return request.is_navigation_request() and request.frame.parent_frame is None


async def first_of(*racers: Coroutine[Any, Any, T]) -> T:
    """Run until one is done, cancel the others, return its result. Earlier racers win ties."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(racer) for racer in racers]
            done, late = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in late:
                task.cancel()
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return next(task for task in tasks if task in done).result()
