"""Orders in the sandbox's own API: a token, orders to make, and orders to move."""

from dataclasses import asdict, dataclass
from typing import Any

from aiohttp import web

from sandbox.control import BadRequest, answered, merchant_id_of, read_object
from sandbox.faults import Handler
from sandbox.orders import Order
from sandbox.world import World

_MAY_SET = frozenset(
    {"state", "status", "mode", "pre_order", "name", "phone", "town", "signature_required"}
)
_FLAGS = frozenset({"pre_order", "signature_required"})


@dataclass(frozen=True, slots=True)
class OrderControl:
    """Its endpoints over a world."""

    world: World

    def routes(self) -> list[tuple[str, str, Handler]]:
        at = "/_sandbox/orders"
        return [
            ("GET", at, answered(self.show)),
            ("POST", at, answered(self.place)),
            ("POST", f"{at}/move", answered(self.move)),
            ("GET", f"{at}/token", answered(self.token)),
            ("POST", f"{at}/token", answered(self.new_token)),
        ]

    async def show(self, request: web.Request) -> Any:
        orders = self.world.orders.of(merchant_id_of(request.query))
        return {"orders": [asdict(order) for order in orders.values()]}

    async def place(self, request: web.Request) -> Any:
        """Let somebody buy, now or `age_s` ago; anything of the order may be said."""
        wanted = await read_object(request)
        merchant_id, age_s = merchant_id_of(wanted), wanted.pop("age_s", 0)
        wanted.pop("merchant_id")
        if type(age_s) not in {int, float} or age_s < 0:
            raise BadRequest("age_s is a number not below zero.")
        _check(wanted)
        try:
            order = self.world.orders.place(merchant_id, age_s=age_s, **wanted)
        except LookupError:
            raise BadRequest(f"Merchant {merchant_id} sells nothing.") from None
        return asdict(order)

    async def move(self, request: web.Request) -> Any:
        """Move an order one step on, or set its state, its status and the rest by hand."""
        wanted = await read_object(request)
        order = self._order(merchant_id_of(wanted), wanted.pop("code", None))
        wanted.pop("merchant_id")
        _check(wanted)
        for name, value in wanted.items():
            setattr(order, name, value)
        if not wanted:
            self.world.orders.move(order)
        self.world.changes.note()
        return asdict(order)

    async def token(self, request: web.Request) -> Any:
        return {"token": self.world.orders.token(merchant_id_of(request.query))}

    async def new_token(self, request: web.Request) -> Any:
        """Make a new token; the old one is dead."""
        merchant_id = merchant_id_of(await read_object(request))
        return {"token": self.world.orders.new_token(merchant_id)}

    def _order(self, merchant_id: str, code: Any) -> Order:
        order = self.world.orders.of(merchant_id).get(str(code))
        if order is None:
            raise BadRequest(f"There is no order {code!r}.")
        return order


def _check(wanted: dict[str, Any]) -> None:
    unknown = sorted(set(wanted) - _MAY_SET)
    if unknown:
        raise BadRequest(f"An order has no {', '.join(unknown)} to set.")
    for name, value in wanted.items():
        if not isinstance(value, bool if name in _FLAGS else str):
            raise BadRequest(f"{name} cannot be {value!r}.")
