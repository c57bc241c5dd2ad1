from datetime import UTC, date, datetime, timedelta

import pytest

from cube_demper.kernel.money import Money
from cube_demper.kernel.sealing import Secret
from kaspi.models import Order, OrderEntry
from products.models import ChangeState, Product, RuleSheet, TariffTable
from products.pricing.model import Memory, Percent
from products.pricing.rules import Strategy
from products.pricing.tariff import Rate, Tariff
from products.services.memories import memory_of, sales_of, stock_of
from products.services.rulebook import Rulebook, rules_of, tariff_at
from products.services.watches import movable_by_market
from tests.factories import (
    NOW,
    make_change,
    make_decision,
    make_market,
    make_product,
    make_store,
)

pytestmark = pytest.mark.db


@pytest.fixture
def product(seller):
    return make_product(store=make_store(user=seller), market=make_market())


def watched(product, *, now=NOW):
    return movable_by_market([product.market_id], now=now)[product.market_id]


def test_another_sellers_sheet_does_not_hold(product, stranger):
    RuleSheet.rows.create(user=stranger, rules={"strategy": "CREEP"}, changed_at=NOW)

    assert rules_of(product, now=NOW).strategy is Strategy.BE_FIRST


def test_another_stores_sheet_does_not_hold(product, seller):
    other = make_store(user=seller)
    RuleSheet.rows.create(user=seller, store=other, rules={"strategy": "CREEP"}, changed_at=NOW)

    assert rules_of(product, now=NOW).strategy is Strategy.BE_FIRST


@pytest.mark.parametrize(
    ("price", "allowed"), [(950, False), (968, True), (1500, True), (1501, False)]
)
def test_the_gate_knows_the_floor_of_costs(product, price, allowed):
    product.rules = {"cost_tiyn": 84_700}  # / (1 − 12.5 %)

    book = Rulebook.of([product.store.user_id], now=NOW)

    assert book.allows(product, Money.tenge(price), at=NOW) is allowed


def test_the_gate_is_shut_without_a_corridor_and_where_rules_clash(product):
    book = Rulebook.of([product.store.user_id], now=NOW)
    product.rules = {"strategy": "FIXED"}
    clashing = book.allows(product, Money.tenge(1000), at=NOW)
    product.floor = None

    assert not clashing
    assert not book.allows(product, Money.tenge(1000), at=NOW)


def test_a_product_whose_rules_clash_is_not_watched_and_disturbs_no_other(seller, caplog):
    market = make_market()
    store = make_store(user=seller)
    make_product(store=store, market=market, sku="SKU-1", rules={"strategy": "FIXED"})
    sound = make_product(store=store, market=market, sku="SKU-2")

    assert [one.product_id for one in watched(sound)] == [sound.pk]
    assert "products.rules.contradict" in caplog.text


def test_a_pause_that_is_over_holds_nobody(product):
    Product.rows.update(paused_until=NOW)

    assert watched(product)
    assert not watched(product, now=NOW - timedelta(seconds=1))


def test_what_was_learned_comes_back_and_the_rest_is_looked_up(product):
    Product.rows.update(
        memory={"tipping": 110_000, "tipped_at": NOW.isoformat()},
        points=[{"id": "PP1", "yes": True, "stock": 3}, {"id": "PP2", "yes": True, "stock": 4}],
    )

    [one] = watched(product)

    assert one.memory == Memory(
        in_force=Money.tenge(1000), tipping=Money.tenge(1100), tipped_at=NOW, stock=7
    )


def test_a_price_that_is_on_its_way_counts_as_in_force(product):
    decision = make_decision(product=product)
    make_change(decision=decision, price=Money.tenge(989), state=ChangeState.SENT)

    [one] = watched(product)

    assert one.memory.in_force == Money.tenge(989)


@pytest.mark.parametrize(
    ("points", "stock"),
    [
        ([], None),
        ([{"id": "PP1", "yes": True}], None),
        ([{"id": "PP1", "yes": True, "stock": 2}, {"id": "PP2", "yes": True}], None),
        ([{"id": "PP1", "yes": True, "stock": 2}, {"id": "PP2", "yes": False}], 2),
        ([{"id": "PP1", "yes": True, "stock": 0}], 0),
    ],
)
def test_stock_is_known_only_where_every_point_counts(product, points, stock):
    product.points = points

    assert stock_of(product) == stock


def an_order(product, *, placed_at, status="COMPLETED", sku=None):
    order = Order.rows.create(
        store=product.store,
        kaspi_id=f"{placed_at.timestamp()}-{status}",
        code="1",
        state="ARCHIVE",
        status=status,
        total=Money.tenge(1000),
        delivery_cost=Money(0),
        buyer_phone=Secret(""),
        placed_at=placed_at,
        first_read_at=NOW,
        read_at=NOW,
        changed_at=NOW,
    )
    OrderEntry.rows.create(
        order=order,
        kaspi_id="1",
        number=1,
        sku=sku or product.sku,
        quantity=1,
        price=Money.tenge(1000),
        total=Money.tenge(1000),
    )


def test_the_last_sale_counts_and_a_cancelled_order_is_none(product):
    an_order(product, placed_at=NOW - timedelta(days=9))
    an_order(product, placed_at=NOW - timedelta(days=5))
    an_order(product, placed_at=NOW - timedelta(days=1), status="CANCELLED")
    an_order(product, placed_at=NOW, sku="SKU-2")

    assert sales_of([product]) == {product.pk: NOW - timedelta(days=5)}


def test_sales_are_looked_up_for_goods_that_may_be_slow(product):
    an_order(product, placed_at=NOW - timedelta(days=5))
    [usual] = watched(product)
    Product.rows.update(rules={"slow_after_s": 86_400})

    [slow] = watched(product)

    assert usual.memory.sold_at is None
    assert slow.memory.sold_at == NOW - timedelta(days=5)


def test_an_odd_memory_is_no_reason_to_stop(product):
    product.memory = {}

    memory = memory_of(product, under_way=None, sold_at=None, war=None, now=NOW)

    assert memory == Memory(in_force=Money.tenge(1000))


def test_an_imported_tariff_holds_from_its_day_in_almaty(db):
    rate = Rate(Percent(1000), Percent(1100))
    tariff = Tariff(date(2027, 1, 1), rate, (("Продукты", Rate(Percent(1), Percent(2))),))
    TariffTable.objects.create(
        valid_from=tariff.valid_from, **TariffTable.columns(tariff), imported_at=NOW
    )

    eve = tariff_at(datetime(2026, 12, 31, 18, 59, tzinfo=UTC))
    new_year = tariff_at(datetime(2026, 12, 31, 19, 0, tzinfo=UTC))

    assert eve.valid_from == date(2026, 1, 1)
    assert new_year == tariff
