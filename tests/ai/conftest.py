from collections.abc import Iterator

import pytest
from redis import Redis

from tests.ai.provider import KEY, LARGE, PRICES, Provider, providing


@pytest.fixture(scope="session")
def _provider() -> Iterator[Provider]:
    with providing() as provider:
        yield provider


@pytest.fixture
def provider(_provider: Provider, settings) -> Provider:
    """A provider of language models that answers at once, and settings that lead to it."""
    _provider.forget()
    settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = _provider.base_url, KEY
    settings.AI_MODELS = dict.fromkeys(("LAWYER", "ACCOUNTANT", "SALESMAN"), LARGE)
    settings.AI_FALLBACK_MODEL, settings.AI_PRICES = "", PRICES
    settings.AI_SILENCE_S = 2.0
    with Redis.from_url(settings.REDIS_URL) as redis:
        for key in redis.scan_iter("ai:*"):
            redis.delete(key)
    return _provider
