from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.sandbox.openai.contract import Contract
from tests.sandbox.openai.visitor import Visitor, visiting


@pytest.fixture(scope="session")
def description(shared_folder: Path) -> Contract:
    """The published description; tests are skipped where it does not lie beside the project."""
    path = shared_folder / "contracts" / "openai-openapi.json"
    if not path.exists():
        pytest.skip(f"no {path.name} beside the project")
    return Contract(path)


@pytest.fixture
async def visitor() -> AsyncIterator[Visitor]:
    async with visiting() as found:
        yield found
