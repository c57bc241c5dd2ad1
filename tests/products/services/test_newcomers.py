"""Products that a catalogue brings, and the corridor they begin with."""

import pytest

from cube_demper.kernel.money import Money
from kaspi.price_list.model import Entry
from products.models import Product, RuleSheet
from products.services.bulk_changes import apply
from products.services.corridors import change_product
from products.services.entries import write_entries
from products.services.listings import write_page
from products.services.newcomers import sheet_for_new
from products.services.rulebook import Rulebook
from tests.factories import NOW, make_claimed_store, make_market, make_product, make_store
from tests.products.engine.fakes import a_listing

pytestmark = pytest.mark.db
BY_PRICE = {"new_from": "PRICE", "new_floor_percent": 90, "new_ceiling_percent": 120}
BY_COST = {**BY_PRICE, "new_from": "COST"}


@pytest.fixture
def store(seller):
    return make_store(user=seller)


def say(user, store, rules):
    RuleSheet.rows.create(user=user, store=store, rules=rules, changed_at=NOW)


def read(store, *listings):
    write_page(store=store, listings=listings, now=NOW, sheet=sheet_for_new(store))


def bounds(product):
    return (product.floor, product.ceiling, product.step)


def test_a_new_product_has_no_corridor_unless_its_seller_wants_one(store):
    read(store, a_listing(price=1300))

    assert bounds(Product.rows.get()) == (None, None, None)


def test_a_new_product_begins_with_shares_of_its_price(seller, store):
    say(seller, None, BY_PRICE)

    read(store, a_listing(price=1300))

    assert bounds(Product.rows.get()) == (Money.tenge(1170), Money.tenge(1560), Money.tenge(1))


def test_what_is_there_already_keeps_what_it_has(seller, store):
    read(store, a_listing("OLD", price=1300))
    say(seller, store, BY_PRICE)

    read(store, a_listing("OLD", price=1300), a_listing("NEW", price=1300))

    assert Product.rows.get(sku="OLD").floor is None
    assert Product.rows.get(sku="NEW").floor == Money.tenge(1170)


def test_the_stores_sheet_goes_before_the_accounts_and_strangers_say_nothing(
    seller, store, stranger
):
    say(seller, None, BY_PRICE)
    say(seller, store, {"new_floor_percent": 50})
    say(stranger, None, {**BY_PRICE, "new_floor_percent": 10})

    read(store, a_listing(price=1300))

    assert Product.rows.get().floor == Money.tenge(650)


def test_a_new_product_of_a_file_begins_so_too(seller):
    store = make_claimed_store(user=seller)
    say(seller, store, BY_PRICE)
    entry = Entry("CHAIR-77", "Chair", "", points=(), price=Money.tenge(2000), city_prices={})

    write_entries(store=store, entries=[entry], is_archive=False, now=NOW)

    assert bounds(Product.rows.get()) == (Money.tenge(1800), Money.tenge(2400), Money.tenge(1))


def test_a_price_below_kaspis_minimum_makes_no_corridor(seller, store):
    say(seller, store, BY_PRICE)

    read(store, a_listing(price=5))

    assert Product.rows.get().floor is None


def test_by_cost_the_corridor_begins_when_the_cost_is_first_said(seller, store):
    say(seller, store, BY_COST)
    product = make_product(store=store, market=make_market(), floor=None, ceiling=None, step=None)

    change_product(
        user=seller, product_id=product.pk, changes={"rules": {"cost_tiyn": 100_000}}, now=NOW
    )

    product.refresh_from_db()
    assert bounds(product) == (Money.tenge(900), Money.tenge(1200), Money.tenge(1))


def test_by_cost_it_begins_with_a_bulk_edit_too(seller, store):
    say(seller, store, BY_COST)
    product = make_product(store=store, market=make_market(), floor=None, ceiling=None, step=None)
    book = Rulebook.of([seller.pk], now=NOW)

    apply(product, {"rules": {"cost_tiyn": 100_000}}, book=book)

    assert bounds(product) == (Money.tenge(900), Money.tenge(1200), Money.tenge(1))


def test_a_cost_changes_no_corridor_that_is_there(seller, store):
    say(seller, store, BY_COST)
    product = make_product(store=store, market=make_market())

    change_product(
        user=seller, product_id=product.pk, changes={"rules": {"cost_tiyn": 10_000}}, now=NOW
    )

    product.refresh_from_db()
    assert bounds(product) == (Money.tenge(900), Money.tenge(1500), Money.tenge(1))
