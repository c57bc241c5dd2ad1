"""How a parallel run spreads the tests: what shares something costly stays with one worker.

Of pytest-xdist's own ways, ``loadgroup`` does not group under pytest 9.2 (it renames items by an
attribute that is gone), and ``loadfile`` would build one house for every file of flows.
"""

from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

_TESTS = Path(__file__).parent.name
FLOWS = f"{_TESTS}/flows/"
LONGEST = (FLOWS, f"{_TESTS}/containers/test_compose.py")


class BySharedFixtures(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """All flows together, since they live in one house; everything else file by file."""

    def _split_scope(self, nodeid: str) -> str:
        return FLOWS if nodeid.startswith(FLOWS) else nodeid.partition("::")[0]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Minutes long, beside the rest: these must not begin when all others end."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


@pytest.hookimpl
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    config.option.loadscopereorder = False  # the order is ours
    return BySharedFixtures(config, log)
