"""What we ask of a language model, in our words.

Everything that crosses is frozen. What may be raised is in ``errors.py``: ModelBusy,
ModelAccountEmpty, ModelKeyRefused, ModelGone, ModelUnreachable, ModelSilent (nobody knows what it
cost), ModelBroken (the same), ContextTooLong and QuestionRefused.
"""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol


class Speaker(StrEnum):
    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"


class Finish(StrEnum):
    """Why a model stopped."""

    STOP = "stop"
    LENGTH = "length"
    TOOL_CALLS = "tool_calls"
    CONTENT_FILTER = "content_filter"


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool that a model wants used. ``arguments`` is what it wrote: JSON, or not."""

    id: str
    name: str
    arguments: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of what a model reads. ``answers`` is the call that a tool's line answers."""

    speaker: Speaker
    text: str = field(repr=False)
    tool_calls: tuple[ToolCall, ...] = ()
    answers: str = ""


@dataclass(frozen=True, slots=True)
class ToolOffer:
    """A tool as a model is told of it; ``parameters`` is a JSON schema."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """What a model is asked. ``asker`` is a keyed hash that tells the provider nothing."""

    lines: Sequence[Line]
    tools: Sequence[ToolOffer] = ()
    most_tokens: int = 1_000
    asker: str = ""
    cache_key: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one answer. ``cached`` are among ``prompt``, ``reasoning`` among ``completion``."""

    prompt: int = 0
    cached: int = 0
    completion: int = 0
    reasoning: int = 0


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of an answer's text."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Finished:
    """An answer's end. ``usage`` is ``None`` where none was told; ``model`` is who answered."""

    finish: Finish
    tool_calls: tuple[ToolCall, ...] = ()
    usage: Usage | None = None
    model: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Embedded:
    """Vectors of length one, in the order of the texts."""

    vectors: Sequence[Sequence[float]]
    usage: Usage


class LanguageModel(Protocol):
    """A provider. Every call is bounded in time and made once: whoever calls may repeat it."""

    def answer(self, question: Question, *, model: str) -> Generator[Delta | Finished]:
        """Answer piece by piece; ``Finished`` comes last. Closing the iterator ends the request."""

    def embed(self, texts: Sequence[str], *, model: str) -> Embedded:
        """Where texts lie among other texts."""

    def refuses(self, text: str, *, model: str) -> bool:
        """Whether the provider's moderation would not have a text answered."""
