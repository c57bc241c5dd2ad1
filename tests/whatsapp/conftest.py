from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.whatsapp.gateway import KEY, Gateway


@pytest.fixture(scope="session")
def gateway_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    gateway = Gateway.start(store=tmp_path_factory.mktemp("waha"))
    yield gateway
    gateway.stop()


@pytest.fixture
def gateway(gateway_process: Gateway, settings) -> Gateway:
    """WAHA with nothing broken, as the gateway that everybody shares."""
    settings.WAHA_LAYOUT = "shared"
    settings.WAHA_SHARED_URL = gateway_process.url
    settings.WAHA_SHARED_API_KEY = KEY
    gateway_process.forget("faults")
    gateway_process.forget("requests")
    gateway_process.forget("hooks")
    gateway_process.order("settings", start_s=0.05, login_s=0.05, wait_s=2.0, lock_after=35)
    return gateway_process


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path
