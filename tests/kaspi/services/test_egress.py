from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from structlog.testing import capture_logs

from cube_demper.kernel.sealing import Secret
from kaspi.clients.config import Address, KaspiConfig
from kaspi.clients.egress import Answered, Egress, Listed, Walled
from kaspi.errors import ProxyUnusable
from kaspi.models import EgressAddress
from kaspi.services import egress
from kaspi.services.sessions import ticket_for
from tests.factories import NOW, make_store

pytestmark = [pytest.mark.db, pytest.mark.django_db]
CONFIG = KaspiConfig(identity_url="", cabinet_url="", shop_url="", user_agent="")
PROXY = "http://user:pa55word@10.0.0.1:8080"


def make_address(name="almaty-1", **changes):
    return EgressAddress.objects.create(name=name, proxy_url=Secret(PROXY), **changes)


def rest_after(address, *, now=NOW, seconds=10):
    until = egress.quarantine(egress_id=address.pk, seconds=seconds, now=now)
    return (until - now).total_seconds()


def test_the_list_holds_what_is_enabled_and_says_until_when_it_rests():
    resting = make_address(quarantined_until=NOW, offers_rps=3.0)
    make_address("off", is_enabled=False)

    assert egress.addresses() == [
        Listed(resting.pk, Address("almaty-1", PROXY, 3.0), NOW.timestamp())
    ]


def test_a_proxys_password_lies_sealed_in_the_database():
    address = make_address()

    raw = EgressAddress.objects.extra(select={"raw": "proxy_url"}).values_list("raw", flat=True)

    assert "pa55word" not in raw.get(pk=address.pk)
    assert "pa55word" not in repr(egress.addresses())


@pytest.mark.parametrize(
    "url", ["", "10.0.0.1:8080", "socks5://h:1", "http://host", "http://:80", "http://[::1:80"]
)
def test_only_an_http_proxy_with_a_port_is_taken(url):
    with pytest.raises(ProxyUnusable):
        egress.check_proxy(url)


def test_a_wall_that_comes_again_makes_an_address_rest_twice_as_long_up_to_an_hour():
    address = make_address()
    now, rests = NOW, []

    for _ in range(11):
        rests.append(rest_after(address, now=now))
        now += timedelta(seconds=rests[-1] + 1)

    assert rests == [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]


def test_walls_of_one_occasion_are_counted_and_lengthen_nothing():
    address = make_address()

    with capture_logs() as lines:
        rests = [rest_after(address) for _ in range(3)]

    address.refresh_from_db()
    assert (rests, address.walls, address.walls_in_a_row) == ([10, 10, 10], 3, 1)
    assert [line["event"] for line in lines] == ["kaspi.egress.quarantined"]


def test_a_wall_long_after_the_last_is_a_first_one_again():
    address = make_address(quarantined_until=NOW - timedelta(minutes=31), walls_in_a_row=5)

    assert rest_after(address) == 10


def test_a_wall_at_an_address_that_was_deleted_is_nobodys():
    assert egress.quarantine(egress_id=1, seconds=10, now=NOW) is None


def test_lifting_lets_an_address_be_used_at_once_and_forgets_the_row_of_walls():
    address = make_address(quarantined_until=NOW + timedelta(hours=1), walls_in_a_row=3)

    egress.lift(egress_id=address.pk)

    address.refresh_from_db()
    assert (address.quarantined_until, address.walls_in_a_row) == (None, 0)


def test_what_a_gateway_met_is_written_down_and_its_list_renewed(seller):
    address, store = make_address(), make_store(user=seller)
    at = NOW.timestamp()
    gateway: Any = SimpleNamespace(egress=Egress(CONFIG, clock=lambda: at))
    egress.attend(gateway)
    gateway.egress.seat("a@b.kz", session_id=store.session_id)
    with gateway.egress.used(gateway.egress.choose()):
        pass
    gateway.egress.meet_wall(Address("almaty-1"), 10)

    egress.attend(gateway)

    address.refresh_from_db()
    assert store.session is not None
    store.session.refresh_from_db()
    assert (address.walls, address.answered_at) == (1, NOW)
    assert address.quarantined_until == NOW + timedelta(seconds=10)
    assert ticket_for(store).egress_id == address.pk
    assert gateway.egress.is_stale is False


def test_notes_about_what_is_gone_harm_nobody():
    egress.write_down([Walled(1, 1.0, 10), Answered(1, 1.0)])

    assert EgressAddress.objects.count() == 0


def test_the_admin_keeps_the_proxy_that_is_left_empty_and_never_shows_it(admin_site):
    address = make_address()
    url = f"/admin/kaspi/egressaddress/{address.pk}/change/"

    saved = admin_site.post(url, {"name": "almaty-1", "is_enabled": "on", "proxy": ""})

    address.refresh_from_db()
    assert (saved.status_code, address.proxy_url) == (302, Secret(PROXY))
    assert b"pa55word" not in admin_site.get(url).content


@pytest.mark.parametrize(("typed", "names"), [(PROXY, ["new"]), ("ftp://x", [])])
def test_the_admin_takes_a_new_address_if_its_proxy_is_usable(admin_site, typed, names):
    form = {"name": "new", "is_enabled": "on", "proxy": typed}

    admin_site.post("/admin/kaspi/egressaddress/add/", form)

    assert [row.name for row in EgressAddress.objects.all()] == names


@pytest.mark.parametrize(("action", "is_resting"), [("let_rest", True), ("lift", False)])
def test_an_operator_lets_addresses_rest_and_lifts_their_quarantine(admin_site, action, is_resting):
    address = make_address(quarantined_until=None if is_resting else NOW)

    admin_site.post(
        "/admin/kaspi/egressaddress/", {"action": action, "_selected_action": [address.pk]}
    )

    address.refresh_from_db()
    assert (address.quarantined_until is not None) == is_resting
