"""Questions and answers as they travel. Strict about what we need, blind to the rest."""

from typing import Any

from openai.types.chat import ChatCompletionChunk

from ai.errors import ModelBroken
from ai.ports import Finish, Finished, Line, Question, Speaker, ToolCall, Usage

_MOST_CALLS = 16  # in one answer
_FINISHES = {finish.value: finish for finish in Finish}


def request_of(question: Question, *, model: str) -> dict[str, Any]:
    """The body of a streamed request that tells its usage at the end."""
    body: dict[str, Any] = {
        "model": model,
        "messages": [message_of(line) for line in question.lines],
        "max_completion_tokens": question.most_tokens,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if question.tools:
        body["tools"] = [
            {
                "type": "function",
                "function": {
                    "name": tool.name,
                    "description": tool.description,
                    "parameters": dict(tool.parameters),
                },
            }
            for tool in question.tools
        ]
    if question.asker:
        body["safety_identifier"] = question.asker
    if question.cache_key:
        body["prompt_cache_key"] = question.cache_key
    return body


def message_of(line: Line) -> dict[str, Any]:
    if line.speaker is Speaker.TOOL:
        return {"role": "tool", "tool_call_id": line.answers, "content": line.text}
    if not line.tool_calls:
        return {"role": line.speaker.value, "content": line.text}
    calls = [
        {
            "id": call.id,
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments},
        }
        for call in line.tool_calls
    ]
    return {"role": "assistant", "content": line.text or None, "tool_calls": calls}


class Gathering:
    """What comes in pieces, put together."""

    def __init__(self, *, request_id: str) -> None:
        self._request_id = request_id
        self._calls: dict[int, list[str]] = {}  # index → id, name, arguments
        self._finish: Finish | None = None
        self._usage: Usage | None = None
        self._model = ""

    def take(self, chunk: ChatCompletionChunk) -> str:
        """Take up a piece; give the text that it adds. A refusal is what is said instead."""
        self._model = chunk.model or self._model
        if chunk.usage is not None:
            self._usage = usage_of(chunk.usage)
        if not chunk.choices:
            return ""
        [choice, *_] = chunk.choices
        if choice.finish_reason is not None:
            self._finish = _FINISHES.get(choice.finish_reason, Finish.STOP)
        for piece in choice.delta.tool_calls or ():
            self._take_call(piece)
        said = (choice.delta.content or "") + (choice.delta.refusal or "")
        return said.replace("\0", "")  # which no column takes

    def finished(self) -> Finished:
        """The end. Raises ModelBroken where there was none: plain JSON, or a broken stream."""
        if self._finish is None:
            raise ModelBroken("It broke off.")
        calls = tuple(ToolCall(*self._calls[index]) for index in sorted(self._calls))
        if not all(call.id and call.name for call in calls):
            raise ModelBroken("It calls a tool without a name.")
        return Finished(self._finish, calls, self._usage, self._model[:100], self._request_id)

    def _take_call(self, piece: Any) -> None:
        if piece.index not in self._calls and len(self._calls) >= _MOST_CALLS:
            raise ModelBroken("It calls too many tools at once.")
        call = self._calls.setdefault(piece.index, ["", "", ""])
        call[0] = piece.id or call[0]
        if piece.function is not None:
            call[1] = piece.function.name or call[1]
            call[2] += piece.function.arguments or ""


def usage_of(said: Any) -> Usage:
    """Read what was used. Compatible servers leave out what they like: that counts as none."""
    prompt, completion = count(said, "prompt_tokens"), count(said, "completion_tokens")
    cached = count(getattr(said, "prompt_tokens_details", None), "cached_tokens")
    reasoning = count(getattr(said, "completion_tokens_details", None), "reasoning_tokens")
    return Usage(prompt, min(cached, prompt), completion, min(reasoning, completion))


def count(said: Any, name: str) -> int:
    number = getattr(said, name, None)
    return number if isinstance(number, int) and number > 0 else 0
