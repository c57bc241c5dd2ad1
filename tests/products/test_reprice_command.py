"""`manage.py reprice`: one product's reasoning, printed."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from products.models import DecisionRecord, Product
from tests.factories import make_market, make_product, make_store
from tests.products.verdicts import recorded

pytestmark = pytest.mark.db


@pytest.fixture
def product(seller):
    return make_product(store=make_store(user=seller), market=make_market())


def run(product):
    out = StringIO()
    call_command("reprice", str(product.pk), stdout=out)
    return out.getvalue().replace("\u00a0", " ").splitlines()


def test_it_prints_every_step_and_writes_nothing(product):
    recorded(product, 800, 12, 990)

    printed = run(product)

    assert printed[1:] == [
        "allowed   900 ₸ … 1 500 ₸",
        "strategy  be_first",
        "rival     800 ₸ Rival (rival-0), no rating, 0 reviews",
        "rival     990 ₸ Rival (rival-2), no rating, 0 reviews",
        "left out  12 ₸ Rival (rival-1), no rating, 0 reviews: absurd",
        "aim       799 ₸",
        "bound     floor: 799 ₸ → 900 ₸",
        "price     900 ₸, place 3",
        "reason    at_floor",
        "ru        Соперник Rival 800 ₸ − шаг 1 ₸ = 799 ₸; минимум: 799 ₸ → 900 ₸.",
        "kk        Бәсекелес Rival 800 ₸ − қадам 1 ₸ = 799 ₸; минимум: 799 ₸ → 900 ₸.",
        "en        Rival Rival 800 ₸ − step 1 ₸ = 799 ₸; floor: 799 ₸ → 900 ₸.",
    ]
    assert DecisionRecord.rows.count() == 1


def test_where_nothing_is_published_it_says_why(product):
    recorded(product, 990)
    Product.rows.update(points=[{"id": "PP1", "yes": True, "stock": 0}])

    printed = run(product)

    assert "reason    sold_out" in printed
    assert not any(line.startswith("price") for line in printed)


def test_what_cannot_be_decided_is_said(product):
    with pytest.raises(CommandError, match="Nobody has looked"):
        run(product)
    Product.rows.update(floor=None, ceiling=None, step=None)
    with pytest.raises(CommandError, match="nothing is decided"):
        run(product)
    product.delete()
    product.pk = 0
    with pytest.raises(CommandError, match="no product 0"):
        run(product)
