"""Orders and the token of the official API as the cabinet's GraphQL facade shows them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from sandbox import replies
from sandbox.clock import iso_without_zone
from sandbox.order_pages import shown_phone
from sandbox.orders import KASPI_TABS, Order
from sandbox.people import Merchant
from sandbox.world import World

_SIZE_MOST: Final = 10
_NO_PHONE: Final = "+0(000)-000-00-00"

Operation = Callable[[dict[str, Any], Merchant], web.Response]


@dataclass(frozen=True, slots=True)
class GraphqlOrders:
    """The operations that have to do with orders; the facade has seen to whose they are."""

    world: World

    def operations(self) -> dict[str, Operation]:
        return {
            "getOrders": self._orders,
            "getOrderDetails": self._details,
            "getOrderCounters": self._counters,
            "getTokenApi": self._token,
            "tokenGenerate": self._new_token,
        }

    def _orders(self, variables: dict[str, Any], merchant: Merchant) -> web.Response:
        page, size = variables.get("page", 0), variables.get("size", _SIZE_MOST)
        wanted = variables.get("input") or {}
        tab = wanted.get("presetFilter") if isinstance(wanted, dict) else None
        belongs = _TABS.get(str(tab))
        if type(page) is not int or type(size) is not int or page < 0 or belongs is None:
            return errors("Bad Request")
        if not 0 < size <= _SIZE_MOST:
            return errors("Bad Request")
        found = [one for one in self._of(merchant) if belongs(one)]
        if wanted.get("orderCode"):
            found = [one for one in found if one.code == wanted["orderCode"]]
        shown = [self._order(one) for one in found[page * size : (page + 1) * size]]
        inner = {"orders": {"total": len(found), "orders": shown}}
        return _data({"merchant": {"orders": inner}})

    def _details(self, variables: dict[str, Any], merchant: Merchant) -> web.Response:
        order = self.world.orders.of(merchant.merchant_id).get(str(variables.get("orderCode")))
        if order is None:
            return errors("Order not found")
        phone = shown_phone(order, self.world.settings)
        detail = self._order(order)
        detail["customer"]["phoneNumber"] = f"+7{phone}" if phone.strip("0") else _NO_PHONE
        return _data({"merchant": {"orderDetail": detail}})

    def _counters(self, _variables: dict[str, Any], merchant: Merchant) -> web.Response:
        orders = self._of(merchant)
        counts = [
            {"tab": tab, "count": sum(belongs(one) for one in orders)}
            for tab, belongs in _TABS.items()
        ]
        return _data({"merchant": {"orders": {"counts": counts}}})

    def _token(self, _variables: dict[str, Any], merchant: Merchant) -> web.Response:
        token = self.world.orders.token(merchant.merchant_id)
        return _data({"merchant": {"integration": {"token": token}}})

    def _new_token(self, _variables: dict[str, Any], merchant: Merchant) -> web.Response:
        token = self.world.orders.new_token(merchant.merchant_id)
        return _data({"tokenGenerate": {"token": token}})

    def _of(self, merchant: Merchant) -> list[Order]:
        orders = self.world.orders.of(merchant.merchant_id).values()
        return sorted(orders, key=lambda one: one.placed_at, reverse=True)

    def _order(self, order: Order) -> dict[str, Any]:
        return {
            "code": order.code,
            "status": order.status,
            "state": order.state,
            "totalPrice": float(order.total),
            "creationTime": iso_without_zone(order.placed_at),
            "preOrder": order.pre_order,
            "customer": {"firstName": order.name, "lastName": order.name[0]},
            "kaspiDelivery": order.mode in KASPI_TABS,
            "deliveryMethod": order.mode,
            "entries": [
                {
                    "entryId": f"{order.code}-{number}",
                    "quantity": line.quantity,
                    "totalPrice": float(line.price * line.quantity),
                    "product": {"code": line.master_sku, "name": line.title},
                    "merchantProduct": {"code": line.sku, "name": line.title},
                }
                for number, line in enumerate(order.lines)
            ],
            "cancelReason": order.cancellation_reason,
        }


def errors(text: str) -> web.Response:
    """The facade's way to refuse: status 200."""
    return replies.json_reply({"errors": [{"message": text}], "data": None})


def _data(data: dict[str, Any]) -> web.Response:
    return replies.json_reply({"data": data})


def _in_kaspi(is_it: Callable[[Order], bool]) -> Callable[[Order], bool]:
    return lambda one: one.state == "KASPI_DELIVERY" and is_it(one)


_TABS: Final[dict[str, Callable[[Order], bool]]] = {
    "NEW": lambda one: one.state == "NEW",
    "SIGN_REQUIRED": lambda one: one.state == "SIGN_REQUIRED",
    "PICKUP": lambda one: one.state == "PICKUP",
    "DELIVERY": lambda one: one.state == "DELIVERY",
    "KASPI_DELIVERY_WAIT_FOR_POINT_DELIVERY": _in_kaspi(lambda one: one.pre_order),
    "KASPI_DELIVERY_CARGO_ASSEMBLY": _in_kaspi(
        lambda one: not one.pre_order and not one.assembled and one.courier_at is None
    ),
    "KASPI_DELIVERY_WAIT_FOR_COURIER": _in_kaspi(
        lambda one: one.assembled and one.courier_at is None
    ),
    "KASPI_DELIVERY_TRANSMITTED": _in_kaspi(lambda one: one.courier_at is not None),
    "KASPI_DELIVERY_RETURN_REQUEST": _in_kaspi(
        lambda one: one.status == "KASPI_DELIVERY_RETURN_REQUESTED"
    ),
    "ARCHIVED": lambda one: one.state == "ARCHIVE",
}
