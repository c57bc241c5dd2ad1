from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from kaspi import runtime
from tests.kaspi.clients.stand_ins import Sandbox

# A law is a law on a busy machine too: nothing here is judged by the clock.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


@pytest.fixture
def marketplace(request: pytest.FixtureRequest, chromium_path: str) -> Iterator[Sandbox]:
    """A sandbox of the test's own, where the gateway of this process looks for Kaspi."""
    given: Any = request.getfixturevalue("settings")
    sandbox = Sandbox.start()
    for name, value in sandbox.settings.items():
        setattr(given, name, value)
    runtime.close()
    yield sandbox
    runtime.close()
    sandbox.stop()
