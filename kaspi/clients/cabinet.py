"""A store's cabinet: one method a call."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from cube_demper.kernel.money import Money
from kaspi.clients import payloads
from kaspi.clients.answers import Answer, read_cabinet
from kaspi.clients.config import KaspiConfig
from kaspi.clients.payloads import RawPage
from kaspi.clients.pushes import Pushes
from kaspi.clients.transport import Call, HttpSession
from kaspi.errors import ListingMissing
from kaspi.ports import CookieJar, Listing, ListingsPage, Merchant, PushReceipt

PAGE_SIZE = 100  # the largest seen to work
_MOST_PAGES = 1000  # a list that repeats itself for ever must end
_MOST_PAGES_SEARCHED = 10


class KaspiCabinet:
    """The ``Cabinet`` port over HTTP. Lives as long as the session it was given."""

    def __init__(self, *, session: HttpSession, config: KaspiConfig, merchant_id: str) -> None:
        self._session = session
        self._config = config
        self._merchant_id = merchant_id
        self._pushes = Pushes(session=session, config=config, merchant_id=merchant_id)

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

    async def listings(self, *, is_on_sale: bool = True) -> AsyncGenerator[ListingsPage, None]:
        """Read the catalogue page by page, every sku once."""
        met: set[str] = set()
        read = 0
        async with aclosing(self._pages(is_on_sale=is_on_sale)) as pages:
            async for page in pages:
                fresh = {item.sku: item for item in page.listings if item.sku not in met}
                met |= fresh.keys()
                read += len(fresh)
                yield ListingsPage(tuple(fresh.values()), read, page.total, page.unreadable)
                if not fresh and not page.unreadable:
                    return  # Kaspi repeats itself: there is nothing more to learn

    async def listing(self, sku: str) -> Listing:
        """Read one listing, first among what is on sale. Raises ListingMissing."""
        for is_on_sale in (True, False):
            found = await self._search(sku, is_on_sale=is_on_sale)
            if found is not None:
                return found
        raise ListingMissing(f"The store's catalogue has no {sku}.")

    def statement(self, listing: Listing, price: Money) -> Mapping[str, Any]:
        """The body that a push would send."""
        return self._pushes.statement(listing, price)

    async def push(self, listing: Listing, price: Money) -> PushReceipt:
        """Send the listing back whole, once, with the new price."""
        return await self._pushes.one(listing, price)

    async def _search(self, sku: str, *, is_on_sale: bool) -> Listing | None:
        pages = self._pages(is_on_sale=is_on_sale, search=sku, most=_MOST_PAGES_SEARCHED)
        async with aclosing(pages):
            async for page in pages:
                # The search finds parts of skus, and master skus too.
                exact = [found for found in page.listings if found.sku == sku]
                if exact:
                    return exact[0]
        return None

    async def _pages(
        self, *, is_on_sale: bool, search: str = "", most: int = _MOST_PAGES
    ) -> AsyncGenerator[RawPage, None]:
        rows = 0
        for number in range(most):
            page = await self._page(number, is_on_sale=is_on_sale, search=search)
            rows += page.row_count
            if page.row_count:
                yield page
            # A short page is the last one, unless Kaspi gives shorter pages than we ask for.
            if not page.row_count or (page.row_count < PAGE_SIZE and rows >= page.total):
                return

    async def _page(self, number: int, *, is_on_sale: bool, search: str) -> RawPage:
        params = {
            "m": self._merchant_id,
            "p": str(number),
            "l": str(PAGE_SIZE),
            "a": "true" if is_on_sale else "false",
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
