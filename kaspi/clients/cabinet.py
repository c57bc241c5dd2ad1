"""A store's cabinet: one method a call."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

from cube_demper.kernel.money import Money
from kaspi.clients import graphql, payloads
from kaspi.clients.answers import Answer, read_cabinet
from kaspi.clients.bundles import Bundles
from kaspi.clients.catalogue import PAGE_SIZE, read_catalogue
from kaspi.clients.config import KaspiConfig
from kaspi.clients.payloads import RawPage
from kaspi.clients.pushes import Pushes
from kaspi.clients.transport import Call, HttpSession
from kaspi.errors import ListingMissing
from kaspi.ports import (
    SAME_EVERYWHERE,
    CatalogueReading,
    City,
    CookieJar,
    Listing,
    ListingsPage,
    Merchant,
    PushReceipt,
    Shelf,
    StorePoint,
)
from kaspi.push_ports import BundleAnswer, NewPrice, ProtocolRow

_MOST_PAGES_SEARCHED = 10
_SHELVES: Mapping[Shelf, Mapping[str, str]] = {
    Shelf.ON_SALE: {"a": "true"},
    Shelf.WITHDRAWN: {"a": "false"},
    Shelf.REST: {},
}


class KaspiCabinet:
    """The ``PushingCabinet`` port over HTTP. Lives as long as the session it was given."""

    def __init__(self, *, session: HttpSession, config: KaspiConfig, merchant_id: str) -> None:
        self._session = session
        self._config = config
        self._merchant_id = merchant_id
        self._pushes = Pushes(session=session, config=config, merchant_id=merchant_id)
        self._bundles = Bundles(session=session, config=config, merchant_id=merchant_id)
        self._facade = graphql.Facade(session=session, config=config)

    @property
    def jar(self) -> CookieJar:
        """The session's cookies as they are now."""
        return self._session.jar

    @property
    def is_renewed(self) -> bool:
        """Has Kaspi changed the cookies since this was opened?"""
        return self._session.is_renewed

    async def merchants(self) -> tuple[Merchant, ...]:
        """Read which shops the session opens."""
        return payloads.merchants(await self._read("cabinet.merchants", "/s/m"))

    async def points(self) -> tuple[StorePoint, ...]:
        """Read the store's points of sale, switched off ones too."""
        return graphql.points(
            await self._facade.ask(graphql.POINTS, {"merchantUid": self._merchant_id})
        )

    async def cities(self) -> tuple[City, ...]:
        """Read all cities that Kaspi sells in."""
        return graphql.cities(await self._facade.ask(graphql.CITIES, {}))

    def listings(
        self, reading: CatalogueReading | None = None
    ) -> AsyncGenerator[ListingsPage, None]:
        """Read the catalogue page by page, every sku once, from where the reading stands."""
        return read_catalogue(self._page, reading or CatalogueReading(), shelves=self._shelves)

    async def listing(self, sku: str) -> Listing:
        """Read one listing, first among what is on sale. Raises ListingMissing."""
        for shelf in self._shelves:
            found = await self._search(sku, shelf)
            if found is not None:
                return found
        raise ListingMissing(f"The store's catalogue has no {sku}.")

    def statement(
        self,
        listing: Listing,
        price: Money,
        *,
        city_prices: Mapping[str, Money] = SAME_EVERYWHERE,
    ) -> Mapping[str, Any]:
        """The body that a push would send."""
        return self._pushes.statement(listing, price, city_prices=city_prices)

    async def push(
        self,
        listing: Listing,
        price: Money,
        *,
        city_prices: Mapping[str, Money] = SAME_EVERYWHERE,
    ) -> PushReceipt:
        """Send the listing back whole, once, with the new price."""
        return await self._pushes.one(listing, price, city_prices=city_prices)

    @property
    def bundle_most(self) -> int:
        """How many statements one bundle may hold."""
        return self._bundles.most

    async def push_bundle(self, changes: Sequence[NewPrice]) -> tuple[BundleAnswer, ...]:
        """Send listings back whole, each with its new price, in one request."""
        return await self._bundles.push(changes)

    async def protocol(self, skus: Sequence[str]) -> Mapping[str, ProtocolRow]:
        """Read what became of the latest statements about these."""
        return await self._bundles.protocol(skus)

    async def _search(self, sku: str, shelf: Shelf) -> Listing | None:
        rows = 0
        for number in range(_MOST_PAGES_SEARCHED):
            page = await self._page(shelf, number, search=sku)
            # The search finds parts of skus, and master skus too.
            exact = [found for found in page.listings if found.sku == sku]
            if exact:
                return exact[0]
            rows += page.row_count
            if not page.row_count or (page.row_count < PAGE_SIZE and rows >= page.total):
                break
        return None

    @property
    def _shelves(self) -> tuple[Shelf, ...]:
        shelves = tuple(_SHELVES)
        return shelves if self._config.list_has_rest else shelves[:-1]

    async def _page(self, shelf: Shelf, number: int, *, search: str = "") -> RawPage:
        params = {
            "m": self._merchant_id,
            "p": str(number),
            "l": str(PAGE_SIZE),
            **_SHELVES[shelf],
        }
        if search:
            params["t"] = search
        return payloads.listings(
            await self._read("cabinet.listings", "/bff/offer-view/list", params)
        )

    async def _read(self, name: str, path: str, params: dict[str, str] | None = None) -> Any:
        call = Call(
            name=name,
            method="GET",
            url=f"{self._config.cabinet_url}{path}",
            walls=self._config.cabinet(self._session.address),
            params=params or {},
            headers=self._config.cabinet_headers,
        )
        return await self._session.read(call, self._judge)

    def _judge(self, answer: Answer) -> Any:
        return read_cabinet(answer, wall_s=self._config.wall_s)
