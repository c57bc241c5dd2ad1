from collections.abc import Iterator

import pytest

from kaspi.clients.config import KaspiConfig, WireKind
from kaspi.ports import CookieJar
from tests.kaspi.clients.lines import Line
from tests.kaspi.clients.stand_ins import BROWSER, Sandbox, Unlimited


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[Sandbox]:
    sandbox = Sandbox.start()
    yield sandbox
    sandbox.stop()


@pytest.fixture
def sandbox(sandbox_process: Sandbox) -> Sandbox:
    """The sandbox with nothing broken."""
    sandbox_process.calm()
    return sandbox_process


@pytest.fixture
def limiter() -> Unlimited:
    return Unlimited()


@pytest.fixture
def config(sandbox: Sandbox) -> KaspiConfig:
    return KaspiConfig(
        identity_url=sandbox.identity_url,
        cabinet_url=sandbox.cabinet_url,
        shop_url=sandbox.shop_url,
        user_agent=BROWSER,
        retry_pause_s=0.01,
    )


@pytest.fixture
def jar(sandbox: Sandbox) -> CookieJar:
    """A live session of Aigerim's."""
    return sandbox.log_in("aigerim@demo.kz")


@pytest.fixture(scope="session", params=list(WireKind))
def line(request: pytest.FixtureRequest, chromium_path: str) -> Iterator[Line]:
    """A transport over each of the wires."""
    made = Line(request.param, chromium_path)
    yield made
    made.close()
