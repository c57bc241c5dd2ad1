import pytest

from cube_demper.kernel.tenancy import TenantScopeMissing
from kaspi.models import Store
from products.models import Product
from tests.factories import make_market, make_product, make_store


@pytest.fixture
def market():
    return make_market()


@pytest.fixture
def product(seller, market):
    return make_product(store=make_store(user=seller), market=market)


@pytest.fixture
def look_alike(stranger, market):
    """The same product in another seller's store."""
    return make_product(store=make_store(user=stranger), market=market)


@pytest.mark.db
def test_the_normal_door_shows_one_sellers_rows(seller, product, look_alike):
    assert list(Product.objects.for_user(seller)) == [product]


@pytest.mark.db
def test_the_loud_door_shows_everybodys_rows(product, look_alike):
    rows = Product.objects.across_users(reason="a test compares sellers")

    assert set(rows) == {product, look_alike}


@pytest.mark.unit
def test_the_loud_door_wants_a_reason():
    with pytest.raises(TenantScopeMissing, match="needs a reason"):
        Product.objects.across_users(reason="")


@pytest.mark.unit
@pytest.mark.parametrize(
    "read",
    [
        lambda rows: rows.all(),
        lambda rows: rows.filter(sku="SKU-1"),
        lambda rows: rows.get(pk=1),
        lambda rows: rows.count(),
        lambda rows: rows.exists(),
        lambda rows: rows.in_bulk([1]),
        lambda rows: rows.get_or_create(sku="SKU-1"),
        lambda rows: rows.bulk_create([]),
    ],
    ids=["all", "filter", "get", "count", "exists", "in_bulk", "get_or_create", "bulk"],
)
@pytest.mark.parametrize("model", [Product, Store], ids=["Product", "Store"])
def test_there_is_no_window(model, read):
    with pytest.raises(TenantScopeMissing, match=f"{model.__name__}.objects needs for_user"):
        read(model.objects)


@pytest.mark.db
def test_a_row_leads_to_its_own_children(product, look_alike):
    assert list(product.store.products.all()) == [product]
    assert product.store.session.user == product.store.user


@pytest.mark.db
def test_the_vocabulary_of_the_rows_is_kept(seller, product, look_alike):
    assert list(Product.objects.for_user(seller).repriced()) == [product]
