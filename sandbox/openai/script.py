"""What the stand-in is to answer next: steps in a row, each for one request, and how it behaves.

A step without ``when`` is for the next request; one with it waits for a request whose latest text
of a user holds these words. Without a step, the stand-in says back what it was told.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Final

# What goes wrong instead of an answer: code → (status, type, message).
REFUSALS: Final[Mapping[str, tuple[int, str, str]]] = {
    "rate_limit_exceeded": (429, "requests", "Rate limit reached for requests."),
    "insufficient_quota": (429, "insufficient_quota", "You exceeded your current quota."),
    "invalid_api_key": (401, "invalid_request_error", "Incorrect API key provided."),
    "model_not_found": (404, "invalid_request_error", "The model does not exist."),
    "context_length_exceeded": (400, "invalid_request_error", "The context is too long."),
    "server_error": (500, "server_error", "The server had an error."),
    "overloaded": (503, "server_error", "The engine is currently overloaded."),
}
# What goes wrong with the answer itself. ``broken`` ends a stream in its middle, ``plain`` answers
# a stream with ordinary JSON, ``silent`` sends no usage, ``hang`` answers nothing for ``delay_s``.
MISHAPS: Final = ("broken", "plain", "silent", "hang", "reset", "garbled")


class BadOrder(ValueError):
    """An order that makes no sense; the text is one sentence."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    name: str
    arguments: str


@dataclass(slots=True)
class Step:
    """One answer. ``{tool}`` and ``{user}`` in the text stand for what was said last by them."""

    text: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    refusal: str = ""
    finish_reason: str = ""
    fault: str = ""
    after_chunks: int = 1
    delay_s: float = 0.0
    retry_after_s: float | None = None
    usage: dict[str, int] = field(default_factory=dict)
    when: str = ""
    times: int = 1


@dataclass(slots=True)
class Switches:
    """How the stand-in behaves until told otherwise; a limit of 0 is none."""

    first_s: float = 0.0
    chunk_s: float = 0.0
    requests_per_minute: int = 0
    offers_moderation: bool = True


@dataclass(slots=True)
class Script:
    steps: list[Step] = field(default_factory=list)

    def take(self, said: str) -> Step | None:
        """The step for a request, used up by it."""
        for step in self.steps:
            if step.when.casefold() in said.casefold():
                step.times -= 1
                if step.times <= 0:
                    self.steps.remove(step)
                return step
        return None

    def listed(self) -> list[dict[str, Any]]:
        return [asdict(step) for step in self.steps]


def read_step(order: Any) -> Step:
    """Understand an ordered step. Raises BadOrder."""
    if not isinstance(order, dict):
        raise BadOrder("A step is an object.")
    unknown = set(order) - {one.name for one in fields(Step)}
    if unknown:
        raise BadOrder(f"A step has no {', '.join(sorted(unknown))}.")
    step = Step(**{**order, "tool_calls": tuple(map(_tool_call, order.get("tool_calls", ())))})
    if step.fault and step.fault not in {*REFUSALS, *MISHAPS}:
        raise BadOrder(f"fault is one of {', '.join((*REFUSALS, *MISHAPS))}.")
    if type(step.times) is not int or step.times < 1:
        raise BadOrder("times is a whole number above zero.")
    return step


def change(switches: Switches, order: Mapping[str, Any]) -> None:
    """Set switches. Raises BadOrder for one that is not there or of another kind."""
    for name, value in order.items():
        now = getattr(switches, name, None)
        is_fit = isinstance(value, bool) if isinstance(now, bool) else _is_amount(value)
        if now is None or not is_fit:
            raise BadOrder(f"{name} can't be set to {value!r}.")
        setattr(switches, name, value)


def _tool_call(order: Any) -> ToolCall:
    if not isinstance(order, dict) or not isinstance(order.get("arguments"), str):
        raise BadOrder("A tool call has a name, and arguments as a text.")
    return ToolCall(str(order.get("name")), order["arguments"])


def _is_amount(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
