"""Answers in the shapes of the published description."""

import base64
import hashlib
import math
import re
import secrets
import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sandbox.openai.script import Step

CREATED = 1_767_225_600
_BYTES_A_TOKEN = 4
_CACHED_BY = 128
_PIECE = re.compile(r"\s*\S+")
_WORD = re.compile(r"\w{3,}")


def tokens_of(text: str) -> int:
    """About as many tokens as a text has."""
    return math.ceil(len(text.encode()) / _BYTES_A_TOKEN)


def text_of(content: Any) -> str:
    """The text of a message's content, which may come in parts."""
    if isinstance(content, list):
        return " ".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def usage_of(
    messages: Sequence[Mapping[str, Any]], step: Step, said: str, *, known: bool
) -> dict[str, Any]:
    """What an answer used; a step may say otherwise of any number."""
    prompt = sum(tokens_of(text_of(one.get("content"))) + 4 for one in messages)
    cached = prompt // _CACHED_BY * _CACHED_BY if known else 0
    calls = sum(tokens_of(call.name + call.arguments) for call in step.tool_calls)
    told = {"prompt": prompt, "cached": cached, "reasoning": 0}
    told |= {"completion": max(tokens_of(said) + calls, 1), **step.usage}
    return {
        "prompt_tokens": told["prompt"],
        "completion_tokens": told["completion"],
        "total_tokens": told["prompt"] + told["completion"],
        "prompt_tokens_details": {"cached_tokens": told["cached"], "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": told["reasoning"],
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def finish_of(step: Step) -> str:
    return step.finish_reason or ("tool_calls" if step.tool_calls else "stop")


def completion(
    *, model: str, step: Step, said: str, usage: Mapping[str, Any] | None
) -> dict[str, Any]:
    message: dict[str, Any] = {
        "role": "assistant",
        "content": said or None,
        "refusal": step.refusal or None,
        "annotations": [],
    }
    if step.tool_calls:
        message["tool_calls"] = [
            {
                "id": f"call_{secrets.token_hex(12)}",
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in step.tool_calls
        ]
    choice = {
        "index": 0,
        "message": message,
        "finish_reason": finish_of(step),
        "logprobs": None,
    }
    answer = {**_head("chat.completion", model), "choices": [choice]}
    return answer if usage is None else {**answer, "usage": dict(usage)}


def chunks(
    *, model: str, step: Step, said: str, usage: Mapping[str, Any] | None
) -> Iterator[dict[str, Any]]:
    """A stream's parts in their order; the one with the usage has no choices and comes last."""
    head = _head("chat.completion.chunk", model)

    def part(delta: Mapping[str, Any], finish: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        return {**head, "choices": [choice]}

    yield part({"role": "assistant", "content": "", "refusal": None})
    for piece in _PIECE.findall(said):
        yield part({"content": piece})
    if step.refusal:
        yield part({"refusal": step.refusal})
    for index, call in enumerate(step.tool_calls):
        first = {"name": call.name, "arguments": ""}
        named = {"index": index, "id": f"call_{secrets.token_hex(12)}", "type": "function"}
        yield part({"tool_calls": [{**named, "function": first}]})
        half = len(call.arguments) // 2
        for piece in (call.arguments[:half], call.arguments[half:]):
            yield part({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
    yield part({}, finish_of(step))
    if usage is not None:
        yield {**head, "choices": [], "usage": dict(usage)}


def refusal(code: str | None, kind: str, message: str, param: str | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def models(names: Sequence[str]) -> dict[str, Any]:
    listed = [
        {"id": name, "object": "model", "created": CREATED, "owned_by": "sandbox"} for name in names
    ]
    return {"object": "list", "data": listed}


def embeddings(texts: Sequence[str], *, model: str, size: int, as_text: bool) -> dict[str, Any]:
    """Vectors of length one; texts that share words lie near each other."""
    listed = []
    for index, text in enumerate(texts):
        vector = _vector(text, size)
        packed = base64.b64encode(struct.pack(f"<{size}f", *vector)).decode()
        listed.append(
            {"object": "embedding", "index": index, "embedding": packed if as_text else vector}
        )
    used = sum(map(tokens_of, texts))
    usage = {"prompt_tokens": used, "total_tokens": used}
    return {"object": "list", "data": listed, "model": model, "usage": usage}


def moderation(texts: Sequence[str], *, model: str, flags: str) -> dict[str, Any]:
    """A text is refused when it holds the word that flags."""
    results = []
    for text in texts:
        is_flagged = flags in text.casefold()
        results.append(
            {
                "flagged": is_flagged,
                "categories": {"violence": is_flagged},
                "category_scores": {"violence": 0.99 if is_flagged else 0.01},
                "category_applied_input_types": {"violence": ["text"]},
            }
        )
    return {"id": f"modr-{secrets.token_hex(8)}", "model": model, "results": results}


def _head(kind: str, model: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{secrets.token_hex(12)}",
        "object": kind,
        "created": CREATED,
        "model": f"{model}-2026-01-01",
        "service_tier": "default",
    }


def _vector(text: str, size: int) -> list[float]:
    vector = [0.0] * size
    for word in _WORD.findall(text.casefold()) or ["nothing"]:
        digest = hashlib.blake2b(word[:6].encode(), digest_size=8).digest()
        place = int.from_bytes(digest[:4], "big") % size
        vector[place] += 1.0
    norm = math.sqrt(sum(one * one for one in vector))
    return [one / norm for one in vector]
