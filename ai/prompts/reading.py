"""Prompts: reviewed files, one for each assistant and language, whose first line has a version."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ai.words import Assistant, Language

_HERE = Path(__file__).parent
_FIRST = re.compile(r"<!-- version (\d+) -->\n")


@dataclass(frozen=True, slots=True)
class Prompt:
    """What an assistant is told first. ``name`` is kept with each answer: ``lawyer.ru@1``."""

    name: str
    text: str


@cache
def prompt_of(assistant: Assistant, language: Language) -> Prompt:
    """The prompt of an assistant in a language."""
    named = f"{assistant.value.lower()}.{language.value}"
    whole = (_HERE / f"{named}.md").read_text(encoding="utf-8")
    version = _FIRST.match(whole)
    if version is None:
        raise ValueError(f"{named}.md does not begin with its version")
    return Prompt(f"{named}@{version[1]}", whole[version.end() :].strip())
