import pytest

from billing.clients.tiptoppay import TipTopPay
from billing.clients.wire import Terminal, Wire
from billing.gateway import open_provider
from tests.billing.provider import PUBLIC_ID, SECRET


@pytest.fixture
def client(provider):
    return open_provider()


@pytest.fixture
def impatient(provider):
    """A client that waits for a tenth of a second, and for room not at all."""
    terminal = Terminal(provider.url, PUBLIC_ID, SECRET)
    return TipTopPay(Wire(terminal, timeout_s=0.1, sleep=lambda _: None))
