import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai.errors import ModelUnpriced
from ai.ports import Line, Question, Speaker, ToolOffer, Usage
from ai.prices import Price, most_usage, price_of, tokens_in
from cube_demper.kernel.money import Money

pytestmark = pytest.mark.unit
TABLE = {"large": [100_000, 25_000, 400_000], "large-mini": [1, 1, 1]}
amounts = st.integers(0, 10**7)


@pytest.mark.parametrize(
    ("usage", "tiyn"),
    [
        (Usage(), 0),
        (Usage(prompt=1), 1),
        (Usage(prompt=1_000_000), 100_000),
        (Usage(prompt=1_000_000, cached=1_000_000), 25_000),
        (Usage(prompt=10, completion=10), 5),
        (Usage(prompt=11, completion=10), 6),
    ],
)
def test_an_answer_costs_whole_tiyn_rounded_up(usage, tiyn):
    assert price_of("large", TABLE).of(usage) == Money(tiyn)


@pytest.mark.parametrize(
    ("model", "prompt"), [("large-2026-01-01", 100_000), ("large-mini-2026-01-01", 1)]
)
def test_a_dated_name_has_the_price_of_the_longest_name_it_begins_with(model, prompt):
    assert price_of(model, TABLE).prompt == prompt


@pytest.mark.parametrize("model", ["larger", "small", ""])
def test_what_has_no_price_is_not_free(model):
    with pytest.raises(ModelUnpriced):
        price_of(model, TABLE)


@given(amounts, amounts, st.integers(0, 10**6), st.integers(0, 10**6))
def test_more_tokens_never_cost_less(prompt, completion, more, cached):
    price = Price(100_000, 25_000, 400_000)
    used = Usage(prompt, min(cached, prompt), completion)
    longer = Usage(prompt + more, used.cached, completion)

    assert price.of(longer) >= price.of(used)


def test_what_may_be_used_at_most_counts_tools_and_the_whole_answer():
    tool = ToolOffer("find", "Find.", {"type": "object"})
    line = Line(Speaker.USER, "Сәлем")

    bare, with_tool = (most_usage(Question([line], tools, 40)) for tools in ([], [tool]))

    assert bare == Usage(prompt=8 + tokens_in("Сәлем"), completion=40)
    assert with_tool.prompt > bare.prompt
