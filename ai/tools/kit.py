"""What a tool is: a name, what a language model is told of it, typed arguments, and one call.

A tool acts as the seller of the conversation; whose that is comes from us, never from an argument.
None changes anything of a seller's: those that would only suggest.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Generic, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from accounts.models import User
from ai.fences import fenced
from ai.ports import ToolOffer
from ai.words import Language
from cube_demper.kernel.errors import DomainError
from cube_demper.kernel.money import Money

MOST_TEXT = 12_000  # letters of one tool's answer
Said = Mapping[str, Any]


class Arguments(BaseModel):
    """What a language model has to say. Nothing more, and nothing of another kind."""

    model_config = ConfigDict(extra="forbid", strict=True, str_max_length=2_000)


@dataclass(slots=True)
class Hands:
    """In whose name tools act, in which conversation, and what came of it besides their answers.

    ``buyer_phone`` is of whoever a salesman speaks to in WhatsApp, empty where the seller asks;
    ``store_ids`` are the stores it speaks for, and none where that is all. ``amounts`` are those
    that tools told, in tenge.
    """

    user: User
    conversation_id: int
    language: Language
    now: datetime
    is_with_buyer: bool = False
    buyer_phone: str = field(default="", repr=False)
    store_ids: tuple[int, ...] = ()
    amounts: set[int] = field(default_factory=set)
    sources: list[dict[str, Any]] = field(default_factory=list)
    is_handed_over: bool = False


A = TypeVar("A", bound=Arguments)


@dataclass(frozen=True, slots=True)
class Tool(Generic[A]):
    name: str
    description: str
    arguments: type[A]
    run: Callable[[Hands, A], Said]

    @property
    def offer(self) -> ToolOffer:
        return ToolOffer(self.name, self.description, _schema(self.arguments))


@cache
def _schema(arguments: type[Arguments]) -> Mapping[str, Any]:
    """Made once: making it takes longer than all else before a first word."""
    return arguments.model_json_schema()


class ArgumentsWrong(Exception):
    """What a model wrote does not fit its tool; the text says how, for the model."""


def use(tools: Sequence[Tool[Any]], hands: Hands, *, name: str, arguments: str) -> str:
    """Use a tool; give its answer for the model, fenced. Raises ArgumentsWrong.

    What is refused to the seller is told to the model in the same words.
    """
    tool = next((one for one in tools if one.name == name), None)
    if tool is None:
        raise ArgumentsWrong(f"There is no tool {name[:64]!r}.")
    try:
        given = tool.arguments.model_validate_json(arguments or "{}")
    except ValidationError as error:
        raise ArgumentsWrong(_explained(error)) from None
    try:
        said = tool.run(hands, given)
    except DomainError as error:
        said = {"error": error.code, "detail": error.detail}
    return fenced(orjson.dumps(said, default=str).decode()[:MOST_TEXT], source=tool.name)


def tenge(money: Money | None) -> str | None:
    """An amount as people read it: ``12 990 ₸``."""
    return None if money is None else str(money).replace("\u00a0", " ")


def _explained(error: ValidationError) -> str:
    faults = error.errors(include_input=False, include_url=False, include_context=False)
    told = (f"{'.'.join(map(str, one['loc'])) or 'arguments'}: {one['msg']}" for one in faults[:5])
    return "; ".join(told)
