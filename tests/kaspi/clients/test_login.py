"""The login walk, in a real browser, against the sandbox's login pages."""

import asyncio
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from kaspi.clients.browser import Browser
from kaspi.clients.cabinet import KaspiCabinet
from kaspi.clients.config import KaspiConfig
from kaspi.clients.login import BrowserLogins
from kaspi.clients.transport import Transport
from kaspi.errors import (
    BrowserGone,
    CodeRequired,
    CodesFlooded,
    CodeWrong,
    KaspiUnavailable,
    LoginRefused,
    LoginTimedOut,
    MerchantChoiceRequired,
    NoMerchant,
    SessionDead,
    WalledOff,
    WrongPassword,
)
from kaspi.login_ports import Credentials, LoginStep
from kaspi.ports import CookieJar, Merchant
from tests.kaspi.clients.processes import gone, kill_pages, signal_browsers
from tests.kaspi.clients.stand_ins import BROWSER, PASSWORD, by_path, says, scripted, stalls

pytestmark = pytest.mark.flow


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.Runner]:
    """One event loop for all walks here, as in a worker."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def browser(loop, chromium_path) -> Iterator[Browser]:
    """One browser for all walks here, as in a worker."""
    config = KaspiConfig(
        identity_url="",
        cabinet_url="",
        shop_url="",
        user_agent=BROWSER,
        chromium_path=chromium_path,
    )
    made = Browser(config)
    yield made
    loop.run(made.aclose())


@pytest.fixture
def logins(browser, config, limiter) -> Callable[..., Any]:
    """Open the logins, with changes to the config."""

    @asynccontextmanager
    async def opened(**changes):
        changed = replace(config, **changes)
        async with aclosing(Transport(config=changed, limiter=limiter)) as transport:
            yield BrowserLogins(browser=browser, transport=transport, config=changed), transport

    return opened


@pytest.fixture
def walked(logins) -> Callable[..., Any]:
    """Walk with the answers a person gives: the steps met, and how it ended."""

    async def walk(email, *answers, password=PASSWORD, **how):
        told = {name: how.pop(name) for name in ("jar", "is_silent", "leave") if name in how}
        async with (
            logins(**how) as (opened, _),
            opened.start(Credentials(email, password), **told) as under_way,
        ):
            steps = [under_way.step, *[await answer(under_way) for answer in answers]]
            return steps, await under_way.connected()

    return walk


@pytest.fixture
def walk(walked, loop) -> Callable[..., Any]:
    """The same, from outside the loop."""
    return lambda *person, **changes: loop.run(walked(*person, **changes))


def code(text):
    return lambda under_way: under_way.enter_code(text)


def merchant(merchant_id):
    return lambda under_way: under_way.choose_merchant(merchant_id)


def test_the_right_password_ends_in_a_session_that_opens_the_cabinet(logins, loop, config):
    async def used():
        async with logins() as (opened, transport):
            async with opened.start(Credentials("aigerim@demo.kz", PASSWORD)) as under_way:
                connected = await under_way.connected()
            async with transport.session(connected.jar) as session:
                cabinet = KaspiCabinet(session=session, config=config, merchant_id="30112233")
                async with aclosing(cabinet.listings()) as pages:
                    first = await anext(pages)
        return connected.merchants, first.total

    merchants, total = loop.run(used())

    assert merchants == (Merchant("30112233", "Aigerim Store"),)
    assert total > 0


def test_a_code_is_asked_for_and_entered_on_the_same_page(walk):
    steps, connected = walk("code@demo.kz", code("123456"))

    assert steps == [LoginStep.CODE_NEEDED, LoginStep.CONNECTED]
    assert connected.merchants == (Merchant("30700011", "Кодовый магазин"),)


def test_a_device_that_kaspi_remembers_needs_no_second_code(walk):
    _, first = walk("code@demo.kz", code("123456"))
    device_only = replace(
        first.jar, cookies=tuple(c for c in first.jar.cookies if c.name == "MS_AUTH_DEVICE")
    )

    steps, _ = walk("code@demo.kz", jar=device_only)

    assert steps == [LoginStep.CONNECTED]


def test_a_walk_that_fails_late_leaves_what_the_device_is_known_by(walk, sandbox):
    left: list[CookieJar] = []
    sandbox.break_("callback", "500")
    with pytest.raises(KaspiUnavailable):
        walk("code@demo.kz", code("123456"), leave=left.append)
    sandbox.calm()

    steps, _ = walk("code@demo.kz", jar=left[0])

    assert [[cookie.name for cookie in jar.cookies] for jar in left] == [["MS_AUTH_DEVICE"]]
    assert steps == [LoginStep.CONNECTED]


def test_a_sign_on_that_still_lives_needs_no_password(walk):
    _, first = walk("aigerim@demo.kz")

    steps, again = walk("aigerim@demo.kz", password="forgotten", jar=first.jar)

    assert steps == [LoginStep.CONNECTED]
    assert again.merchants == first.merchants


def test_one_of_several_shops_is_chosen_and_all_of_them_connected(walk):
    steps, connected = walk("two@demo.kz", merchant("30700033"))

    assert steps == [LoginStep.CHOOSE_MERCHANT, LoginStep.CONNECTED]
    assert {shop.merchant_id for shop in connected.merchants} == {"30700022", "30700033"}


def test_a_telephone_number_is_let_in_by_a_code_alone(walk):
    steps, connected = walk("+77010000001", code("123456"), password="")

    assert steps == [LoginStep.CODE_NEEDED, LoginStep.CONNECTED]
    assert connected.merchants == (Merchant("30700044", "Телефонный магазин"),)


def test_a_silent_walk_goes_by_a_sign_on_that_still_lives(walk):
    _, first = walk("+77010000001", code("123456"), password="")

    steps, _ = walk("+77010000001", password="", jar=first.jar, is_silent=True)

    assert steps == [LoginStep.CONNECTED]


@pytest.mark.parametrize("account", ["+77010000001", "aigerim@demo.kz"])
def test_a_silent_walk_without_a_password_asks_kaspi_for_nothing(walk, sandbox, account):
    with pytest.raises(SessionDead):
        walk(account, password="", is_silent=True)

    assert sandbox.requests("login") == []


def test_the_shops_to_choose_from_are_named(logins, loop):
    async def asked():
        async with (
            logins() as (opened, _),
            opened.start(Credentials("two@demo.kz", PASSWORD)) as under_way,
        ):
            return under_way.choices

    assert loop.run(asked()) == (
        Merchant("30700022", "Первый из двух"),
        Merchant("30700033", "Второй из двух"),
    )


@pytest.mark.parametrize(
    ("email", "answers", "error"),
    [
        pytest.param("code@demo.kz", [], CodeRequired, id="no code"),
        pytest.param("code@demo.kz", [code("000000")], CodeWrong, id="wrong code"),
        pytest.param("two@demo.kz", [], MerchantChoiceRequired, id="no choice"),
        pytest.param("two@demo.kz", [merchant("1")], MerchantChoiceRequired, id="foreign shop"),
        pytest.param("nobody@demo.kz", [], NoMerchant, id="no shop"),
        pytest.param("stranger@demo.kz", [], WrongPassword, id="unknown e-mail"),
        pytest.param("not an e-mail", [], LoginRefused, id="no e-mail at all"),
    ],
)
def test_each_way_not_to_get_in_has_its_name(walk, email, answers, error):
    with pytest.raises(error) as caught:
        walk(email, *answers)

    assert type(caught.value) is error


def test_what_the_page_complains_about_is_passed_on(walk):
    with pytest.raises(LoginRefused, match="Введите e-mail"):
        walk("not an e-mail")


def test_a_wrong_password_is_typed_once(walk, sandbox):
    with pytest.raises(WrongPassword):
        walk("aigerim@demo.kz", password="wrong")

    assert len(sandbox.requests("login")) == 1


def test_a_flood_of_codes_says_how_long_to_wait(walk):
    with pytest.raises(CodesFlooded) as caught:
        walk("flood@demo.kz")

    assert caught.value.wait_s == 130


def test_a_wall_at_the_login_closes_the_address_for_a_while(walk, limiter):
    with pytest.raises(WalledOff):
        walk("wall@demo.kz")

    assert limiter.turns == [("kaspi:logins:direct", "kaspi:cabinet:direct", "fleet")]
    assert limiter.frozen == [("kaspi:cabinet:direct", 10)]


@pytest.mark.parametrize(
    ("endpoint", "kind", "error"),
    [
        ("walk", "403html", WalledOff),
        ("walk", "500", KaspiUnavailable),
        ("login_page", "403html", WalledOff),
        ("login", "500", KaspiUnavailable),
        ("login", "reset", LoginRefused),
        ("callback", "500", KaspiUnavailable),
        ("callback", "reset", KaspiUnavailable),
        ("cabinet_page", "reset", KaspiUnavailable),
    ],
)
def test_trouble_on_the_way_is_named(walk, sandbox, endpoint, kind, error):
    sandbox.break_(endpoint, kind)

    with pytest.raises(error) as caught:
        walk("aigerim@demo.kz")

    assert type(caught.value) is error


def test_nobody_at_the_door_is_unavailable(walk, loop):
    async def a_closed_door():
        async with scripted(stalls) as script:
            return script.url

    nowhere = loop.run(a_closed_door())

    with pytest.raises(KaspiUnavailable, match="ERR_CONNECTION_REFUSED"):
        walk("aigerim@demo.kz", cabinet_url=nowhere)


STRANGE_PAGE = """
<div class="help is-danger" hidden>not to be seen</div>
<input id="user_email_field"><input id="password_field" hidden>
<span id="code" hidden>
  <input name="security-code" maxlength="1" oninput="this.nextElementSibling.focus()">
  <input maxlength="1" oninput="this.nextElementSibling.focus()"><input maxlength="1">
