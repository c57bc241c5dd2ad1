from pathlib import Path

import pytest

from ai.clients.openai_client import Config, OpenAIModel
from ai.clients.payloads import request_of
from ai.errors import (
    ContextTooLong,
    ModelAccountEmpty,
    ModelBroken,
    ModelBusy,
    ModelGone,
    ModelKeyRefused,
    ModelSilent,
    ModelUnreachable,
    QuestionRefused,
)
from ai.ports import Delta, Finish, Finished, Line, Question, Speaker, ToolCall, ToolOffer, Usage
from tests.ai.provider import KEY, LARGE
from tests.sandbox.openai.contract import Contract

pytestmark = pytest.mark.db
HELLO = Question([Line(Speaker.SYSTEM, "Answer."), Line(Speaker.USER, "Сәлем")])
TOOL = ToolOffer("find", "Find products.", {"type": "object", "properties": {}})
CALL = ToolCall("call_1", "find", '{"query": "x"}')
TALK = [
    *HELLO.lines,
    Line(Speaker.ASSISTANT, "", (CALL,)),
    Line(Speaker.TOOL, "none", answers="call_1"),
    Line(Speaker.ASSISTANT, "Nothing found."),
    Line(Speaker.USER, "Thanks"),
]


@pytest.fixture
def model(provider):
    return OpenAIModel(Config(provider.base_url, KEY, silence_s=0.5, answer_s=5))


def ask(model, question=HELLO, name=LARGE):
    return list(model.answer(question, model=name))


def test_an_answer_comes_piece_by_piece_and_ends_with_its_usage(provider, model):
    provider.script(
        {"text": "Саламатсыз ба!", "usage": {"prompt": 50, "cached": 20, "completion": 9}}
    )

    *deltas, end = ask(model)

    assert deltas == [Delta("Саламатсыз"), Delta(" ба!")]
    assert end == Finished(
        Finish.STOP, (), Usage(50, 20, 9, 0), f"{LARGE}-2026-01-01", end.request_id
    )


def test_tools_that_are_called_come_whole(provider, model):
    arguments = '{"query": "термобелье", "most": 3}'
    provider.script({"tool_calls": [{"name": "find", "arguments": arguments}] * 2})

    [end] = ask(model, Question(HELLO.lines, [TOOL]))

    assert end.finish is Finish.TOOL_CALLS
    assert [(call.name, call.arguments) for call in end.tool_calls] == [("find", arguments)] * 2


@pytest.mark.parametrize(
    ("step", "error"),
    [
        ({"fault": "rate_limit_exceeded", "retry_after_s": 7}, ModelBusy),
        ({"fault": "insufficient_quota"}, ModelAccountEmpty),
        ({"fault": "invalid_api_key"}, ModelKeyRefused),
        ({"fault": "model_not_found"}, ModelGone),
        ({"fault": "context_length_exceeded"}, ContextTooLong),
        ({"fault": "server_error"}, ModelUnreachable),
        ({"fault": "overloaded"}, ModelUnreachable),
        ({"fault": "reset"}, ModelUnreachable),
        ({"fault": "hang", "delay_s": 0.9}, ModelSilent),
        ({"fault": "broken", "text": "one two three four"}, ModelBroken),
        ({"fault": "plain", "text": "all at once"}, ModelBroken),
        ({"fault": "garbled", "text": "x"}, ModelBroken),
    ],
    ids=lambda value: value["fault"] if isinstance(value, dict) else "",
)
def test_what_goes_wrong_is_said_in_our_words(provider, model, step, error):
    provider.script(step)

    with pytest.raises(error):
        ask(model)


def test_a_question_that_makes_no_sense_to_the_provider_is_refused(model):
    odd = Question([Line(Speaker.TOOL, "nobody asked", answers="call_9")])

    with pytest.raises(QuestionRefused):
        ask(model, odd)


def test_an_answer_that_never_ends_is_given_up(provider):
    model = OpenAIModel(Config(provider.base_url, KEY, silence_s=1, answer_s=0.05))
    provider.change(chunk_s=0.03)
    provider.script({"text": "on " * 100})

    with pytest.raises(ModelSilent):
        ask(model)


def test_nobody_listens_at_an_address():
    with pytest.raises(ModelUnreachable):
        ask(OpenAIModel(Config("http://127.0.0.1:9/v1", KEY)))


def test_who_stops_reading_ends_the_request(provider, model):
    provider.change(chunk_s=0.02)
    provider.script({"text": "on " * 500})
    answer = model.answer(HELLO, model=LARGE)
    next(answer)

    answer.close()

    provider.waits_until_idle()


def test_usage_that_is_not_told_is_not_made_up(provider, model):
    provider.script({"text": "x", "fault": "silent"})

    assert ask(model)[-1].usage is None


def test_texts_are_embedded_in_their_order(model):
    said = model.embed(["возврат товара", "аренда"], model="sandbox-embedding")

    assert (len(said.vectors), len(said.vectors[0])) == (2, 256)
    assert said.usage.prompt > 0


@pytest.mark.parametrize(("text", "is_refused"), [("hello", False), ("forbidden-word", True)])
def test_moderation_says_what_is_not_answered(model, text, is_refused):
    assert model.refuses(text, model="sandbox-moderation") is is_refused


@pytest.mark.parametrize(
    "question",
    [
        HELLO,
        Question(HELLO.lines, [TOOL], most_tokens=16, asker="a" * 64, cache_key="LAWYER:1"),
        Question(TALK, [TOOL]),
    ],
    ids=["plain", "everything", "with tools in it"],
)
def test_our_requests_are_as_the_provider_describes_them(shared_folder: Path, question):
    path = shared_folder / "contracts" / "openai-openapi.json"
    if not path.exists():
        pytest.skip(f"no {path.name} beside the project")

    Contract(path).judge("CreateChatCompletionRequest", request_of(question, model=LARGE))
