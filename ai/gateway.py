"""Which provider answers, by the settings."""

import atexit
from functools import lru_cache

from django.conf import settings

from ai.breaker import Breaker
from ai.clients.openai_client import Config, OpenAIModel
from ai.errors import AssistantsOff
from ai.ports import LanguageModel


def provider() -> LanguageModel:
    """The provider of the settings: one pool of connections a process. Raises AssistantsOff."""
    if not settings.OPENAI_API_KEY:
        raise AssistantsOff
    return _opened(
        Config(
            settings.OPENAI_BASE_URL,
            settings.OPENAI_API_KEY,
            silence_s=settings.AI_SILENCE_S,
            answer_s=settings.AI_ANSWER_S,
        )
    )


def breaker() -> Breaker:
    return Breaker(settings.OPENAI_BASE_URL)


@lru_cache(maxsize=4)
def _opened(config: Config) -> OpenAIModel:
    opened = OpenAIModel(config)
    atexit.register(opened.close)
    return opened
