"""One house for all flows, and one seller's store in it."""

import logging
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from cube_demper.local.folders import remove_var
from tests.flows.house import House
from tests.flows.ledger import Ledger
from tests.flows.market import Market
from tests.flows.patience import until
from tests.flows.queues import Queues
from tests.flows.seller import Seller, log_in, register
from tests.flows.shelf import Shelf

# A round over the demo's cards and ours in a few seconds, and still below the sandbox's wall.
SETTINGS = {
    "KASPI_OFFERS_RPS": "12",
    "REGISTRATIONS_PER_HOUR": "1000",
    "LOOK_INTERVAL_S": "5",
    "LOOK_SHORTEST_S": "2",
    "STORE_JUMPS_PERCENT": "100",
    "SERVICE_FALLS_PERCENT": "100",
}
_LAST_WORDS = 60
KASPI_LOGIN, MERCHANT = "seller1@sandbox.kz", "30500017"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Flows they are all, and the first one waits for the house."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.flow)
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(400))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what the house said last beside a failure: the test itself sees it from outside."""
    report = yield
    house = getattr(item, "funcargs", {}).get("house")
    if report.failed and house is not None:
        said = [line for line in house.lines if "http.request" not in line]
        report.sections.append(("the house", "\n".join(said[-_LAST_WORDS:])))
    return report


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    """Everything, running."""
    logging.getLogger("httpx").setLevel(logging.WARNING)  # a line a question would hide the rest
    var = Path(tempfile.mkdtemp(prefix="demper-flow-"))
    var.chmod(0o711)  # as root, the database's user must come through
    house = House(var=var, settings=SETTINGS)
    try:
        house.start()
        yield house
    finally:
        house.end()
        remove_var(var)


@pytest.fixture(scope="session")
def market(house: House) -> Iterator[Market]:
    """The marketplace, where nothing moves by itself."""
    market = Market(shop_url=house.shop_url)
    market.be_quiet()
    yield market
    market.close()


@pytest.fixture(scope="session")
def ledger(house: House) -> Ledger:
    return Ledger(url=house.address_of("DATABASE_URL"))


@pytest.fixture(scope="session")
def queues(house: House) -> Iterator[Queues]:
    queues = Queues(url=house.address_of("REDIS_URL"))
    yield queues
    queues.close()


@pytest.fixture(scope="session")
def seller(house: House) -> Iterator[Seller]:
    """A seller who has just registered."""
    seller = register(house.web_url)
    yield seller
    seller.http.close()


@pytest.fixture(scope="session")
def walked(seller: Seller, market: Market) -> dict[str, Any]:
    """How the seller's login at the marketplace ended."""
    return seller.log_in_at_kaspi(KASPI_LOGIN)


@pytest.fixture(scope="session")
def shelf(seller: Seller, market: Market, walked: dict[str, Any]) -> Shelf:
    """The seller's products, once the catalogue has been read."""
    until(seller.store, lambda store: store["synced_at"] is not None)
    return Shelf(seller=seller, market=market, merchant_id=MERCHANT)


@pytest.fixture
def newcomer(house: House, market: Market) -> Iterator[Seller]:
    """Somebody who has registered and connected nothing."""
    newcomer = register(house.web_url)
    yield newcomer
    newcomer.http.close()


@pytest.fixture
def neighbour(house: House) -> Iterator[Seller]:
    """Another seller, with a store and products of its own."""
    neighbour = log_in(house.web_url, email="daulet@demper.kz", password="fair-price-2026")
    yield neighbour
    neighbour.http.close()
