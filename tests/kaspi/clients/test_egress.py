"""Which way out a request takes: the choice alone, and requests through real proxies."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack, ExitStack, aclosing
from dataclasses import replace
from types import SimpleNamespace

import pytest

from kaspi.clients.browser import Browser
from kaspi.clients.browser_wire import BrowserWire
from kaspi.clients.config import DIRECT, Address, KaspiConfig, WireKind
from kaspi.clients.egress import Answered, Egress, Listed, Seated, Walled
from kaspi.clients.roaming import RoamingStorefront
from kaspi.clients.transport import Transport
from kaspi.errors import WalledOff
from tests.kaspi.clients.stand_ins import BROWSER, Unlimited, forwards, says, scripted

ONE, TWO, THREE = (Listed(row, Address(f"proxy-{row}", "http://proxy")) for row in (1, 2, 3))
OFFERS = {"offers": [{"merchantId": "7", "price": 900}], "total": 1}
WALL = says(b"<html>", status=403, Content_Type="text/html")


@pytest.fixture
def config():
    return KaspiConfig(identity_url="", cabinet_url="", shop_url="", user_agent=BROWSER)


@pytest.fixture
def clock():
    return SimpleNamespace(now=1000.0)


@pytest.fixture
def egress(config, clock):
    return Egress(config, clock=lambda: clock.now)


@pytest.mark.unit
def test_requests_go_directly_while_no_address_is_listed(egress):
    assert (egress.choose(), egress.seat("a@b.kz", session_id=1)) == (DIRECT, DIRECT)
    assert egress.take_notes() == []


@pytest.mark.unit
def test_reads_are_spread_by_each_addresss_rate(egress):
    slow = replace(ONE, address=replace(ONE.address, offers_rps=2.0))
    egress.use([slow, TWO])

    chosen = []
    with ExitStack() as under_way:
        for _ in range(50):
            chosen.append(egress.choose())
            under_way.enter_context(egress.used(chosen[-1]))

    assert Counter(address.name for address in chosen) == {"proxy-1": 10, "proxy-2": 40}


@pytest.mark.unit
def test_an_address_rests_after_a_wall_and_comes_back(egress, clock):
    egress.use([ONE, TWO])

    egress.meet_wall(ONE.address, 10)

    during = egress.choose().name
    clock.now += 10
    assert (during, egress.choose().name) == ("proxy-2", "proxy-1")
    assert egress.take_notes() == [Walled(1, 1000.0, 10)]


@pytest.mark.unit
def test_nothing_goes_directly_when_every_listed_address_rests(egress, clock):
    egress.use([replace(ONE, rests_until=1030.0), replace(TWO, rests_until=1020.0)])

    with pytest.raises(WalledOff) as caught:
        egress.choose()

    assert caught.value.wait_s == 20
    with pytest.raises(WalledOff):
        egress.seat("a@b.kz")


@pytest.mark.unit
def test_a_session_keeps_its_address_whatever_joins_or_rests_a_while(egress):
    egress.use([ONE])
    first = egress.seat("a@b.kz", session_id=5)

    egress.use([replace(ONE, rests_until=1000.0 + 299), TWO, THREE])

    assert (first, egress.seat("a@b.kz", session_id=5, kept=1)) == (ONE.address, ONE.address)
    assert egress.take_notes() == [Seated(1, 5)]


@pytest.mark.unit
@pytest.mark.parametrize(
    "listed",
    [
        pytest.param([TWO], id="taken out"),
        pytest.param([replace(ONE, rests_until=1301.0), TWO], id="rests for long"),
    ],
)
def test_a_session_leaves_an_address_that_is_of_no_use(egress, listed):
    egress.use(listed)

    address = egress.seat("a@b.kz", session_id=5, kept=1)

    assert (address, egress.take_notes()) == (TWO.address, [Seated(2, 5)])


@pytest.mark.unit
def test_an_account_gets_the_same_address_in_every_process(config):
    processes = [Egress(config), Egress(config)]
    for process in processes:
        process.use([ONE, TWO, THREE])

    seats = [[process.seat(f"{n}@b.kz").name for n in range(60)] for process in processes]

    assert seats[0] == seats[1]
    assert set(seats[0]) == {"proxy-1", "proxy-2", "proxy-3"}


@pytest.mark.unit
def test_a_list_is_stale_after_a_while_or_as_soon_as_something_is_to_be_told(egress, clock):
    egress.use([ONE])
    fresh = egress.is_stale
    egress.meet_wall(ONE.address, 10)
    told = egress.is_stale
    egress.take_notes()
    clock.now += 5

    assert (fresh, told, egress.is_stale) == (False, True, True)


@pytest.fixture(scope="module", params=list(WireKind))
def world(request, chromium_path):
    """A roaming storefront over one wire and two proxies, before a shop that is scripted."""
    runner = asyncio.Runner()
    config = KaspiConfig(
        identity_url="",
        cabinet_url="",
        shop_url="",
        user_agent=BROWSER,
        chromium_path=chromium_path,
        storefront_wire=request.param,
        retry_pause_s=0.001,
    )
    browser = Browser(config)

    def run(*answers, reads=1, gone=()):
        async def read():
            async with AsyncExitStack() as stack:
                script = await stack.enter_async_context(scripted(*answers))
                proxies = [await stack.enter_async_context(forwards()) for _ in range(2)]
                for number in gone:
                    proxies[number].url = "http://127.0.0.1:9"
                here = replace(config, shop_url=script.url)
                egress, limiter = Egress(here), Unlimited()
                egress.use(
                    [
                        Listed(row, Address(f"proxy-{row}", proxy.url))
                        for row, proxy in enumerate(proxies)
                    ]
                )
                transport = Transport(
                    config=here,
                    limiter=limiter,
                    browser_wire=BrowserWire(browser, here),
                    on_wall=egress.meet_wall,
                )
                storefront = RoamingStorefront(transport=transport, config=here, egress=egress)
                async with aclosing(transport):
                    pages = await asyncio.gather(
                        *(storefront.offers("1", city_id="75") for _ in range(reads)),
                        return_exceptions=True,
                    )
                return SimpleNamespace(
                    outcomes=[
                        len(page.offers) if not isinstance(page, BaseException) else type(page)
                        for page in pages
                    ],
                    asked=len(script.requests),
                    by_proxy=[proxy.carried for proxy in proxies],
                    frozen=limiter.frozen,
                    budgets=Counter(turn[0] for turn in limiter.turns),
                    notes=egress.take_notes(),
                )

        return runner.run(read())

    yield run
    runner.run(browser.aclose())
    runner.close()


@pytest.mark.flow
def test_reads_use_all_addresses_each_with_its_own_budget_and_none_goes_directly(world):
    seen = world(says(OFFERS), reads=8)

    assert seen.outcomes == [1] * 8
    assert seen.by_proxy == [4, 4]
    assert seen.asked == sum(seen.by_proxy)
    assert seen.budgets == {"kaspi:offers:proxy-0": 4, "kaspi:offers:proxy-1": 4}
    assert {type(note) for note in seen.notes} == {Answered}


@pytest.mark.flow
def test_a_read_that_meets_a_wall_goes_on_by_another_address(world):
    seen = world(WALL, says(OFFERS))

    assert (seen.outcomes, seen.by_proxy) == ([1], [1, 1])
    assert seen.frozen == [("kaspi:offers:proxy-0", 10)]
    assert [type(note) for note in seen.notes] == [Walled, Answered]


@pytest.mark.flow
def test_a_read_ends_with_the_wall_when_it_stands_before_every_address(world):
    seen = world(WALL)

    assert (seen.outcomes, seen.by_proxy) == ([WalledOff], [1, 1])


@pytest.mark.flow
def test_a_read_goes_around_a_proxy_that_is_gone(world):
    seen = world(says(OFFERS), gone=(0,))

    assert (seen.outcomes, seen.by_proxy) == ([1], [0, 1])
