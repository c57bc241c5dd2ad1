import pytest

from cube_demper.kernel.money import Money
from kaspi.login_ports import Credentials
from kaspi.ports import Cookie, CookieJar, Listing, SessionTicket

pytestmark = pytest.mark.unit

JAR = CookieJar(
    (
        Cookie("mc-sid", "secret-value", "mc.shop.kaspi.kz", expires_at=1790000000.5),
        Cookie("MS_AUTH_SSO", "другой", "idmc.shop.kaspi.kz", is_http_only=True, is_secure=True),
    )
)


def test_a_jar_survives_being_written_and_read():
    assert CookieJar.from_json(JAR.to_json()) == JAR


def test_a_jar_survives_a_browser():
    assert CookieJar.from_browser(JAR.to_browser()) == JAR


@pytest.mark.parametrize(
    "holder",
    [
        JAR,
        JAR.cookies[0],
        SessionTicket(store_id=1, session_id=2, version=3, merchant_id="4", jar=JAR),
        Credentials(account="aigerim@demo.kz", password="secret-value"),
    ],
    ids=["jar", "cookie", "ticket", "credentials"],
)
def test_nothing_secret_is_ever_printed(holder):
    assert "secret-value" not in repr(holder)


@pytest.mark.parametrize(("city_id", "tenge"), [("750000000", 890), ("710000000", 900)])
def test_a_city_without_a_price_of_its_own_has_the_common_one(city_id, tenge):
    listing = Listing(
        sku="A",
        master_sku="1",
        title="",
        card_title="",
        brand="",
        category="",
        category_codes=(),
        price=Money.tenge(900),
        city_prices={"750000000": Money.tenge(890)},
        points=(),
        is_on_sale=True,
        is_settled=True,
        shop_link="",
    )

    assert listing.price_in(city_id) == Money.tenge(tenge)
