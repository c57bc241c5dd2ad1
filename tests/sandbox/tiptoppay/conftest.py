from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import pytest

from tests.sandbox.tiptoppay.contract import Contract
from tests.sandbox.tiptoppay.visitor import House, Shop, housing, visiting

_DESCRIPTION = (
    Path(__file__).resolve().parents[4] / "shared" / "contracts" / "tiptoppay-openapi.json"
)


@pytest.fixture(scope="session")
def contract() -> Contract | None:
    """The description, where it lies beside the project: everything is held to it."""
    return Contract(_DESCRIPTION) if _DESCRIPTION.exists() else None


@pytest.fixture(scope="session")
def description(shared_folder: Path, contract: Contract | None) -> Contract:
    """The same, for tests of nothing else; they are skipped without it."""
    if contract is None:
        pytest.skip(f"no {_DESCRIPTION.name} beside the project")
    return contract


@pytest.fixture
def visit(contract: Contract | None) -> Callable[..., AbstractAsyncContextManager[Shop]]:
    """Start a stand-in with switches of one's own."""
    return partial(visiting, contract)


@pytest.fixture
async def shop(contract: Contract | None) -> AsyncIterator[Shop]:
    """A shop at a terminal in test mode, where nothing takes time."""
    async with visiting(contract) as found:
        yield found


@pytest.fixture
async def house(contract: Contract | None) -> AsyncIterator[House]:
    """Somebody who is told what happens."""
    async with housing(contract) as found:
        yield found
