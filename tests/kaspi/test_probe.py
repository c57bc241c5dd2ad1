"""`manage.py kaspi_probe` before a sandbox, as an operator types it."""

import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command

from cube_demper.kernel.sealing import Secret
from kaspi import runtime
from kaspi.models import EgressAddress
from tests.factories import make_session, make_store
from tests.kaspi.clients.stand_ins import Sandbox
from tests.kaspi.services.renewing import environment_of

pytestmark = [pytest.mark.flow, pytest.mark.django_db]

AIGERIM = "30112233"
HOME = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def shop() -> Iterator[Sandbox]:
    sandbox = Sandbox.start()
    yield sandbox
    sandbox.stop()


@pytest.fixture
def probe(shop, settings):
    """The command, in a process whose gateway knows the sandbox."""
    settings.KASPI_IDENTITY_URL = shop.identity_url
    settings.KASPI_CABINET_URL = shop.cabinet_url
    settings.KASPI_SHOP_URL = shop.shop_url
    runtime.close()
    shop.calm()

    def run(*words):
        out = io.StringIO()
        code: str | int | None = 0
        try:
            call_command("kaspi_probe", *words, stdout=out)
        except SystemExit as ended:
            code = ended.code
        return SimpleNamespace(code=code, said=out.getvalue())

    yield run
    runtime.close()


@pytest.fixture
def store(shop, seller):
    jar = shop.log_in("aigerim@demo.kz")
    return make_store(
        user=seller,
        merchant_id=AIGERIM,
        session=make_session(user=seller, jar=Secret(jar.to_json())),
    )


def test_a_probe_of_offers_tells_what_was_asked_answered_and_understood(probe, shop):
    card = shop.listings(AIGERIM)[0]["master_sku"]

    probed = probe("offers", card, "--city", "750000000")

    assert probed.code == 0
    assert f"POST {shop.shop_url}/yml/offer-view/offers/{card}" in probed.said
    assert '"cityId":"750000000"' in probed.said
    assert "200 after " in probed.said
    assert "OffersPage(" in probed.said
    assert '"offers"' not in probed.said


def test_the_body_is_printed_only_when_asked_for(probe, shop):
    card = shop.listings(AIGERIM)[0]["master_sku"]

    assert '"offers"' in probe("--raw", "offers", card).said


@pytest.mark.parametrize(
    ("words", "understood"),
    [
        (["merchants"], "Merchant(merchant_id='30112233'"),
        (["points"], "StorePoint("),
        (["listings"], "ListingsPage("),
        (["listing", "sku"], "Listing(sku="),
        (["protocol", "sku"], "{}"),
    ],
)
def test_a_probe_of_a_cabinet_shows_no_secret(probe, shop, store, words, understood):
    sku = shop.listings(AIGERIM)[0]["sku"]
    call, *rest = words

    probed = probe(call, str(store.pk), *[sku for _ in rest])

    secrets = [cookie.value for cookie in shop.log_in("aigerim@demo.kz").cookies]
    kept = store.session.jar.reveal()
    assert understood in probed.said
    assert "mc-sid" not in probed.said
    assert [value for value in secrets if value and value in probed.said and value in kept] == []


def test_a_probe_that_fails_says_what_callers_would_get_and_what_to_do(probe, shop, store):
    shop.break_("list", "401")

    probed = probe("listings", str(store.pk))

    assert probed.code == 1
    assert "401 after " in probed.said
    assert "Callers would get `session-dead`" in probed.said
    assert "log in again" in probed.said


def test_a_store_that_is_not_there_is_said_in_a_line(probe):
    with pytest.raises(CommandError, match="There is no store 0"):
        probe("merchants", "0")


def test_a_store_is_also_found_by_its_number_at_kaspi(probe, shop, store):
    assert "Merchant(merchant_id='30112233'" in probe("merchants", AIGERIM).said


def test_a_long_understanding_is_cut_unless_all_of_it_is_asked_for(probe, shop, store):
    short, whole = probe("listings", AIGERIM).said, probe("listings", AIGERIM, "--whole").said

    assert "lines more: see --whole." in short
    assert len(short.splitlines()) < 80 < len(whole.splitlines())
    assert "lines more" not in whole


def test_a_probe_leaves_a_quiet_terminal(shop, transactional_db):
    card = shop.listings(AIGERIM)[0]["master_sku"]

    ended = subprocess.run(
        [sys.executable, "manage.py", "kaspi_probe", "offers", card],
        cwd=HOME,
        env=environment_of(shop),
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.splitlines()[-1].endswith("see --whole.")


def test_no_call_goes_directly_once_an_address_is_listed(probe, shop, store):
    EgressAddress.objects.create(name="gone", proxy_url=Secret("http://127.0.0.1:9"))

    probed = [probe("merchants", str(store.pk)), probe("offers", "1")]

    assert [one.code for one in probed] == [1, 1]
    assert all("`kaspi-unavailable`" in one.said for one in probed)
    assert shop.requests("merchants") == shop.requests("offers") == []
