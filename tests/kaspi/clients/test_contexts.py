"""The contexts of a real Chromium: kept, limited, collected, and never shared."""

import asyncio
import signal
from contextlib import AsyncExitStack, aclosing
from dataclasses import replace

import pytest
from typing_extensions import override
from yarl import URL

from cube_demper.kernel.limiting.ports import Bucket
from kaspi.clients.browser import Browser
from kaspi.clients.browser_wire import BrowserWire
from kaspi.clients.config import DIRECT, Address, KaspiConfig, WireKind
from kaspi.clients.transport import Call, Transport
from kaspi.clients.wires import Lost, Party, Request
from kaspi.errors import BrowserGone
from kaspi.ports import Cookie, CookieJar
from tests.kaspi.clients.processes import gone, run_cleanly, signal_browsers
from tests.kaspi.clients.stand_ins import Unlimited, says, scripted, stalls

pytestmark = pytest.mark.flow

ONE, OTHER, THIRD = (Party(f"session:{number}", DIRECT) for number in (1, 2, 3))
JAR = CookieJar((Cookie("mc-sid", "first", "127.0.0.1"),))


@pytest.fixture
def config(chromium_path) -> KaspiConfig:
    return KaspiConfig(
        identity_url="",
        cabinet_url="",
        shop_url="",
        user_agent="Mozilla/5.0 test",
        chromium_path=chromium_path,
        max_contexts=2,
    )


def lent_in_turn(config, *wanted):
    """Borrow these contexts one after another: which of them were one and the same?"""

    async def used():
        met = []
        async with aclosing(Browser(config)) as browser:
            for party, jar in wanted:
                async with browser.context(party, jar) as lent:
                    met.append(lent.context)
            return [met.index(context) for context in met], browser.context_count

    return run_cleanly(used)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((ONE, JAR), (OTHER, JAR)),
        ((ONE, JAR), (ONE, CookieJar((Cookie("mc-sid", "second", "127.0.0.1"),)))),
        ((ONE, JAR), (Party("session:1", Address("almaty-1", "http://127.0.0.1:1")), JAR)),
    ],
    ids=["another owner", "another jar", "another address"],
)
def test_a_context_serves_one_owner_one_jar_and_one_address(config, first, second):
    met, _ = lent_in_turn(config, first, second, second)

    assert met == [0, 1, 1]


def test_the_balancers_chatter_makes_no_new_context(config):
    chatter = CookieJar((*JAR.cookies, Cookie("mc-session", "1790.5|a", "127.0.0.1")))

    met, count = lent_in_turn(config, (ONE, JAR), (ONE, chatter))

    assert (met, count) == ([0, 0], 1)


def test_the_least_recently_used_context_makes_room(config):
    met, count = lent_in_turn(
        config, (ONE, JAR), (OTHER, JAR), (ONE, JAR), (THIRD, JAR), (ONE, JAR), (OTHER, JAR)
    )

    assert (met, count) == ([0, 1, 0, 3, 0, 5], 2)


@pytest.mark.parametrize("limit", [{"context_uses": 2}, {"context_age_s": 0}], ids=["uses", "age"])
def test_a_context_is_neither_used_nor_aged_beyond_its_limit(config, limit):
    met, count = lent_in_turn(replace(config, **limit), *[(ONE, JAR)] * 3)

    assert (met, count) == ([0, 0, 2] if "context_uses" in limit else [0, 1, 2], 1)


def test_no_more_contexts_are_open_than_the_limit_allows(config):
    async def used():
        async with aclosing(Browser(config)) as browser, AsyncExitStack() as held:
            for party in (ONE, OTHER):
                await held.enter_async_context(browser.context(party, JAR))
            with pytest.raises(BrowserGone, match="All contexts"):
                await held.enter_async_context(browser.context(THIRD, JAR))
            return browser.context_count

    assert run_cleanly(used) == 2


def test_many_who_ask_at_once_for_one_party_share_one_context(config):
    async def borrowed(browser):
        async with browser.context(ONE, JAR) as lent:
            return lent.context

    async def used():
        async with aclosing(Browser(config)) as browser:
            return len(set(await asyncio.gather(*(borrowed(browser) for _ in range(10)))))

    assert run_cleanly(used) == 1


def test_an_idle_context_is_collected_while_others_work(config):
    async def used():
        restless = replace(config, context_idle_s=0.05)
        async with aclosing(Browser(restless)) as browser, browser.context(ONE, JAR) as busy:
            async with browser.context(OTHER, JAR) as idle:
                pass
            await gone(lambda: browser.context_count == 1)
            return busy.context in busy.running.chromium.contexts, idle.is_spoilt

    assert run_cleanly(used) == (True, True)


