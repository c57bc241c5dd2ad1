"""The lawyer's documents: split, kept, found again by their words and, with vectors, by meaning."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.conf import settings
from django.contrib.postgres.search import SearchQuery, SearchRank, SearchVector
from django.db import transaction
from django.db.models import F, QuerySet

from accounts.models import User
from ai import gateway, prices
from ai.models import Document, Passage
from ai.ports import Finish, Finished, Usage
from ai.services import budgets
from ai.services.budgets import Purse
from ai.words import Assistant, Language
from cube_demper.kernel.errors import DomainError

logger = structlog.get_logger("ai.knowledge")
_LONGEST = 1_600  # letters of a passage
_CANDIDATES, _GIVEN = 40, 6
_MOST_WORDS = 12
_AT_ONCE = 64  # texts embedded in one request
_ARTICLE = re.compile(
    r"^(?:#+\s*)?(?P<article>(?:Статья|Бап|Article)\s+\d+(?:-\d+)?|\d+(?:-\d+)?-бап)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w{2,}")
_CONFIGS = {Language.RU: "russian", Language.EN: "english"}  # PostgreSQL has none for Kazakh


@dataclass(frozen=True, slots=True)
class Found:
    """A passage on a topic, and where it stands."""

    passage_id: int
    document: str
    article: str
    text: str

    @property
    def source(self) -> dict[str, Any]:
        """How an answer cites it."""
        return {
            "passage_id": self.passage_id,
            "document": self.document,
            "article": self.article,
        }


def split(text: str) -> Iterator[tuple[str, str]]:
    """Give the passages of a text in their order, each with the article it stands in."""
    article, gathered = "", list[str]()
    for raw in text.splitlines():
        line = raw.strip()
        named = _ARTICLE.match(line)
        is_full = sum(map(len, gathered)) + len(line) > _LONGEST
        if gathered and (named or is_full):
            yield article, "\n".join(gathered)
            gathered = []
        if named:
            article = named["article"]
        while len(line) > _LONGEST:
            yield article, line[:_LONGEST]
            line = line[_LONGEST:]
        if line:
            gathered.append(line)
    if gathered:
        yield article, "\n".join(gathered)


def import_document(
    *, key: str, title: str, language: Language, edition: str, text: str, now: datetime
) -> int | None:
    """Keep a document in passages in place of an older edition; say how many they are.

    ``None`` where the same text is there already. Vectors come with it where a model is set.
    """
    digest = hashlib.sha256(text.encode()).hexdigest()
    if Document.objects.filter(key=key, digest=digest, title=title, edition=edition).exists():
        return None
    passages = list(split(text))
    vectors = _embedded([f"{title}. {article}\n{part}" for article, part in passages])
    told = {"title": title, "language": language, "edition": edition}
    with transaction.atomic():
        document, _ = Document.objects.update_or_create(
            key=key, defaults={**told, "digest": digest, "imported_at": now}
        )
        document.passages.all().delete()
        Passage.objects.bulk_create(
            Passage(
                document=document,
                number=number,
                article=article,
                text=part,
                vector=vectors[number] if vectors else [],
            )
            for number, (article, part) in enumerate(passages)
        )
        document.passages.update(
            search=SearchVector("article", "text", config=_CONFIGS.get(language, "simple"))
        )
    return len(passages)


def search(question: str, *, user: User, now: datetime) -> list[Found]:
    """The passages nearest to a question: those that share its words, then by meaning."""
    candidates = list(_by_words(question)[:_CANDIDATES])
    if settings.AI_EMBEDDING_MODEL and len(candidates) > _GIVEN:
        vector = _vector_of(question, user=user, now=now)
        if vector:
            candidates.sort(key=lambda one: -_nearness(vector, one.vector))
    return [Found(one.pk, one.document.title, one.article, one.text) for one in candidates[:_GIVEN]]


def _by_words(question: str) -> "QuerySet[Passage]":
    words = sorted(set(_WORD.findall(question)), key=len, reverse=True)[:_MOST_WORDS]
    if not words:
        return Passage.objects.none()
    asked = " | ".join(words)
    query = SearchQuery(asked, search_type="raw", config="russian")
    query = query | SearchQuery(asked, search_type="raw", config="simple")
    found = Passage.objects.select_related("document").filter(search=query)
    return found.annotate(rank=SearchRank(F("search"), query)).order_by("-rank", "pk")


def _nearness(vector: Sequence[float], other: Sequence[float]) -> float:
    if len(vector) != len(other):
        return -1.0
    return sum(a * b for a, b in zip(vector, other, strict=True))


def _embedded(texts: Sequence[str]) -> list[list[float]]:
    """Vectors of a document's passages; none where no model is set. On the house's own bill."""
    model = settings.AI_EMBEDDING_MODEL
    if not model:
        return []
    vectors: list[list[float]] = []
    for start in range(0, len(texts), _AT_ONCE):
        said = gateway.provider().embed(texts[start : start + _AT_ONCE], model=model)
        vectors += [list(vector) for vector in said.vectors]
    return vectors


def _vector_of(question: str, *, user: User, now: datetime) -> Sequence[float]:
    """Where a question lies; nowhere if that can't be told, and words have to do."""
    model = settings.AI_EMBEDDING_MODEL
    purse = Purse(user, Assistant.LAWYER, "embedding")
    most = Usage(prompt=prices.tokens_in(question))
    cap = budgets.monthly_cap(user)
    try:
        price = prices.price_of(model, settings.AI_PRICES)
        call = budgets.reserve(purse, model=model, price=price, usage=most, cap=cap, now=now)
    except DomainError as trouble:
        logger.warning("ai.embedding.missing", code=trouble.code)
        return ()
    try:
        said = gateway.provider().embed([question], model=model)
    except DomainError as trouble:
        budgets.lose(call, delivered=Usage(), error=trouble.code, now=now)
        logger.warning("ai.embedding.missing", code=trouble.code)
        return ()
    budgets.settle(call, Finished(Finish.STOP, usage=said.usage, model=model), now=now)
    return said.vectors[0]
