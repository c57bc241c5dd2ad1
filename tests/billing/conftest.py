from collections.abc import Iterator

import pytest

from tests.billing.provider import PUBLIC_ID, SECRET, Provider


@pytest.fixture(scope="session")
def provider_process() -> Iterator[Provider]:
    running = Provider.start()
    yield running
    running.stop()


@pytest.fixture
def provider(provider_process: Provider, settings) -> Provider:
    """The payment provider, at which nothing has happened yet; our settings lead to it."""
    settings.TIPTOPPAY_URL = provider_process.url
    settings.TIPTOPPAY_PUBLIC_ID = PUBLIC_ID
    settings.TIPTOPPAY_API_SECRET = SECRET
    settings.TIPTOPPAY_TEST_MODE = True
    settings.TIPTOPPAY_TIMEOUT_S = 5.0
    provider_process.order("reset")
    return provider_process
