import pytest
from django.db.models import F, Value

from cube_demper.kernel.fields import MoneyField
from cube_demper.kernel.money import Money
from products.models import Product
from tests.factories import make_market, make_product, make_store


@pytest.mark.unit
@pytest.mark.parametrize(
    ("given", "value"),
    [(None, None), (Money(5), Money(5)), (5, Money(5)), ("5", Money(5))],
    ids=["nothing", "money", "number", "text"],
)
def test_a_value_becomes_money(given, value):
    assert MoneyField().to_python(given) == value


@pytest.mark.unit
def test_a_dump_holds_tiyn():
    field = Product._meta.get_field("price")

    assert field.value_to_string(Product(price=Money(120_000))) == "120000"
    assert field.value_to_string(Product()) == ""


@pytest.fixture
def product(seller):
    return make_product(
        store=make_store(user=seller), market=make_market(), price=Money(120_000), wanted_price=None
    )


@pytest.mark.db
def test_money_comes_back_from_the_database(product):
    stored = Product.rows.get(pk=product.pk)

    assert (stored.price, stored.wanted_price) == (Money(120_000), None)


@pytest.mark.db
def test_the_database_compares_and_reckons_with_money(product):
    step = Value(Money(100), MoneyField())

    Product.rows.filter(price__gte=Money(120_000)).update(wanted_price=F("price") - step)

    assert Product.rows.get().wanted_price == Money(119_900)
