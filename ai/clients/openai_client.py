"""Any provider that speaks OpenAI's chat completions, through its own package.

The package would retry twice and wait ten minutes: here it does neither. Facts: the published
description 2.3.0, and version 3.54 of the package.
"""

import json
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import openai
from openai.types.chat import ChatCompletionChunk
from typing_extensions import override

from ai.clients import payloads
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
from ai.ports import Delta, Embedded, Finished, LanguageModel, Question, Usage
from cube_demper.kernel.errors import DomainError

_CONNECT_S = 3.0
_BUSY = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Config:
    """Where the provider is. ``silence_s`` is between two pieces, ``answer_s`` for all of them."""

    base_url: str
    api_key: str = field(repr=False)
    silence_s: float = 30.0
    answer_s: float = 120.0


class OpenAIModel(LanguageModel):
    def __init__(self, config: Config) -> None:
        self._config = config
        self._client = openai.OpenAI(
            api_key=config.api_key,
            base_url=config.base_url,
            max_retries=0,
            timeout=httpx2.Timeout(config.silence_s, connect=_CONNECT_S),
        )

    @override
    def answer(self, question: Question, *, model: str) -> Generator[Delta | Finished]:
        ends_at = time.monotonic() + self._config.answer_s
        with _understood():
            stream = self._client.chat.completions.create(
                **payloads.request_of(question, model=model)
            )
        gathering = payloads.Gathering(request_id=_request_id(stream))
        with stream:
            chunks = iter(stream)
            while (chunk := _next(chunks)) is not None:
                if time.monotonic() > ends_at:
                    raise ModelSilent("It went on for too long.")
                if text := gathering.take(chunk):
                    yield Delta(text)
        yield gathering.finished()

    @override
    def embed(self, texts: Sequence[str], *, model: str) -> Embedded:
        with _understood():
            said = self._client.embeddings.create(input=list(texts), model=model)
        ordered = sorted(said.data, key=lambda one: one.index)
        if len(ordered) != len(texts):
            raise ModelBroken("It embedded another number of texts.")
        usage = Usage(prompt=payloads.count(said.usage, "prompt_tokens"))
        return Embedded([one.embedding for one in ordered], usage)

    @override
    def refuses(self, text: str, *, model: str) -> bool:
        with _understood():
            said = self._client.moderations.create(input=text, model=model)
        return any(result.flagged for result in said.results)

    def close(self) -> None:
        self._client.close()


def _next(chunks: Iterator[ChatCompletionChunk]) -> ChatCompletionChunk | None:
    try:
        with _understood():
            return next(chunks, None)
    except ModelUnreachable:
        raise ModelBroken("It broke off.") from None  # it had begun to answer


def _request_id(stream: Any) -> str:
    return str(stream.response.headers.get("x-request-id", ""))[:100]


@contextmanager
def _understood() -> Generator[None]:
    """Say in our words what goes wrong. The order matters: a time-out is a lost connection too."""
    try:
        yield
    except openai.APITimeoutError:
        raise ModelSilent from None
    except openai.APIConnectionError:
        raise ModelUnreachable from None
    except openai.APIStatusError as error:
        raise _meant(error) from None
    except httpx2.TimeoutException:
        raise ModelSilent from None
    except (openai.APIError, httpx2.HTTPError, json.JSONDecodeError):
        raise ModelBroken from None


def _meant(error: openai.APIStatusError) -> DomainError:
    """What a refusal means. Its text is not repeated: it may quote the question."""
    if isinstance(error, openai.RateLimitError):
        if error.code == "insufficient_quota":
            return ModelAccountEmpty()
        return ModelBusy(retry_at=datetime.now(UTC) + _pause(error))
    if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
        return ModelKeyRefused()
    if isinstance(error, openai.NotFoundError):
        return ModelGone()
    if isinstance(error, openai.BadRequestError):
        is_long = error.code == "context_length_exceeded"
        return ContextTooLong() if is_long else QuestionRefused()
    return ModelUnreachable(f"It answered {error.status_code}.")


def _pause(error: openai.APIStatusError) -> timedelta:
    try:
        return timedelta(seconds=min(float(error.response.headers["retry-after"]), 120.0))
    except (KeyError, ValueError):
        return _BUSY