</span>
<button class="button is-primary" onclick="next()">Далее</button>
<script>
  const steps = [
    () => {
      fetch("/api/p/login", {method: "POST"}).then(() => {
        document.getElementById("password_field").hidden = false;
      });
    },
    () => { document.getElementById("code").hidden = false; },
    () => {
      const code = [...document.querySelectorAll("#code input")].map(box => box.value).join("");
      document.cookie = `mc-sid=${code}; path=/`;
      location.assign("/mc/");
    },
  ];
  function next() { steps.shift()(); }
</script>
""".encode()


@pytest.fixture
def walk_strangely(walked, loop) -> Callable[..., Any]:
    """Walk where the page does everything differently and its answers mean nothing to us."""
    html = "text/html; charset=utf-8"

    async def strange(merchants):
        marketplace = by_path(
            oauth2_authorization_1=says(STRANGE_PAGE, Content_Type=html),
            api_p_login=says({"something": "new"}),
            mc=says(b'<nav class="navbar">Kaspi</nav>', Content_Type=html),
            s_m=says({"merchants": merchants}),
        )
        async with scripted(marketplace) as script:
            urls = dict.fromkeys(["identity_url", "cabinet_url", "shop_url"], script.url)
            return await walked("seller@demo.kz", code("123"), **urls)

    return lambda merchants: loop.run(strange(merchants))


def test_a_login_that_tells_nothing_behind_the_scenes_is_read_by_its_looks(walk_strangely):
    steps, connected = walk_strangely([{"uid": "12345678"}])

    assert steps == [LoginStep.CODE_NEEDED, LoginStep.CONNECTED]
    assert [cookie.value for cookie in connected.jar.cookies] == ["123"]
    assert connected.merchants == (Merchant("12345678"),)


def test_a_session_that_opens_no_shop_is_no_connection(walk_strangely):
    with pytest.raises(NoMerchant):
        walk_strangely([])


def test_a_page_that_crashes_while_a_person_is_asked_is_noticed(logins, loop):
    async def crashed():
        credentials = Credentials("code@demo.kz", PASSWORD)
        async with logins() as (opened, _), opened.start(credentials) as under_way:
            assert under_way.is_open
            kill_pages()
            await gone(lambda: not under_way.is_open)

    loop.run(crashed())


def test_what_was_typed_is_in_no_trace_of_what_went_wrong(walked, loop):
    page = b"""<input id="user_email_field"><div id="password_field">no field at all</div>
              <button class="button is-primary">next</button>"""

    async def walked_into_it():
        html = says(page, Content_Type="text/html")
        async with scripted(by_path(oauth2_authorization_1=html)) as script:
            await walked("aigerim@demo.kz", cabinet_url=script.url)

    with pytest.raises(BrowserGone) as caught:
        loop.run(walked_into_it())

    told = "".join(traceback.format_exception(caught.value))
    assert "not an <input>" in caught.value.detail
    assert PASSWORD not in told


def test_a_browser_that_crashes_in_the_middle_is_named(walked, loop):
    page = says(b'<img src="/seen">', Content_Type="text/html")
    left: list[CookieJar] = []

    async def crash(script):
        await gone(lambda: "/seen" in [path for path, _, _ in script.requests])
        signal_browsers(signal.SIGKILL)

    async def walked_into_it():
        async with (
            scripted(by_path(oauth2_authorization_1=page)) as script,
            asyncio.TaskGroup() as group,
        ):
            group.create_task(crash(script))
            with pytest.raises(BrowserGone):
                await walked("aigerim@demo.kz", cabinet_url=script.url, leave=left.append)

    loop.run(walked_into_it())

    assert left == [CookieJar()]


def test_a_page_that_never_comes_is_given_up(walked, loop):
    async def waited():
        async with scripted(stalls) as script:
            await walked("aigerim@demo.kz", cabinet_url=script.url, leg_timeout_s=0.5)

    with pytest.raises(LoginTimedOut):
        loop.run(waited())
