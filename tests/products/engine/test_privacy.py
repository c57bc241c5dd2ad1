"""One seller's private numbers never move another's price.

Two sellers on one card. Whatever the one keeps to himself (his rules, his floor of costs, his
shops, his stock, his wars), the other's verdict is the same to the byte.
"""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from products.engine.look import look
from products.engine.model import Watch, WatchedProduct
from products.pricing.rules import Rules
from tests.products.engine.fakes import ALMATY, FakeStorefront, a_corridor, an_offer
from tests.products.pricing.situations import LAWS, NOON, memories, rules

pytestmark = pytest.mark.unit
ADA, BEN = "A", "B"
offers = st.lists(
    st.builds(
        an_offer, st.integers(100, 3000), merchant_id=st.sampled_from([ADA, BEN, "C", "D", "E"])
    ),
    max_size=8,
)
shops = st.frozensets(st.sampled_from([ADA, "C", "D"])).map(lambda some: some | {ADA})


def sellers(merchant_id, own):
    return st.builds(
        lambda rules, memory, own: WatchedProduct(
            1 if merchant_id == ADA else 2, merchant_id, own, rules.corridor, rules, memory
        ),
        rules,
        memories,
        own,
    )


def verdict_about_ben(on_the_card, *products):
    watch = Watch(1, "card-1", ALMATY, products)
    storefront = FakeStorefront({"card-1": on_the_card})

    looked = asyncio.run(look(watch, storefront=storefront, at=NOON))

    [ben] = [verdict for verdict in looked.verdicts if verdict.product.merchant_id == BEN]
    return repr((ben.decision, ben.memory, ben.shown))


@LAWS
@given(offers, sellers(BEN, st.just(frozenset({BEN}))), *[sellers(ADA, shops)] * 2)
def test_whatever_another_seller_keeps_to_himself_changes_nothing(on_the_card, ben, ada, other):
    told = verdict_about_ben(on_the_card, ben)

    assert verdict_about_ben(on_the_card, ada, ben) == told
    assert verdict_about_ben(on_the_card, other, ben) == told
    assert verdict_about_ben(on_the_card, ben, ada, other) == told


@pytest.mark.parametrize(("theirs", "price"), [(1200, 1199), (1300, 1299)])
def test_what_another_seller_shows_to_everybody_does_matter(theirs, price):
    ben = WatchedProduct(2, BEN, frozenset({BEN}), a_corridor(), Rules(a_corridor()))

    told = verdict_about_ben([an_offer(theirs, merchant_id=ADA)], ben)

    assert f"price=Money(tiyn={price}00)" in told
