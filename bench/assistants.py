"""Assistants asked what code can judge; how long they think before us; how fast laws are found.

Against the stand-in by default. With BENCH_REAL=1 the questions go, for real money, to the provider
of OPENAI_BASE_URL, OPENAI_API_KEY, OPENAI_MODEL and AI_PRICES; then the answers alone are judged.
"""

import os
import statistics
import time
from collections.abc import Callable
from typing import Any

from bench.assistant_tasks import TASKS, Task
from bench.servers import private_servers
from bench.table import show
from tests.ai.provider import KEY, LARGE, PRICES, Provider, providing

_LAW = """Статья 14. Обмен и возврат
Потребитель вправе вернуть товар надлежащего качества в течение четырнадцати (14) дней.
Статья 15. Гарантия
Продавец обязан принять товар ненадлежащего качества и провести проверку."""
_PASSAGES = int(os.environ.get("BENCH_PASSAGES", "50000"))
_STREAMS, _SEARCHES = 200, 200
_QUESTIONS = ("возврат товара надлежащего качества", "гарантия продавца", "срок проверки", "налог")


def measure() -> None:
    """Questions whose answers code judges; our share of the first word; laws among 50 000."""
    is_real = os.environ.get("BENCH_REAL") == "1"
    with private_servers() as addresses, providing() as provider:
        os.environ |= {
            **addresses,
            "DEMPER_ENV_FILES": "",
            "DJANGO_SETTINGS_MODULE": "cube_demper.settings",
            "SECRET_KEY": "a-key-for-benchmarks-that-protects-nothing",
            "ENCRYPTION_KEY": "dGhlLWtleS1vZi10aGUtdGVzdHMtcHJvdGVjdHMtbm8=",
            "ALLOWED_HOSTS": "testserver",
            "LOG_LEVEL": "ERROR",
            "REQUESTS_PER_MINUTE": "0",
        }
        import django  # noqa: PLC0415 -- its settings are known only now

        django.setup()
        rows = _measured(None if is_real else provider)
    show("assistants", rows)


def _measured(provider: Provider | None) -> list[tuple[str, str]]:
    from django.conf import settings  # noqa: PLC0415 -- read only now
    from django.core.management import call_command  # noqa: PLC0415 -- the same

    call_command("migrate", verbosity=0)
    settings.AI_MONTHLY_TIYN = settings.AI_DAILY_TIYN = 10**9
    if provider is not None:
        settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = provider.base_url, KEY
        settings.AI_MODELS = dict.fromkeys(("LAWYER", "ACCOUNTANT", "SALESMAN"), LARGE)
        settings.AI_PRICES = PRICES
    api, user = _seller()
    rows = [_judged(api, task, provider) for task in TASKS]
    if provider is not None:
        rows += [*_first_words(api, provider), *_searches(user)]
    return rows


def _seller() -> tuple[Any, Any]:
    """A seller with a shop, and a lawyer who has read a law."""
    from django.utils import timezone  # noqa: PLC0415 -- Django is set up only now
    from rest_framework.test import APIClient  # noqa: PLC0415 -- the same

    from ai.services import knowledge  # noqa: PLC0415 -- the same
    from ai.words import Language  # noqa: PLC0415 -- the same
    from tests.factories import (  # noqa: PLC0415 -- the same
        make_access_token,
        make_market,
        make_product,
        make_store,
        make_user,
    )

    user = make_user()
    make_product(store=make_store(user=user), market=make_market(), title="Термобелье Acme")
    knowledge.import_document(
        key="law",
        title="Закон",
        language=Language.RU,
        edition="",
        text=_LAW,
        now=timezone.now(),
    )
    api = APIClient()
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {make_access_token(user=user)}")
    return api, user


def _judged(api: Any, task: Task, provider: Provider | None) -> tuple[str, str]:
    if provider is not None:
        provider.forget()
        provider.script(*map(dict, task.steps))
    response = api.post("/ai/chat", {"assistant": task.assistant, "text": task.text})
    said = response.json()
    if response.status_code != 200:  # noqa: PLR2004 -- all is well
        return f"{task.assistant}: {task.name}", f"FAILED, {said['code']}"
    failed = [sentence for sentence, holds in task.checks.items() if not holds(said)]
    verdict = f"FAILED: not so that {'; '.join(failed)}" if failed else "right"
    return f"{task.assistant}: {task.name}", f"{verdict} ({len(task.checks)} checks)"


def _first_words(api: Any, provider: Provider) -> list[tuple[str, str]]:
    """From a question to the first word of its answer, and the same without us."""
    from ai.clients.openai_client import Config, OpenAIModel  # noqa: PLC0415 -- set up only now
    from ai.ports import Line, Question, Speaker  # noqa: PLC0415 -- the same

    provider.forget()
    model = OpenAIModel(Config(provider.base_url, KEY))
    question = Question([Line(Speaker.USER, "Сәлем")])

    def by_us() -> None:
        begun = time.perf_counter()
        answer = api.post(
            "/ai/chat",
            {"assistant": "accountant", "text": "Сәлем"},
            HTTP_ACCEPT="text/event-stream",
        )
        lines = iter(answer.streaming_content)
        next(line for line in lines if line.startswith(b"event: delta"))
        whole.append(time.perf_counter() - begun)
        list(lines)

    def directly() -> None:
        answer = model.answer(question, model=LARGE)
        next(answer)
        answer.close()

    whole: list[float] = []
    _times(by_us, _STREAMS)
    alone = _times(directly, _STREAMS)
    share = [one - statistics.median(alone) for one in whole]
    return [
        (f"to the first word, {_STREAMS} streams, without us, p50", _ms(alone, 50)),
        ("our own share of it, p50", _ms(share, 50)),
        ("p95", _ms(share, 95)),
    ]


def _searches(user: Any) -> list[tuple[str, str]]:
    from django.db import connection  # noqa: PLC0415 -- set up only now
    from django.utils import timezone  # noqa: PLC0415 -- the same

    from ai.services import knowledge  # noqa: PLC0415 -- the same

    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO ai_passage (document_id, number, article, text, vector, search)
            SELECT d.id, n, 'Статья ' || n, t, '[]', to_tsvector('russian', t)
            FROM ai_document d, generate_series(1000, 1000 + %s) n,
            LATERAL (SELECT (ARRAY['договор','поставка','аренда','пеня','банк','счет','склад'])
                [1 + n %% 7] || ' норма' || n || ' пункт' || n %% 997 || ' ' ||
                CASE WHEN n %% 40 = 0 THEN 'возврат товара' WHEN n %% 55 = 0
                THEN 'гарантия продавца' ELSE 'прочее условие' END || ' глава' || n %% 89 AS t) x
            """,
            [_PASSAGES],
        )
        cursor.execute("ANALYZE ai_passage")
    number = iter(range(10**9))

    def search() -> None:
        question = _QUESTIONS[next(number) % len(_QUESTIONS)]
        knowledge.search(question, user=user, now=timezone.now())

    found = _times(search, _SEARCHES)
    return [
        (f"a search among {_PASSAGES:,} passages, p50", _ms(found, 50)),
        ("p95", _ms(found, 95)),
    ]


def _times(act: Callable[[], None], times: int) -> list[float]:
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        act()
        taken.append(time.perf_counter() - begun)
    return taken


def _ms(taken: list[float], percent: int) -> str:
    return f"{statistics.quantiles(taken, n=100)[percent - 1] * 1000:.1f} ms"
