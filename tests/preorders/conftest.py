import pytest

from accounts.models import User
from products.models import Product
from tests.factories import make_market, make_product, make_store
from tests.products.conftest import (  # noqa: F401 -- the sandbox's fixtures serve here as well
    aigerims_store,
    sandbox,
    sandbox_process,
    store,
)


@pytest.fixture
def product(seller: User) -> Product:
    """On sale and out of stock at PP1 and PP2, in stock at PP3, and not sold at PP4."""
    points = [
        {"id": "PP1", "yes": True},
        {"id": "PP2", "yes": True},
        {"id": "PP3", "yes": True, "stock": 4},
        {"id": "PP4", "yes": False},
    ]
    return make_product(store=make_store(user=seller), market=make_market(), points=points)
