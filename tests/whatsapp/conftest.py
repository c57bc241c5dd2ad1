from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.whatsapp.gateway import KEY, Gateway


@pytest.fixture
def gateway(tmp_path: Path, settings) -> Iterator[Gateway]:
    """WAHA with nothing broken, as the gateway that everybody shares.

    It ends with the test: what it still had to tell must not reach the house of the next one.
    """
    gateway = Gateway.start(store=tmp_path)
    settings.WAHA_LAYOUT = "shared"
    settings.WAHA_SHARED_URL = gateway.url
    settings.WAHA_SHARED_API_KEY = KEY
    gateway.order("settings", start_s=0.05, login_s=0.05, wait_s=2.0, lock_after=35)
    yield gateway
    gateway.stop()
