"""How a parallel run spreads the tests: what shares something costly stays with one worker.

Of pytest-xdist's own ways, ``loadgroup`` does not group under pytest 9.2 (it renames items by an
attribute that is gone), and ``loadfile`` would build one house for every file of flows.
"""

from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

_TESTS = Path(__file__).parent.name
SHARED = (f"{_TESTS}/flows/", f"{_TESTS}/containers/")


class BySharedFixtures(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """All flows together, since they live in one house, and all that share one engine.

    Everything else goes file by file.
    """

    def _split_scope(self, nodeid: str) -> str:
        shared = (folder for folder in SHARED if nodeid.startswith(folder))
        return next(shared, nodeid.partition("::")[0])


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Minutes long, beside the rest: these must not begin when all others end."""
    items.sort(key=lambda item: not item.nodeid.startswith(SHARED))


@pytest.hookimpl
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    config.option.loadscopereorder = False  # the order is ours
    return BySharedFixtures(config, log)