def test_an_owners_page_is_in_its_kept_context_with_its_cookies(config):
    async def used():
        async with aclosing(Browser(config)) as browser:
            async with browser.page(JAR, owner="session:1") as page:
                seen = await page.context.cookies()
            async with browser.context(ONE, JAR) as lent:
                return page.context is lent.context, page.is_closed(), seen[0]["value"]

    assert run_cleanly(used) == (True, True, "first")


def test_a_cookie_that_the_browser_refuses_costs_only_itself(config):
    async def used():
        odd = Cookie("__Host-odd", "1", "127.0.0.1")  # may only be secure
        async with (
            aclosing(Browser(config)) as browser,
            browser.context(ONE, CookieJar((odd, *JAR.cookies))) as lent,
        ):
            return [cookie["name"] for cookie in await lent.context.cookies()]

    assert run_cleanly(used) == ["mc-sid"]


def test_a_turn_is_taken_only_when_the_browser_is_ready(config):
    class Late(Unlimited):
        @override
        async def acquire(self, *budgets, **how):
            ready.append(browser.context_count)

    ready: list[int] = []
    browser = Browser(config)

    async def used():
        transport = Transport(
            config=replace(config, storefront_wire=WireKind.BROWSER),
            limiter=Late(),
            browser_wire=BrowserWire(browser, config),
        )
        async with aclosing(browser), aclosing(transport), scripted(says({})) as script:
            call = Call("test", "GET", script.url, walls=Bucket("kaspi:offers:direct", 8))
            await transport.session().read(call, lambda answer: answer.status)

    run_cleanly(used)

    assert ready == [1]


def test_a_renewed_session_stays_in_its_context(config):
    async def used():
        renewal = says({}, cookies=["mc-sid=renewed; Path=/"])
        async with aclosing(Browser(config)) as browser, scripted(renewal) as script:
            wire = BrowserWire(browser, config)
            request = Request("GET", URL(script.url), {})
            await wire.send(request, party=ONE, jar=JAR)
            renewed = CookieJar((Cookie("mc-sid", "renewed", "127.0.0.1"),))
            async with browser.context(ONE, renewed) as lent:
                seen = await lent.context.cookies()
            return lent.uses, [cookie["value"] for cookie in seen]

    assert run_cleanly(used) == (2, ["renewed"])


def test_a_context_whose_request_was_cut_short_serves_nobody_else(config):
    async def used():
        async with aclosing(Browser(config)) as browser, scripted(stalls) as script:
            wire = BrowserWire(browser, replace(config, call_timeout_s=0.3))
            async with browser.context(ONE, JAR) as lent:
                sending = wire.send(Request("GET", URL(script.url), {}), party=ONE, jar=JAR)
                with pytest.raises(Lost):
                    await sending
            async with browser.context(ONE, JAR) as next_one:
                return lent.is_spoilt, next_one is lent, browser.context_count

    assert run_cleanly(used) == (True, False, 1)


def test_a_browser_that_crashes_fails_its_loans_and_the_next_is_another(config):
    async def used():
        async with aclosing(Browser(config)) as browser, scripted(stalls, says({})) as script:
            wire = BrowserWire(browser, replace(config, call_timeout_s=60))
            request = Request("GET", URL(script.url), {})
            sending = asyncio.ensure_future(wire.send(request, party=ONE, jar=JAR))
            await gone(lambda: script.requests)
            signal_browsers(signal.SIGKILL)
            with pytest.raises(Lost) as lost:
                await sending
            reply = await wire.send(request, party=ONE, jar=JAR)
            return lost.value.is_unsent, reply.answer.status

    assert run_cleanly(used) == (False, 200)


def test_a_browser_that_hangs_is_replaced_whoever_holds_it(config):
    async def used():
        impatient = replace(config, driver_timeout_s=5)
        async with aclosing(Browser(impatient)) as browser, scripted(says({})) as script:
            wire = BrowserWire(browser, config)
            request = Request("GET", URL(script.url), {})
            async with browser.context(OTHER, JAR):
                signal_browsers(signal.SIGSTOP)
                with pytest.raises(Lost) as lost:
                    await wire.send(request, party=ONE, jar=JAR)
                reply = await wire.send(request, party=ONE, jar=JAR)
            return lost.value.is_unsent, reply.answer.status

    assert run_cleanly(used) == (True, 200)


def test_who_gives_up_while_a_context_is_made_leaves_none_behind(config):
    async def used():
        async with aclosing(Browser(config)) as browser, browser.context(ONE, JAR) as lent:
            seen = await lent.running.chromium.new_browser_cdp_session()
            for step in range(10):
                asking = asyncio.ensure_future(browser.context(OTHER, JAR).__aenter__())
                for _ in range(step):
                    await asyncio.sleep(0)
                asking.cancel()
                await asyncio.gather(asking, return_exceptions=True)
            return len((await seen.send("Target.getBrowserContexts"))["browserContextIds"])

    assert run_cleanly(used) == 1
