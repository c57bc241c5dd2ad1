"""`manage.py kaspi_push --dry-run` before a sandbox, as an operator types it."""

from collections.abc import Iterator
from io import StringIO

import orjson
import pytest
from django.core.management import CommandError, call_command

from cube_demper.kernel.sealing import Secret
from kaspi import runtime
from tests.factories import make_session, make_store
from tests.kaspi.clients.stand_ins import Sandbox

pytestmark = [pytest.mark.flow, pytest.mark.django_db]

AIGERIM = "30112233"


@pytest.fixture(scope="module")
def shop() -> Iterator[Sandbox]:
    sandbox = Sandbox.start()
    yield sandbox
    sandbox.stop()


@pytest.fixture
def store(shop, seller, settings):
    """A connected store, in a process whose gateway knows the sandbox."""
    settings.KASPI_IDENTITY_URL = shop.identity_url
    settings.KASPI_CABINET_URL = shop.cabinet_url
    settings.KASPI_SHOP_URL = shop.shop_url
    runtime.close()
    shop.calm()
    jar = shop.log_in("aigerim@demo.kz")
    session = make_session(user=seller, jar=Secret(jar.to_json()))
    yield make_store(user=seller, merchant_id=AIGERIM, session=session)
    runtime.close()


def rehearse(*words) -> str:
    out = StringIO()
    call_command("kaspi_push", *map(str, words), "--dry-run", stdout=out)
    return out.getvalue()


def test_a_dry_run_says_the_statement_and_each_price_it_would_change_and_sends_nothing(store, shop):
    sku = shop.listings(AIGERIM)[0]["sku"]

    said = rehearse(store.pk, sku, 24480)

    body, end = said[: said.index("\n}") + 2], said[said.index("\n}") + 2 :]
    statement = orjson.loads(body)
    assert (statement["sku"], statement["price"]) == (sku, 24480)
    assert all(line.endswith(" → 24480") for line in end.split("\n") if line)
    assert len(end.split()) > 0
    assert shop.requests("push") == []


def test_what_a_push_would_refuse_is_said_in_a_line(store, shop):
    sku = shop.listings(AIGERIM)[0]["sku"]

    with pytest.raises(CommandError, match="below 10 tenge"):
        rehearse(store.pk, sku, 9)


def test_a_store_that_is_not_there_is_said_in_a_line(db):
    with pytest.raises(CommandError, match="There is no store 0"):
        rehearse(0, "CHAIR-77", 24480)


def test_nothing_is_sent_by_hand(db):
    with pytest.raises(CommandError, match="--dry-run"):
        call_command("kaspi_push", "1", "CHAIR-77", "24480")
