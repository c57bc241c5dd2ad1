"""A store's orders over Kaspi's official API: JSON:API, a token, nobody's cookies."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from kaspi.clients import order_payloads
from kaspi.clients.answers import Answer, read_orders
from kaspi.clients.config import KaspiConfig
from kaspi.clients.transport import Call, HttpSession
from kaspi.errors import KaspiSilent, OrderMissing, OrdersAddressForeign, RequestRefused
from kaspi.order_ports import (
    KNOWN_STATES,
    EntryFacts,
    OrderFacts,
    OrdersPage,
    OrdersTicket,
)

PAGE_SIZE = 100  # the largest that Kaspi takes
LONGEST_WINDOW = timedelta(days=14)
_SHORTEST_WINDOW = timedelta(hours=1)
_MOST_PAGES = 100  # Kaspi shows at most some 10 000 orders of a window
_JSON_API = "application/vnd.api+json"


class KaspiOrders:
    """The ``Orders`` port over HTTP."""

    def __init__(self, *, session: HttpSession, config: KaspiConfig, ticket: OrdersTicket) -> None:
        self._session = session
        self._config = config
        self._headers = {
            "X-Auth-Token": ticket.token,
            "Accept": _JSON_API,
            "Content-Type": _JSON_API,
        }
        if config.orders_name_merchant:
            self._headers["X-Merchant-Uid"] = ticket.merchant_id

    async def verify(self) -> None:
        """See in one call whether the token is taken: nobody has an order without a code."""
        await self._read("orders.verify", "/orders", {"filter[orders][code]": "0", **_page(0, 1)})

    async def orders(self, *, since: datetime, until: datetime) -> AsyncGenerator[OrdersPage, None]:
        """Read window after window and state after state, every order once.

        An order that changes its state meanwhile may be missed in both or met in both: the next
        reading overlaps.
        """
        met: set[str] = set()
        for begin, end in windows(since, until, longest=self._config.orders_window):
            for state in KNOWN_STATES if self._config.orders_by_state else (None,):
                async with aclosing(self._pages(begin, end, state)) as pages:
                    async for page in pages:
                        fresh = {
                            one.kaspi_id: one for one in page.orders if one.kaspi_id not in met
                        }
                        met |= fresh.keys()
                        if fresh or page.unreadable:
                            found = tuple(fresh.values())
                            yield OrdersPage(found, page.page_count, page.total, page.unreadable)

    async def order(self, code: str) -> OrderFacts:
        """Read one order, however old. Raises OrderMissing."""
        params = {"filter[orders][code]": code, **_page(0, PAGE_SIZE)}
        page = order_payloads.orders(await self._read("orders.one", "/orders", params))
        for found in page.orders:
            if found.code == code:
                return found
        raise OrderMissing

    async def entries(self, kaspi_id: str) -> tuple[EntryFacts, ...]:
        """Read an order's lines."""
        path = f"/orders/{quote(kaspi_id, safe='')}/entries"
        raw = await self._read("orders.entries", path, {"page[size]": str(PAGE_SIZE)})
        return order_payloads.entries(raw)

    async def _pages(
        self, begin: datetime, end: datetime, state: str | None
    ) -> AsyncGenerator[OrdersPage, None]:
        params = {
            "filter[orders][creationDate][$ge]": str(_milliseconds(begin)),
            "filter[orders][creationDate][$le]": str(_milliseconds(end)),
        }
        if state is not None:
            params["filter[orders][state]"] = state
        for number in range(_MOST_PAGES):
            asked = {**params, **_page(number, PAGE_SIZE)}
            page = order_payloads.orders(await self._read("orders.list", "/orders", asked))
            yield page
            if number + 1 >= page.page_count:
                return

    async def _read(self, name: str, path: str, params: dict[str, str]) -> Any:
        try:
            return await self._session.read(self._call(name, path, params), self._judge)
        except KaspiSilent:
            if await self._is_only_refused():
                raise OrdersAddressForeign from None
            raise

    async def _is_only_refused(self) -> bool:
        """Whether Kaspi refuses nonsense at once, though it keeps its data back.

        That is how it treats an address outside Kazakhstan.
        """
        try:
            await self._session.read(self._call("orders.nonsense", "/orders", {}), self._judge)
        except RequestRefused:
            return True
        except KaspiSilent:
            return False
        return False

    def _call(self, name: str, path: str, params: dict[str, str]) -> Call:
        return Call(
            name=name,
            method="GET",
            url=f"{self._config.shop_url}/shop/api/v2{path}",
            walls=self._config.orders(self._session.address),
            params=params,
            headers=self._headers,
        )

    def _judge(self, answer: Answer) -> Any:
        return read_orders(answer, wall_s=self._config.wall_s)


def windows(
    since: datetime, until: datetime, *, longest: timedelta
) -> Iterator[tuple[datetime, datetime]]:
    """Cut a time into windows that Kaspi takes, oldest first. Neighbours share an edge."""
    longest = min(max(longest, _SHORTEST_WINDOW), LONGEST_WINDOW)
    while since < until:
        yield since, min(since + longest, until)
        since += longest


def _page(number: int, size: int) -> dict[str, str]:
    return {"page[number]": str(number), "page[size]": str(size)}


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
