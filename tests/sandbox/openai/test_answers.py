"""What the stand-in answers is what the provider's description says."""

import asyncio
import base64
import struct
from typing import Any

import aiohttp
import pytest

from tests.sandbox.openai.visitor import Visitor

pytestmark = pytest.mark.db
CALL = {"name": "find_products", "arguments": '{"query": "термобелье"}'}


@pytest.mark.parametrize(
    "step",
    [
        {"text": "Сәлем! {user}"},
        {"tool_calls": [CALL, CALL]},
        {"refusal": "I can't help with that."},
        {"text": "cut", "finish_reason": "length"},
        {"text": "x", "usage": {"cached": 128, "reasoning": 7, "completion": 20}},
    ],
    ids=["text", "tools", "refusal", "cut", "usage"],
)
async def test_an_answer_is_as_described_whole_and_in_parts(visitor: Visitor, description, step):
    await visitor.script({**step, "times": 2})

    status, whole = await visitor.chat()
    *parts, end = await visitor.stream(stream_options={"include_usage": True})

    assert (status, end) == (200, "[DONE]")
    description.judge("CreateChatCompletionResponse", whole)
    for part in parts:
        description.judge("CreateChatCompletionStreamResponse", part)
    said = "".join(one["choices"][0]["delta"].get("content") or "" for one in parts[:-1])
    assert said == (whole["choices"][0]["message"]["content"] or "")
    assert parts[-1]["choices"] == []
    assert parts[-1]["usage"]["completion_tokens"] == whole["usage"]["completion_tokens"]


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ("rate_limit_exceeded", 429),
        ("insufficient_quota", 429),
        ("model_not_found", 404),
        ("context_length_exceeded", 400),
        ("server_error", 500),
        ("overloaded", 503),
    ],
)
async def test_a_refusal_is_as_described(visitor: Visitor, description, fault, status):
    await visitor.script({"fault": fault})

    answered, body = await visitor.chat()

    description.judge("ErrorResponse", body)
    assert (answered, body["error"]["code"]) == (status, fault)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"model": "gone"}, 404),
        ({"model": 7}, 400),
        ({"messages": []}, 400),
        ({"messages": [{"role": "king", "content": "x"}]}, 400),
        ({"messages": [{"role": "tool", "content": "x", "tool_call_id": "nobody's"}]}, 400),
        ({"key": "wrong"}, 401),
    ],
    ids=["model gone", "no model", "nothing said", "wrong role", "no such call", "wrong key"],
)
async def test_what_is_wrong_with_a_request_is_said(visitor: Visitor, description, body, status):
    answered, said = await visitor.chat(**body)

    description.judge("ErrorResponse", said)
    assert answered == status


async def test_without_being_asked_for_it_a_stream_tells_no_usage(visitor: Visitor):
    *parts, _ = await visitor.stream()

    assert [one for one in parts if "usage" in one] == []


async def test_a_broken_stream_ends_without_a_word(visitor: Visitor):
    await visitor.script({"text": "one two three", "fault": "broken"})

    with pytest.raises(aiohttp.ClientError):
        await visitor.stream()


async def test_a_rate_limit_says_when_to_return(visitor: Visitor):
    await visitor.order("settings", requests_per_minute=1)

    answers = [await visitor.chat() for _ in range(2)]

    assert [status for status, _ in answers] == [200, 429]


async def test_the_models_are_as_described(visitor: Visitor, description):
    headers = {"Authorization": "Bearer sk-of-this-test"}
    async with visitor.client.get("/v1/models", headers=headers) as answer:
        listed = await answer.json()

    description.judge("ListModelsResponse", listed)
    assert "sandbox-large" in {one["id"] for one in listed["data"]}


async def test_texts_that_share_words_lie_near_each_other(visitor: Visitor):
    texts = ["возврат товара", "срок возврата товара", "аренда склада"]
    asked: dict[str, Any] = {"model": "sandbox-embedding", "input": texts}

    _, plain = await visitor.post("embeddings", **asked)
    _, packed = await visitor.post("embeddings", **asked, encoding_format="base64")

    vectors = [one["embedding"] for one in plain["data"]]
    near, far = (sum(map(lambda a, b: a * b, vectors[0], other)) for other in vectors[1:])
    raw = base64.b64decode(packed["data"][0]["embedding"])
    assert near > far
    assert struct.unpack(f"<{len(raw) // 4}f", raw) == pytest.approx(vectors[0])


async def test_moderation_flags_a_word(visitor: Visitor):
    texts = ["hello", "a forbidden-word here"]

    _, said = await visitor.post("moderations", model="sandbox-moderation", input=texts)

    assert [one["flagged"] for one in said["results"]] == [False, True]


async def test_whoever_leaves_a_stream_ends_it(visitor: Visitor):
    await visitor.order("settings", chunk_s=0.02)
    await visitor.script({"text": "a " * 500})
    body = {"model": "sandbox-large", "messages": [{"role": "user", "content": "x"}]}
    headers = {"Authorization": "Bearer sk-of-this-test"}
    answer = await visitor.client.post(
        "/v1/chat/completions", json={**body, "stream": True}, headers=headers
    )
    await answer.content.readline()

    answer.close()

    async with asyncio.timeout(5):
        await visitor.world.idle.wait()
    assert visitor.world.streams_open == 0


@pytest.mark.parametrize(
    "order",
    [{"steps": [{"mood": "bad"}]}, {"steps": [{"fault": "?"}]}, {"steps": [{"times": 0}]}],
)
async def test_an_order_that_makes_no_sense_is_told_so(visitor: Visitor, order):
    said = await visitor.order("script", **order)

    assert set(said) == {"error"}
