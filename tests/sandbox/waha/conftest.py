from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import pytest

from tests.sandbox.waha.contract import Contract
from tests.sandbox.waha.visitor import Listener, Visitor, listening, visiting

_DESCRIPTION = Path(__file__).resolve().parents[4] / "shared" / "contracts" / "waha-openapi.json"


@pytest.fixture(scope="session")
def contract() -> Contract | None:
    """The published description, where it lies beside the project: every answer is held to it."""
    return Contract(_DESCRIPTION) if _DESCRIPTION.exists() else None


@pytest.fixture(scope="session")
def description(shared_folder: Path, contract: Contract | None) -> Contract:
    """The same, for tests of nothing else; they are skipped without it."""
    if contract is None:
        pytest.skip(f"no {_DESCRIPTION.name} beside the project")
    return contract


@pytest.fixture
def visit(contract: Contract | None) -> Callable[..., AbstractAsyncContextManager[Visitor]]:
    """Start a stand-in with an engine and an environment of one's own."""
    return partial(visiting, contract)


@pytest.fixture
async def visitor(contract: Contract | None) -> AsyncIterator[Visitor]:
    """Somebody with the key of a container that runs GOWS, where nothing takes time."""
    async with visiting(contract) as found:
        yield found


@pytest.fixture
async def listener(contract: Contract | None) -> AsyncIterator[Listener]:
    """Somebody who listens to webhooks."""
    async with listening(contract) as found:
        yield found
