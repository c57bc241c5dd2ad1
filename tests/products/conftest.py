from collections.abc import Iterator

import pytest

from tests.broker import Broker


@pytest.fixture
def broker() -> Iterator[Broker]:
    """The real queues, empty before and after."""
    broker = Broker()
    broker.take()
    yield broker
    broker.close()
