import asyncio
from http.cookies import SimpleCookie

import pytest
from yarl import URL

from kaspi.clients import cookies
from kaspi.ports import Cookie, CookieJar

pytestmark = pytest.mark.unit

NOW = 2_000_000_000.0
CABINET = URL("https://mc.shop.kaspi.kz/bff/offer-view/list")


def renewed(jar, *set_cookies, url=CABINET):
    morsels = [morsel for text in set_cookies for morsel in SimpleCookie(text).values()]
    return cookies.renewed(jar, morsels, url=url, now=NOW)


@pytest.mark.parametrize(
    ("url", "names"),
    [
        ("https://mc.shop.kaspi.kz/bff/list", {"mc-sid", "city", "locked"}),
        ("https://idmc.shop.kaspi.kz/login", {"city", "locked"}),
        ("http://kaspi.kz/mc/", {"city"}),
        ("http://127.0.0.1:8022/s/m", {"local"}),
        ("https://example.com/", set()),
    ],
)
def test_each_cookie_goes_where_it_belongs_and_nowhere_else(url, names):
    jar = CookieJar(
        (
            Cookie("mc-sid", "1", "mc.shop.kaspi.kz"),
            Cookie("city", "2", ".kaspi.kz"),
            Cookie("locked", "3", ".kaspi.kz", is_secure=True),
            Cookie("local", "4", "127.0.0.1"),
            Cookie("expired", "5", ".kaspi.kz", expires_at=5.0),
        )
    )

    async def sent():
        return set(cookies.living(jar).filter_cookies(URL(url)))

    assert asyncio.run(sent()) == names


def test_a_cookie_that_python_can_not_name_does_not_spoil_the_session():
    jar = CookieJar((Cookie("bad[name]", "1", "127.0.0.1"), Cookie("mc-sid", "2", "127.0.0.1")))

    async def sent():
        return set(cookies.living(jar).filter_cookies(URL("http://127.0.0.1/s/m")))

    assert asyncio.run(sent()) == {"mc-sid"}


def test_a_value_travels_as_it_came():
    jar = CookieJar((Cookie("mc-session", '1790.1|a"b=', "mc.shop.kaspi.kz"),))

    async def header():
        return cookies.living(jar).filter_cookies(CABINET).output(header="").strip()

    assert asyncio.run(header()) == 'mc-session=1790.1|a"b='


def test_a_new_value_takes_the_place_of_the_old_one():
    old = Cookie("mc-sid", "old", "mc.shop.kaspi.kz", is_http_only=True)
    other = Cookie("MS_AUTH_SSO", "sso", "idmc.shop.kaspi.kz")

    jar = renewed(CookieJar((old, other)), "mc-sid=new; Path=/; HttpOnly; Max-Age=60")

    assert jar.cookies == (
        Cookie("mc-sid", "new", "mc.shop.kaspi.kz", expires_at=NOW + 60, is_http_only=True),
        other,
    )


@pytest.mark.parametrize(
    ("set_cookie", "domain"),
    [
        ("a=1; Path=/", "mc.shop.kaspi.kz"),
        ("a=1; Path=/; Domain=kaspi.kz", ".kaspi.kz"),
        ("a=1; Path=/; Domain=.kaspi.kz", ".kaspi.kz"),
        ("a=1; Path=/; Domain=mc.shop.kaspi.kz", ".mc.shop.kaspi.kz"),
    ],
)
def test_a_cookie_is_kept_for_the_domain_it_was_set_for(set_cookie, domain):
    jar = renewed(CookieJar(), set_cookie)

    assert jar.cookies == (Cookie("a", "1", domain),)


def test_an_address_without_a_name_has_no_subdomains():
    jar = renewed(
        CookieJar(), "a=1; Path=/; Domain=127.0.0.1", url=URL("http://127.0.0.1:8022/s/m")
    )

    assert jar.cookies == (Cookie("a", "1", "127.0.0.1"),)


def test_a_cookie_for_a_foreign_domain_is_ignored():
    jar = renewed(CookieJar(), "a=1; Path=/; Domain=example.com", "b=1; Domain=aspi.kz")

    assert jar == CookieJar()


@pytest.mark.parametrize("end", ["Max-Age=0", "Expires=Thu, 01 Jan 1970 00:00:00 GMT"])
def test_an_expired_cookie_leaves(end):
    jar = CookieJar((Cookie("mc_arr", "walk", "mc.shop.kaspi.kz"),))

    assert renewed(jar, f"mc_arr=; Path=/; {end}") == CookieJar()


def test_the_load_balancers_chatter_is_not_worth_saving():
    before = CookieJar((Cookie("mc-sid", "1", "mc.shop.kaspi.kz"),))

    after = renewed(before, "mc-session=1790.1|a; Path=/")

    assert cookies.essence(after) == cookies.essence(before)
