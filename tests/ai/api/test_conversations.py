from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from ai.models import Conversation, Message, MessageState, ModelCall, Opinion, Suggestion
from ai.services import conversations
from cube_demper.kernel.money import Money
from products.models import Product
from tests.ai.making import make_answer, make_conversation, make_suggestion
from tests.factories import NOW, make_market, make_product, make_store

pytestmark = pytest.mark.db


@pytest.fixture
def talk(seller):
    return make_conversation(user=seller)


@pytest.fixture
def product(seller):
    return make_product(store=make_store(user=seller), market=make_market())


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize(
    ("path", "queries"),
    [("conversations", 2), ("conversations/{}/messages", 3), ("suggestions", 2)],
)
def test_the_queries_of_a_list_do_not_grow(
    api, seller, talk, product, path, queries, number, django_assert_num_queries
):
    for _ in range(number):
        make_answer(conversation=talk, state=MessageState.DONE)
        make_suggestion(conversation=talk, product=product)
    for _ in range(number - 1):
        make_conversation(user=seller)

    with django_assert_num_queries(queries):
        response = api.get(f"/ai/{path.format(talk.pk)}")

    assert len(response.json()["results"]) == number


def test_a_conversation_is_renamed_and_erased_with_all_that_was_said(api, talk):
    make_answer(conversation=talk, state=MessageState.DONE)

    renamed = api.patch(f"/ai/conversations/{talk.pk}", {"title": "Возврат"})
    erased = api.delete(f"/ai/conversations/{talk.pk}")

    assert (renamed.json()["title"], erased.status_code) == ("Возврат", 204)
    assert (Conversation.rows.count(), Message.rows.count()) == (0, 0)
    assert set(AuditEntry.rows.values_list("action", flat=True)) == {
        "conversation.renamed",
        "conversation.deleted",
    }


def test_an_answer_is_judged_and_the_judgement_taken_back(api, talk):
    answer = make_answer(conversation=talk, state=MessageState.DONE)
    path = f"/ai/conversations/{talk.pk}/messages/{answer.pk}/feedback"

    bad = api.post(path, {"opinion": "bad", "remark": "Не о том"})
    kept = Message.rows.get()
    none = api.post(path, {"opinion": "none"})

    assert (bad.json()["opinion"], none.json()["opinion"]) == ("bad", "none")
    assert (kept.opinion, kept.remark) == (Opinion.BAD, "Не о том")


def test_where_nothing_runs_nothing_is_stopped(api, talk):
    response = api.post(f"/ai/conversations/{talk.pk}/stop")

    assert (response.status_code, response.json()["code"]) == (409, "nothing-running")


def test_a_message_of_another_conversation_is_not_there(api, seller, talk):
    elsewhere = make_answer(conversation=make_conversation(user=seller))

    response = api.post(
        f"/ai/conversations/{talk.pk}/messages/{elsewhere.pk}/feedback", {"opinion": "good"}
    )

    assert (response.status_code, response.json()["code"]) == (404, "message-missing")


def test_conversations_nobody_used_for_long_are_erased(seller, settings):
    settings.AI_KEPT_DAYS = 30
    make_conversation(user=seller, used_at=NOW - timedelta(days=31))
    kept = make_conversation(user=seller, used_at=NOW - timedelta(days=29))

    erased = conversations.forget_unused(now=NOW)

    assert (erased, list(Conversation.rows.all())) == (1, [kept])
    assert not ModelCall.rows.exists()


def test_the_allowance_says_what_is_left_and_until_when(api, settings):
    settings.AI_MONTHLY_TIYN = 150_000

    said = api.get("/ai/allowance").json()

    assert (said["cap_tiyn"], said["spent_tiyn"], said["reserved_tiyn"]) == (150_000, 0, 0)
    assert said["resets_at"].endswith("+05:00") or said["resets_at"].endswith("Z")


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"is_paused": True}, {"is_paused": True}),
        (
            {"floor_tiyn": 95_000, "ceiling_tiyn": 140_000},
            {"floor": Money(95_000), "ceiling": Money(140_000)},
        ),
    ],
)
def test_a_suggestion_is_done_when_its_seller_confirms_it(api, talk, product, changes, fields):
    suggestion = make_suggestion(
        conversation=talk, product=product, changes=changes, made_at=timezone.now()
    )

    response = api.post(f"/ai/suggestions/{suggestion.pk}/confirm")
    again = api.post(f"/ai/suggestions/{suggestion.pk}/confirm")

    product.refresh_from_db()
    assert (response.status_code, response.json()["state"]) == (200, "confirmed")
    assert {name: getattr(product, name) for name in fields} == fields
    assert (again.status_code, again.json()["code"]) == (409, "suggestion-settled")


def test_a_suggestion_that_is_declined_changes_nothing(api, talk, product):
    suggestion = make_suggestion(conversation=talk, product=product, made_at=timezone.now())

    response = api.post(f"/ai/suggestions/{suggestion.pk}/decline")

    assert response.json()["state"] == "declined"
    assert Product.rows.get().is_paused is False


def test_a_suggestion_is_good_for_a_day(api, talk, product):
    suggestion = make_suggestion(conversation=talk, product=product, made_at=NOW)

    response = api.post(f"/ai/suggestions/{suggestion.pk}/confirm")

    assert (response.status_code, response.json()["code"]) == (409, "suggestion-settled")
    assert Suggestion.rows.get().state == "OPEN"
