"""One of Kaspi's login pages in a browser: what it shows, what it is answered, what can be typed.

The markup is known in part only, so nothing waits for one thing alone: an answer behind the scenes,
the next field, the cabinet or a complaint, whichever comes first.
"""

import asyncio
from collections.abc import Coroutine
from enum import Enum
from typing import Any, TypeVar
from urllib.parse import quote

import structlog
from playwright.async_api import Error as DriverError
from playwright.async_api import Locator, Page, Request, Response

from kaspi.clients.answers import Answer
from kaspi.clients.chromium import driver_errors
from kaspi.clients.config import KaspiConfig
from kaspi.clients.login_answers import LoginAnswer, read_login
from kaspi.errors import KaspiUnavailable, LoginRefused
from kaspi.ports import CookieJar

T = TypeVar("T")
logger = structlog.get_logger("kaspi.login")

_PHONE_TAB = "#phone_tab"
_NEXT = ".button.is-primary"
_REMEMBER = "input[type=checkbox]"
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

    EMAIL = "#user_email_field"
    PHONE = "#user_phone_field"
    PASSWORD = "#password_field"  # noqa: S105 -- a selector
    CODE = '#sms_code_field, input[name="security-code"]'
    COMPLAINT = ".notification.is-danger, .help.is-danger"
    CABINET = "nav.navbar"


class LoginPage:
    """A page on its way through the login. Raises what Kaspi answers, in our words."""

    def __init__(self, page: Page, config: KaspiConfig) -> None:
        self._page = page
        self._config = config
        self._answers: asyncio.Queue[Response | Request] = asyncio.Queue()
        self._has_crashed = False
        self.is_code_step = False  # then Kaspi's FAILED means the code
        page.on("response", self._notice)
        page.on("requestfailed", self._notice_failure)
        page.on("crash", self._notice_crash)

    @property
    def is_open(self) -> bool:
        """Is it still there?"""
        return not (self._page.is_closed() or self._has_crashed)

    async def open_start(self) -> None:
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

    async def turn_to_phone(self) -> None:
        """Have it ask for a telephone number."""
        await self._visible(_PHONE_TAB).first.click()
        await self.until(Sight.PHONE)

    async def ask_to_remember(self) -> None:
        """Have Kaspi remember this device, where the page offers it."""
        remember = self._visible(_REMEMBER)
        if await remember.count():
            await remember.first.check()

    async def type_in(self, where: Sight, text: str) -> None:
        """Fill a field in, and press the button."""
        field = self._visible(where.value).first
        if await field.get_attribute("maxlength") == "1":  # one box for each digit
            await field.press_sequentially(text)
        else:
            await field.fill(text)
        await self._visible(_NEXT).first.click()

    async def choose(self, merchant_id: str) -> None:
        """Send the choice of a shop ourselves: how the page offers it is not on record."""
        await self._page.evaluate(_CHOOSE, merchant_id)
        await self.first()

    async def until(self, *sights: Sight) -> Sight:
        """Wait for one of these sights."""
        while True:
            came = await self.first(*sights)
            if isinstance(came, Sight):
                return came

    async def first(self, *sights: Sight) -> Sight | LoginAnswer:
        """Wait for an answer or a sight; an answer goes first, because it says more."""
        came: Response | Request | Sight = await first_of(
            self._answers.get(), *(self.see(sight) for sight in (*sights, Sight.COMPLAINT))
        )
        if isinstance(came, Request):
            raise KaspiUnavailable(f"Kaspi's page can't be reached ({came.failure}).")
        if isinstance(came, Response):
            return await self._read(came)
        if came is Sight.COMPLAINT:
            said = await self._visible(Sight.COMPLAINT.value).first.inner_text()
            raise LoginRefused(f"Kaspi's login page says: {said.strip():.200}")
        return came

    async def see(self, sight: Sight) -> Sight:
        """Wait for this sight alone."""
        limit_ms = self._config.leg_timeout_s * 1000
        if sight is Sight.CABINET:
            await self._page.wait_for_url(
                lambda url: url.startswith(f"{self._config.shop_url}/mc"),
                wait_until="commit",
                timeout=limit_ms,
            )
        await self._visible(sight.value).first.wait_for(timeout=limit_ms)
        return sight

    async def cookies(self) -> CookieJar:
        """Read all cookies of its browser's context."""
        with driver_errors():
            reading = self._page.context.cookies()
            found = await asyncio.wait_for(reading, self._config.driver_timeout_s)
        return CookieJar.from_browser(found)

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

    def _notice_crash(self, _page: Page) -> None:
        self._has_crashed = True

    async def _read(self, response: Response) -> LoginAnswer:
        try:
            body = await response.body()
        except DriverError:
            body = b"{}"  # the page has moved on, and took the answer along
        answer = Answer(response.status, response.headers, body)
        return read_login(answer, wall_s=self._config.wall_s, is_code_step=self.is_code_step)


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
