import json
from datetime import timedelta

import pytest

from ai.models import Suggestion
from ai.tools.kit import ArgumentsWrong, Hands, use
from ai.tools.offered import TOOLS
from ai.words import Assistant, Language
from cube_demper.kernel.money import Money
from cube_demper.kernel.sealing import Secret
from kaspi.models import Order, OrderEntry
from products.models import Product
from tests.ai.making import make_conversation
from tests.factories import NOW, make_decision, make_market, make_product, make_store

pytestmark = pytest.mark.db


@pytest.fixture
def store(seller):
    return make_store(user=seller)


@pytest.fixture
def product(store):
    return make_product(store=store, market=make_market(), title="Термобелье Acme")


def hands_of(user, **fields):
    conversation = make_conversation(user=user)
    return Hands(user, conversation.pk, Language.RU, NOW, **fields)


def said_by(hands, name, assistant=Assistant.ACCOUNTANT, **arguments):
    """What a tool answers, out of its fence."""
    told = use(TOOLS[assistant], hands, name=name, arguments=json.dumps(arguments))
    return json.loads(told.split("\n")[1])


def make_order(store, *, phone="", **fields):
    order = Order.rows.create(
        store=store,
        kaspi_id=f"id-{fields.get('code', '1')}",
        **{"code": "1", "state": "NEW", "status": "ACCEPTED_BY_MERCHANT", **fields},
        total=Money.tenge(2000),
        delivery_cost=Money(0),
        buyer_phone=Secret(phone),
        placed_at=NOW - timedelta(days=1),
        first_read_at=NOW,
        read_at=NOW,
        changed_at=NOW,
    )
    OrderEntry.rows.create(
        order=order,
        kaspi_id="e",
        number=1,
        sku="SKU-1",
        title="Термобелье",
        quantity=2,
        price=Money.tenge(1000),
        total=Money.tenge(2000),
    )
    return order


def test_products_are_found_with_their_prices(seller, product):
    [found] = said_by(hands_of(seller), "find_products", query="термобелье")["products"]

    assert (found["product_id"], found["price"], found["floor"]) == (
        product.pk,
        "1 000 ₸",
        "900 ₸",
    )


def test_the_floor_is_that_of_the_pricing(seller):
    said = said_by(
        hands_of(seller),
        "floor_calculator",
        cost_tenge=6000,
        commission_percent="12.5",
        tax_percent="3",
        margin_percent="10",
    )

    assert said == {
        "lowest_price": "8 054 ₸",
        "commission": "1 006,75 ₸",
        "tax": "241,62 ₸",
        "returns": "0 ₸",
        "margin": "805,40 ₸",
    }


def test_a_loss_is_told_as_one(seller):
    said = said_by(
        hands_of(seller),
        "unit_economics",
        price_tenge=5000,
        cost_tenge=6000,
        commission_percent="10",
    )

    assert (said["profit_of_a_piece"], said["margin_percent"]) == ("-1 500 ₸", "-30.00")


def test_a_decision_is_explained_in_the_conversations_language(seller, product):
    make_decision(product=product, explanation={"ru": "На шаг ниже.", "en": "One step below."})

    said = said_by(hands_of(seller), "explain_decision", product_id=product.pk)

    assert (said["explanation"], said["wanted_price"]) == ("На шаг ниже.", "989 ₸")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("explain_decision", "decision-missing"),
        ("rivals", "offers-unknown"),
        ("price_history", None),
    ],
)
def test_what_is_not_known_is_told_so(seller, product, name, code):
    assert said_by(hands_of(seller), name, product_id=product.pk).get("error") == code


def test_sales_are_summed_up(seller, store):
    make_order(store, code="1")
    make_order(store, code="2")
    make_order(store, code="3", status="CANCELLED")

    said = said_by(hands_of(seller), "sales_summary", days=7)

    assert (said["orders"], said["pieces"], said["revenue"]) == (2, 4, "4 000 ₸")
    assert said["best"] == [
        {"sku": "SKU-1", "title": "Термобелье", "pieces": 4, "revenue": "4 000 ₸"}
    ]


def test_limits_are_told(seller, store):
    said = said_by(hands_of(seller), "limits")

    assert said["stores"][0]["of_at_most"] == 250
    assert said["assistants_this_month"]["spent"] == "0 ₸"


def test_a_suggestion_changes_nothing(seller, product):
    hands = hands_of(seller)

    said = said_by(
        hands, "suggest_corridor", product_id=product.pk, floor_tenge=950, ceiling_tenge=1400
    )

    suggestion = Suggestion.rows.get()
    assert (said["suggestion_id"], said["state"]) == (suggestion.pk, "open")
    assert suggestion.before == {"floor_tiyn": 90_000, "ceiling_tiyn": 150_000}
    assert Product.rows.get().floor == Money.tenge(900)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("nobody", "{}"),
        ("find_products", "{"),
        ("find_products", '{"query": ""}'),
        ("find_products", '{"query": "x", "user_id": 1}'),
        ("explain_decision", '{"product_id": "1"}'),
        ("unit_economics", '{"price_tenge": 1, "cost_tenge": 1, "commission_percent": "1e3"}'),
        ("unit_economics", '{"price_tenge": 1.5, "cost_tenge": 1, "commission_percent": "1"}'),
        ("sales_summary", '{"days": 1000}'),
    ],
)
def test_arguments_that_make_no_sense_are_refused(seller, name, arguments):
    with pytest.raises(ArgumentsWrong):
        use(TOOLS[Assistant.ACCOUNTANT], hands_of(seller), name=name, arguments=arguments)


@pytest.mark.parametrize(
    ("phone", "code"),
    [("77010000001", None), ("77010000002", "order-missing"), ("", "order-missing")],
)
def test_a_buyer_sees_the_orders_of_their_own_phone(seller, store, phone, code):
    make_order(store, code="555", phone="+7 701 000-00-01")
    hands = hands_of(seller, is_with_buyer=True, buyer_phone=phone)

    assert said_by(hands, "order_status", Assistant.SALESMAN, code="555").get("error") == code


def test_a_salesman_sees_what_buyers_see(seller, product):
    offers = said_by(hands_of(seller), "find_offers", Assistant.SALESMAN, query="термобелье")

    assert offers == {
        "offers": [{"title": "Термобелье Acme", "price": "1 000 ₸", "is_in_stock": True}]
    }


def test_a_salesman_lets_a_person_answer(seller):
    hands = hands_of(seller)

    said_by(hands, "hand_over", Assistant.SALESMAN)

    assert hands.is_handed_over is True
