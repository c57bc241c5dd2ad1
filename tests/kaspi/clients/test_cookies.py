import pytest
from yarl import URL

from kaspi.clients import cookies
from kaspi.ports import Cookie, CookieJar

pytestmark = pytest.mark.unit

NOW = 2_000_000_000.0
CABINET = URL("https://mc.shop.kaspi.kz/bff/offer-view/list")


def renewed(jar, *set_cookies, url=CABINET):
    return cookies.renewed(jar, set_cookies, url=url, now=NOW)


def sent(jar, url):
    """The Cookie header of a request to this address."""
    return cookies.header(jar, URL(url), now=NOW).get("Cookie", "")


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

    header = sent(jar, url)

    assert {pair.partition("=")[0] for pair in header.split("; ") if pair} == names


def test_a_cookie_goes_to_its_path_and_below_and_the_nearest_is_named_first():
    jar = CookieJar(
        (
            Cookie("root", "1", "127.0.0.1"),
            Cookie("near", "2", "127.0.0.1", path="/s/m"),
            Cookie("beside", "3", "127.0.0.1", path="/s/mm"),
            Cookie("below", "4", "127.0.0.1", path="/s/"),
        )
    )

    header = sent(jar, "http://127.0.0.1:8022/s/m")

    assert header == "near=2; below=4; root=1"


def test_a_value_travels_as_it_came():
    jar = CookieJar((Cookie("mc-session", '1790.1|a"b=', "mc.shop.kaspi.kz"),))

    header = sent(jar, CABINET)

    assert header == 'mc-session=1790.1|a"b='


@pytest.mark.parametrize("text", ["", ";", "=1", "a", "a=1\x07; Path=/", "; Path=/"])
def test_a_cookie_that_is_none_is_passed_over(text):
    jar = renewed(CookieJar(), text, "b=2; Path=/")

    assert jar.cookies == (Cookie("b", "2", "mc.shop.kaspi.kz"),)


def test_a_cookie_says_how_it_may_be_used():
    jar = renewed(
        CookieJar(), "a=1=2; path=/; SECURE; httponly; SameSite=none; Max-Age=soon; Expires=never"
    )

    assert jar.cookies == (
        Cookie("a", "1=2", "mc.shop.kaspi.kz", is_secure=True, is_http_only=True, same_site="None"),
    )


def test_a_fingerprint_is_the_same_for_the_same_session_and_tells_nothing():
    session = Cookie("mc-sid", "the-session", "mc.shop.kaspi.kz")
    city = Cookie("city", "750000000", ".kaspi.kz")
    chatter = Cookie("mc-session", "1790.1|a", "mc.shop.kaspi.kz")

    first = cookies.fingerprint(CookieJar((session, city)))
    again = cookies.fingerprint(CookieJar((chatter, city, session)))
    other = cookies.fingerprint(CookieJar((city,)))

    assert (first == again, first == other, "the-session" in first) == (True, False, False)


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
