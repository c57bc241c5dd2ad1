"""`manage.py kaspi_push` before a sandbox, as an operator types it."""

from io import StringIO

import orjson
import pytest
from django.core.management import CommandError, call_command

from cube_demper.kernel.money import Money
from kaspi import runtime
from products.models import Change, ChangeState, Product
from products.pricing.model import Reason
from tests.factories import make_change, make_decision, make_market, make_product

pytestmark = [pytest.mark.flow, pytest.mark.django_db]

AIGERIM = "30112233"


@pytest.fixture
def shop(sandbox):
    return sandbox


@pytest.fixture
def store(aigerims_store):
    runtime.run(lambda gateway: gateway.remember_changes(AIGERIM, used_at=[]), timeout_s=5)
    return aigerims_store


@pytest.fixture
def listing(shop):
    return next(one for one in shop.listings(AIGERIM) if one["on_sale"])


@pytest.fixture
def product(store, listing):
    return make_product(
        store=store,
        market=make_market(),
        sku=listing["sku"],
        floor=Money.tenge(listing["price"] - 100),
        ceiling=Money.tenge(listing["price"] + 100),
    )


def push(*words) -> str:
    out = StringIO()
    call_command("kaspi_push", *map(str, words), stdout=out)
    return out.getvalue()


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


def test_a_price_by_hand_goes_the_way_of_all_and_is_followed_to_its_end(store, product, listing):
    price = listing["price"] - 7

    said = push(store.merchant_id, product.sku, price)

    change = Change.rows.select_related("decision").get()
    assert (change.state, change.price, change.decision.reason) == (
        ChangeState.APPLIED,
        Money.tenge(price),
        Reason.BY_HAND,
    )
    assert said.splitlines()[0] == "Decided, not yet sent."
    assert said.splitlines()[-1] == "Shown by Kaspi."


def test_a_price_by_hand_does_not_leave_the_corridor(store, product, listing, shop):
    with pytest.raises(CommandError, match="is not within"):
        push(store.pk, product.sku, listing["price"] - 101)

    assert (Change.rows.count(), shop.requests("push")) == (0, [])


def test_a_price_by_hand_waits_for_the_one_before(store, product, listing):
    make_change(
        decision=make_decision(product=product, wanted_price=Money.tenge(listing["price"])),
        state=ChangeState.SENT,
    )

    with pytest.raises(CommandError, match="on its way"):
        push(store.pk, product.sku, listing["price"] - 7)


def test_a_price_by_hand_overtakes_one_that_still_waits(store, product, listing):
    waiting = make_change(
        decision=make_decision(product=product, wanted_price=Money.tenge(listing["price"]))
    )

    push(store.pk, product.sku, listing["price"] - 7)

    waiting.refresh_from_db()
    assert waiting.state == ChangeState.SUPERSEDED


@pytest.mark.parametrize(
    ("sku", "says"),
    [pytest.param("GONE", "has no product GONE"), pytest.param(None, "has no corridor")],
)
def test_what_can_not_be_priced_by_hand_is_said_in_a_line(store, product, sku, says):
    Product.rows.update(floor=None, ceiling=None, step=None)

    with pytest.raises(CommandError, match=says):
        push(store.pk, sku or product.sku, 24480)
