from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from sandbox.run import Options
from tests.sandbox.processes import Process
from tests.sandbox.visitor import Visitor, visiting

STILL = Options(still=True, cards=100, apply_delay_s=0.05, storefront_delay_s=0.05)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def visitor() -> AsyncIterator[Visitor]:
    """Somebody with a browser's headers before a sandbox in which nobody moves."""
    async with visiting(STILL) as found:
        yield found


@pytest.fixture
async def aigerim(visitor: Visitor) -> Visitor:
    """The same visitor, logged in to the cabinet as Aigerim."""
    await visitor.log_in("aigerim@demo.kz")
    return visitor


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    """A sandbox as a process of its own, which keeps its state in a file."""
    running = Process(state=tmp_path / "state.json")
    yield running
    running.kill()
