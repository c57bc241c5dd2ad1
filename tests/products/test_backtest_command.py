"""`manage.py backtest`: a product's past by other rules, printed."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from cube_demper.kernel.money import Money
from products.engine.model import Looked
from products.pricing.model import Rival
from products.services.tape import changed_pages, write_tape
from tests.factories import make_market, make_product, make_store

pytestmark = pytest.mark.db


@pytest.fixture
def product(seller):
    return make_product(store=make_store(user=seller), market=make_market())


def see(product, *prices, days_ago):
    offers = tuple(Rival(f"{n}", f"{n}", Money.tenge(price)) for n, price in enumerate(prices))
    write_tape(
        changed_pages([Looked(product.market_id, offers, (), cheapest=None, offer_count=0)]),
        now=timezone.now() - timedelta(days=days_ago),
    )


def run(product, *arguments):
    out = StringIO()
    call_command("backtest", str(product.pk), *arguments, stdout=out)
    return out.getvalue().replace("\u00a0", " ").splitlines()


def test_it_prints_how_the_rules_did_and_a_chart(product):
    see(product, 990, days_ago=4)
    see(product, 950, days_ago=2)

    printed = run(product)

    assert printed[:6] == [
        "seen           4.00 days",
        "first          100.00 % of the time",
        "at the floor   0.00 %",
        "unpublished    0.00 %",
        "average price  969 ₸",
        "left a piece   no costs stated",
    ]
    assert [line.endswith(mark) for line, mark in zip(printed[-2:], ("o", "o"), strict=True)]
    assert len([line for line in printed if "|" in line]) == 2


def test_another_strategy_is_tried_without_being_kept(product):
    see(product, 990, days_ago=4)

    printed = run(product, "--strategy", "match_first", "--days", "3")

    assert printed[0] == "seen           3.00 days"
    assert "first          0.00 % of the time" in printed
    product.refresh_from_db()
    assert product.rules == {}


def test_what_cannot_be_replayed_is_said(product):
    with pytest.raises(CommandError, match="Too little was seen"):
        run(product)
    with pytest.raises(CommandError, match="1 to 30 days"):
        run(product, "--days", "31")
    product.pk = 0
    with pytest.raises(CommandError, match="no product 0"):
        run(product)
