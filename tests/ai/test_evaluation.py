"""The evaluation of assistants, at the stand-in: every task passes, and every check can fail."""

import pytest

from ai.services import knowledge
from ai.words import Language
from bench.assistant_tasks import TASKS
from tests.factories import NOW, make_market, make_product, make_store

LAW = "Статья 14. Возврат\nТовар надлежащего качества можно вернуть в течение 14 дней."
WRONG = {"text": "", "tools": ["suggest_corridor"], "sources": []}
PROMISING = {**WRONG, "text": "Штраф 100 МРП: скидка 50 %, 500 ₸. Бағасы көп. Это верно."}


@pytest.mark.db
@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_a_task_is_done_right(api, seller, provider, task):
    make_product(store=make_store(user=seller), market=make_market(), title="Термобелье Acme")
    knowledge.import_document(
        key="law", title="Закон", language=Language.RU, edition="", text=LAW, now=NOW
    )
    provider.script(*map(dict, task.steps))

    said = api.post("/ai/chat", {"assistant": task.assistant, "text": task.text}).json()

    assert [sentence for sentence, holds in task.checks.items() if not holds(said)] == []


@pytest.mark.unit
@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_every_check_can_fail(task):
    passing = [
        sentence for sentence, holds in task.checks.items() if holds(WRONG) and holds(PROMISING)
    ]

    assert passing == []
