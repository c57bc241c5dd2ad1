"""Words that are found however they are written: Russian, Kazakh or Latin letters, small or large.

Both what is searched and what is asked are spelt in Latin letters first, so that «Қазан» is found
by "казан" and «кроссовки» by "krossovki"; that also makes trigrams independent of the database's
locale, some of which know no Cyrillic.
"""

from typing import Any

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import F, Q, QuerySet, TextField, Value
from django.db.models.expressions import Func
from django.db.models.functions import Concat, Lower
from django.db.models.lookups import GreaterThanOrEqual

_CYRILLIC = "абвгдеёжзийклмнопрстуфхцчшщыэюяәғқңөұүһі"
_LATIN = "abvgdeejziiklmnoprstufhccwwyeuaagknouuhi"
_SILENT = "ъьЪЬ"
LETTERS = _CYRILLIC + _CYRILLIC.upper()
SPELT = _LATIN * 2
_TABLE = str.maketrans(LETTERS, SPELT, _SILENT)
_MOST_WORDS = 8
_FUZZY_FROM = 4  # letters: shorter words are like too many others
_LIKE_ENOUGH = 0.45  # two letters of eight may be wrong


class Translate(Func):
    """Letter by letter; letters without a counterpart are dropped."""

    function = "TRANSLATE"


def spelt(*columns: str) -> Any:
    """The expression of a column that holds what is searched."""
    words: list[Any] = [part for column in columns for part in (F(column), Value(" "))]
    text = Concat(*words, output_field=TextField())
    letters = (Value(LETTERS + _SILENT), Value(SPELT))
    return Lower(Translate(text, *letters, output_field=TextField()))


def words_of(question: str) -> list[str]:
    """What a person typed, as it is searched for."""
    return question.translate(_TABLE).lower().split()[:_MOST_WORDS]


def found(rows: "QuerySet[Any]", question: str) -> "QuerySet[Any]":
    """Those of the rows whose ``search`` holds every word; if none does, words much like them."""
    words = words_of(question)
    exact = rows
    for word in words:
        exact = exact.filter(search__contains=word)
    if not words or exact.exists():
        return exact
    for word in words:
        is_held = Q(search__contains=word)
        if len(word) >= _FUZZY_FROM and word.isalpha():
            is_held |= Q(GreaterThanOrEqual(TrigramWordSimilarity(word, "search"), _LIKE_ENOUGH))
        rows = rows.filter(is_held)
    return rows
