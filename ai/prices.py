"""What language models cost: whole tiyn for a million tokens, rounded up for each answer.

A provider answers under a dated name of the model (``large-2026-01-01`` for ``large``), so the
longest name of the table that it begins with holds.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ai.errors import ModelUnpriced
from ai.ports import Question, Usage
from cube_demper.kernel.money import Money

_MILLION = 1_000_000
_BYTES_A_TOKEN = 3  # an upper guess: Cyrillic takes two bytes a letter
_TOKENS_A_LINE = 8


@dataclass(frozen=True, slots=True)
class Price:
    """Tiyn for a million tokens of each kind."""

    prompt: int
    cached: int
    completion: int

    def of(self, usage: Usage) -> Money:
        """What an answer costs, rounded up to a whole tiyn."""
        parts = (
            self.prompt * (usage.prompt - usage.cached)
            + self.cached * usage.cached
            + self.completion * usage.completion
        )
        return Money(-(-parts // _MILLION))


def price_of(model: str, table: Mapping[str, Iterable[int]]) -> Price:
    """The price of a model. Raises ModelUnpriced: what has no price is not free."""
    fitting = [name for name in table if model == name or model.startswith(f"{name}-")]
    if not fitting:
        raise ModelUnpriced(f"Nobody has said what {model} costs.")
    return Price(*table[max(fitting, key=len)])


def tokens_in(text: str) -> int:
    """At most about so many tokens."""
    return -(-len(text.encode(errors="replace")) // _BYTES_A_TOKEN)


def most_usage(question: Question) -> Usage:
    """What answering a question may use at most, as far as can be told beforehand."""
    prompt = sum(_TOKENS_A_LINE + tokens_in(line.text) for line in question.lines)
    prompt += sum(tokens_in(call.arguments) for line in question.lines for call in line.tool_calls)
    prompt += sum(
        _TOKENS_A_LINE + tokens_in(f"{tool.name}{tool.description}{dict(tool.parameters)}")
        for tool in question.tools
    )
    return Usage(prompt=prompt, completion=question.most_tokens)
