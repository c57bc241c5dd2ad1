"""The official orders API under `/shop/api/v2`: a token, JSON:API, windows of fourteen days."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import orjson
from aiohttp import web

from sandbox import replies
from sandbox.gate import Role, Route
from sandbox.order_pages import entry_page, order_page
from sandbox.orders import DAY_S, Order, Orders
from sandbox.world import World

_AT: Final = "/shop/api/v2"
_LONGEST_S: Final = 14 * DAY_S
_PAGE_MOST: Final = 100
_SINCE: Final = "filter[orders][creationDate][$ge]"
_UNTIL: Final = "filter[orders][creationDate][$le]"
_REASONS: Final = ("BUYER_CANCELLATION_BY_MERCHANT", "BUYER_NOT_REACHABLE", "MERCHANT_OUT_OF_STOCK")
_COMMENT_MOST: Final = 1_000
_CODE: Final = "4821"
_NOT_FOUND: Final = (
    "<html><head><title>404 Not Found</title></head><body>404 Not Found</body></html>"
)


@dataclass(frozen=True, slots=True)
class OrdersApi:
    """Its endpoints over a world."""

    world: World

    @property
    def orders(self) -> Orders:
        return self.world.orders

    def routes(self) -> list[Route]:
        def at(method: str, path: str, name: str, handler: Any) -> Route:
            return Route(Role.SHOP, method, f"{_AT}{path}", name, handler, walled=True)

        return [
            at("GET", "/orders", "orders", self.listed),
            at("POST", "/orders", "order_change", self.change),
            at("GET", "/orders/{id}/entries", "order_entries", self.entries),
            at("GET", "/products", "orders_nothing", self.nothing),
            at("GET", "/offers", "orders_nothing", self.nothing),
            at("GET", "/masterproducts", "orders_unknown", self.unknown),
            at("GET", "/merchantproducts", "orders_unknown", self.unknown),
        ]

    async def listed(self, request: web.Request) -> web.Response:
        """Orders of a window and a state, or one order by its code."""
        merchant_id = self._merchant(request)
        number, size = _whole(request, "page[number]"), _whole(request, "page[size]")
        if not 0 < size <= _PAGE_MOST:
            raise _refused(400, "page[size] must be between 1 and 100")
        found = self._wanted(request, self.orders.of(merchant_id))
        pages = -(-len(found) // size)
        shown = found[number * size : (number + 1) * size]
        return _json_api(
            {
                "data": [order_page(one, settings=self.world.settings) for one in shown],
                "included": [],
                "meta": {"pageCount": pages, "totalCount": len(found)},
            }
        )

    async def entries(self, request: web.Request) -> web.Response:
        order = self._order(self._merchant(request), request.match_info["id"])
        rows = [entry_page(order, number, line) for number, line in enumerate(order.lines)]
        return _json_api({"data": rows, "meta": {"pageCount": 1, "totalCount": len(rows)}})

    async def change(self, request: web.Request) -> web.Response:
        """Move an order on, as the seller."""
        merchant_id = self._merchant(request)
        wanted = _attributes(await request.read())
        order = self.orders.of(merchant_id).get(str(wanted.get("code")))
        if order is None:
            raise _refused(404, "Order not found")
        doings: dict[str, Callable[[], None]] = {
            "ACCEPTED_BY_MERCHANT": lambda: self._accept(order),
            "ASSEMBLE": lambda: self._assemble(order, wanted.get("numberOfSpace")),
            "ARRIVED": lambda: self._arrive(order),
            "COMPLETED": lambda: self._complete(order, request),
            "CANCELLED": lambda: self._cancel(order, wanted),
        }
        doing = doings.get(str(wanted.get("status")))
        if doing is None:
            raise _refused(400, f"Unknown status {wanted.get('status')}")
        doing()
        return _json_api({"data": order_page(order, settings=self.world.settings)})

    async def nothing(self, _request: web.Request) -> web.Response:
        return replies.html_reply(_NOT_FOUND, status=404)

    async def unknown(self, request: web.Request) -> web.Response:
        self._merchant(request)
        raise _refused(404, "Resource not found")

    def _merchant(self, request: web.Request) -> str:
        merchant_id = self.orders.owner(request.headers.get("X-Auth-Token", ""))
        named = request.headers.get("X-Merchant-Uid")
        if merchant_id is None:
            raise _refused(401, "Invalid token")
        if self.world.settings.require_merchant_uid and named != merchant_id:
            raise _refused(403, "X-Merchant-Uid does not match the token")
        return merchant_id

    def _wanted(self, request: web.Request, orders: dict[str, Order]) -> list[Order]:
        query = request.query
        code = query.get("filter[orders][code]")
        if code is not None:
            return [orders[code]] if code in orders else []
        since, until = self._window(request)
        found = [one for one in orders.values() if since <= one.placed_at <= until]
        state, status = query.get("filter[orders][state]"), query.get("filter[orders][status]")
        if state is not None:
            found = [one for one in found if one.state == state]
        elif not self.world.settings.archive_unasked:
            found = [one for one in found if one.state != "ARCHIVE"]
        if status is not None:
            found = [one for one in found if one.status == status]
        return sorted(found, key=lambda one: (one.placed_at, one.code), reverse=True)

    def _window(self, request: web.Request) -> tuple[float, float]:
        told = request.query.get(_SINCE, "")
        if not told.isdigit():
            raise _refused(400, "Filter by creationDate is empty")
        since = int(told) / 1000
        told = request.query.get(_UNTIL, "")
        until = int(told) / 1000 if told.isdigit() else self.world.clock.now()
        if until - since > _LONGEST_S + 1:
            raise _refused(400, "The period of creationDate must not be longer than 14 days")
        return since, until

    def _order(self, merchant_id: str, resource_id: str) -> Order:
        for order in self.orders.of(merchant_id).values():
            if order.resource_id == resource_id:
                return order
        raise _refused(404, "Order not found")

    def _accept(self, order: Order) -> None:
        _require(order.status == "APPROVED_BY_BANK", "The order is accepted already")
        self.orders.accept(order)

    def _assemble(self, order: Order, spaces: Any) -> None:
        is_number = isinstance(spaces, str) and spaces.isdigit() and int(spaces) > 0
        _require(is_number, "numberOfSpace is a number as text")
        _require(order.state == "KASPI_DELIVERY", "Only Kaspi delivery is assembled")
        _require(not order.pre_order, "The goods have not arrived")
        self.orders.assemble(order, spaces=int(spaces))

    def _arrive(self, order: Order) -> None:
        _require(order.pre_order, "This is no preorder")
        self.orders.arrive(order)

    def _complete(self, order: Order, request: web.Request) -> None:
        """First the buyer is sent a code, then the seller tells it."""
        _require(order.status == "ACCEPTED_BY_MERCHANT", "The order is not accepted")
        if request.headers.get("X-Send-Code") == "true":
            order.security_code = _CODE
            self.world.changes.note()
            return
        told = request.headers.get("X-Security-Code")
        _require(order.security_code is not None and told == order.security_code, "Wrong code")
        self.orders.finish(order, "COMPLETED")

    def _cancel(self, order: Order, wanted: dict[str, Any]) -> None:
        reason, comment = wanted.get("cancellationReason"), wanted.get("cancellationComment") or ""
        _require(reason in _REASONS, "cancellationReason is unknown")
        _require(len(str(comment)) <= _COMMENT_MOST, "cancellationComment is too long")
        _require(order.state != "ARCHIVE", "The order is over")
        self.orders.finish(order, "CANCELLED", reason=str(reason))


def _require(is_so: bool, otherwise: str) -> None:  # noqa: FBT001 -- it is the one thing it asks
    if not is_so:
        raise _refused(400, otherwise)


def _whole(request: web.Request, name: str) -> int:
    told = request.query.get(name, "")
    if not (told.isascii() and told.isdigit()):
        raise _refused(400, f"Parameter {name} is required")
    return int(told)


def _attributes(raw: bytes) -> dict[str, Any]:
    try:
        attributes = orjson.loads(raw)["data"]["attributes"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise _refused(400, "The body is no JSON:API document") from None
    return attributes if isinstance(attributes, dict) else {}


def _refused(status: int, detail: str) -> replies.Refused:
    title = HTTPStatus(status).phrase
    return replies.Refused(_json_api({"errors": [{"title": title, "detail": detail}]}, status))


def _json_api(body: Any, status: int = 200) -> web.Response:
    return web.Response(
        body=orjson.dumps(body), status=status, content_type="application/vnd.api+json"
    )
