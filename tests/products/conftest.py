"""A marketplace for tests of what goes through all of the house's layers in one process."""

from collections.abc import Iterator
from typing import Any

import pytest

from accounts.models import User
from cube_demper.kernel.sealing import Secret
from kaspi import runtime
from kaspi.models import Store
from tests.factories import make_session, make_store
from tests.kaspi.clients.stand_ins import Sandbox

AIGERIM = "30112233"


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[Sandbox]:
    sandbox = Sandbox.start()
    yield sandbox
    sandbox.stop()


@pytest.fixture
def sandbox(sandbox_process, settings) -> Iterator[Sandbox]:
    """The sandbox with nothing broken and pages of ten, as the marketplace of this process."""
    settings.KASPI_IDENTITY_URL = sandbox_process.identity_url
    settings.KASPI_CABINET_URL = sandbox_process.cabinet_url
    settings.KASPI_SHOP_URL = sandbox_process.shop_url
    sandbox_process.calm()
    sandbox_process.set(list_most=10)
    runtime.close()
    yield sandbox_process
    runtime.close()


@pytest.fixture
def aigerims_store(seller: User, sandbox: Sandbox) -> Store:
    """Aigerim's store with a live session."""
    jar = sandbox.log_in("aigerim@demo.kz")
    session = make_session(user=seller, jar=Secret(jar.to_json()))
    return make_store(user=seller, session=session, merchant_id=AIGERIM)


@pytest.fixture
def store(aigerims_store: Store) -> Store:
    """Hers, with a quota whose past is known."""
    runtime.run(lambda gateway: gateway.remember_changes(AIGERIM, used_at=[]), timeout_s=5)
    return aigerims_store


@pytest.fixture
def shelf(sandbox: Sandbox) -> list[dict[str, Any]]:
    """Listings of hers that are sold at several points, with a stock stated at one."""
    return [
        one
        for one in sandbox.listings(AIGERIM)
        if one["on_sale"]
        and len(one["points"]) > 1
        and any(at["stock_specified"] for at in one["points"].values())
    ]
