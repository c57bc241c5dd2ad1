"""Admin pages of the assistants."""

import pytest

from ai.models import MessageState
from ai.ports import Usage
from ai.prices import Price
from ai.services import budgets, knowledge
from ai.services.budgets import Purse
from ai.words import Assistant, Language
from cube_demper.kernel.money import Money
from tests.ai.making import make_answer, make_conversation, make_suggestion
from tests.factories import NOW, make_market, make_product, make_store

pytestmark = pytest.mark.db
PAGES = {
    "modelcall": 5,
    "monthspending": 4,
    "dayspending": 4,
    "conversation": 4,
    "message": 5,
    "suggestion": 4,
    "document": 4,
}


@pytest.fixture
def things(seller):
    product = make_product(store=make_store(user=seller), market=make_market())

    def make(number):
        for count in range(number):
            talk = make_conversation(user=seller, title="тайна")
            make_answer(conversation=talk, state=MessageState.DONE, text="тайна")
            make_suggestion(conversation=talk, product=product)
            budgets.reserve(
                Purse(seller, Assistant.LAWYER, "answer"),
                model="large",
                price=Price(1, 1, 1),
                usage=Usage(),
                cap=Money(10),
                now=NOW,
            )
            knowledge.import_document(
                key=f"law-{count}",
                title="Law",
                language=Language.RU,
                edition="",
                text="Статья 1",
                now=NOW,
            )

    return make


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize(("page", "queries"), PAGES.items())
def test_a_list_costs_the_same_number_of_queries_whatever_its_length(
    admin_site, things, page, queries, number, django_assert_num_queries
):
    things(number)

    with django_assert_num_queries(queries):
        response = admin_site.get(f"/admin/ai/{page}/")

    assert response.status_code == 200
    assert "тайна" not in response.content.decode()
