"""The browser pool with a real Chromium."""

import asyncio
import signal
from contextlib import aclosing
from dataclasses import replace

import pytest

from kaspi.clients.browser import Browser
from kaspi.clients.config import KaspiConfig
from kaspi.errors import BrowserGone
from kaspi.ports import Cookie, CookieJar
from tests.kaspi.clients.processes import browsers, children, gone, run_cleanly, signal_browsers

pytestmark = pytest.mark.flow


@pytest.fixture
def config(chromium_path) -> KaspiConfig:
    return KaspiConfig(
        identity_url="",
        cabinet_url="",
        shop_url="",
        user_agent="Mozilla/5.0 test",
        chromium_path=chromium_path,
        max_pages=2,
    )


def test_nothing_runs_before_a_page_is_asked_for(config):
    before = children()

    async def used():
        browser = Browser(config)
        async with aclosing(browser):
            assert children() == before
            async with browser.page() as page:
                agent = await page.evaluate("navigator.userAgent")
            assert browser.is_running
        return agent

    assert run_cleanly(used) == "Mozilla/5.0 test"


def test_two_pages_never_share_a_cookie(config):
    async def used():
        async with aclosing(Browser(config)) as browser:
            jar = CookieJar((Cookie("mc-sid", "first", "127.0.0.1"),))
            async with browser.page(jar) as one, browser.page() as other:
                return await one.context.cookies(), await other.context.cookies()

    first, second = run_cleanly(used)

    assert (CookieJar.from_browser(first).cookies[0].value, second) == ("first", [])


def test_only_so_many_pages_are_lent_at_once(config):
    async def used():
        busy = replace(config, turn_timeout_s=0.05)
        async with (
            aclosing(Browser(busy)) as browser,
            browser.page(),
            browser.page(),
            browser.page(),
        ):
            pass

    with pytest.raises(BrowserGone, match="in use"):
        run_cleanly(used)


def test_a_page_given_back_is_lent_again(config):
    async def used():
        async with aclosing(Browser(replace(config, max_pages=1))) as browser:
            for _ in range(3):
                async with browser.page() as page:
                    pass
            return page.is_closed()

    assert run_cleanly(used)


def test_an_idle_browser_ends_and_comes_back_when_needed(config):
    others = browsers()

    async def used():
        async with aclosing(Browser(replace(config, browser_idle_s=0.05))) as browser:
            async with browser.page():
                assert browser.is_running
            await gone(lambda: not browser.is_running and browsers() <= others)
            async with browser.page() as page:
                return await page.evaluate("1 + 1")

    assert run_cleanly(used) == 2


def test_a_page_in_use_keeps_the_browser_from_idling(config):
    async def used():
        restless = replace(config, browser_idle_s=0.01)
        async with aclosing(Browser(restless)) as browser, browser.page() as page:
            return [await page.evaluate("1 + 1") for _ in range(20)]

    assert run_cleanly(used) == [2] * 20


def test_a_crashed_browser_is_replaced(config):
    async def used():
        async with aclosing(Browser(config)) as browser:
            async with browser.page():
                signal_browsers(signal.SIGKILL)
                await gone(lambda: not browser.is_running)
            async with browser.page() as page:
                return await page.evaluate("1 + 1")

    assert run_cleanly(used) == 2


def test_a_browser_that_does_not_react_is_replaced(config):
    async def used():
        async with aclosing(Browser(replace(config, driver_timeout_s=2))) as browser:
            async with browser.page():
                pass
            signal_browsers(signal.SIGSTOP)
            with pytest.raises(BrowserGone, match="does not react"):
                async with browser.page():
                    pass
            async with browser.page() as page:
                answer = await page.evaluate("1 + 1")
        return answer

    assert run_cleanly(used) == 2


def test_a_driver_that_does_not_start_in_time_leaves_nothing_behind(config):
    async def used():
        impatient = replace(config, browser_start_timeout_s=0.001)
        async with aclosing(Browser(impatient)) as browser, browser.page():
            pass

    with pytest.raises(BrowserGone, match="does not start"):
        run_cleanly(used)


def test_a_driver_that_fails_to_start_says_so(config, monkeypatch):
    monkeypatch.setenv("PLAYWRIGHT_NODEJS_PATH", "/bin/false")

    async def used():
        async with aclosing(Browser(config)) as browser, browser.page():
            pass

    with pytest.raises(BrowserGone, match="does not start"):
        run_cleanly(used)


def test_a_browser_that_can_not_start_says_so_and_leaves_nothing_behind(config):
    async def used():
        broken = replace(config, chromium_path="/bin/false")
        async with aclosing(Browser(broken)) as browser, browser.page():
            pass

    with pytest.raises(BrowserGone):
        run_cleanly(used)


def test_giving_up_while_the_browser_starts_leaves_nothing_behind(config):
    async def used():
        async with aclosing(Browser(config)) as browser:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.01), browser.page():
                    pass

    run_cleanly(used)
