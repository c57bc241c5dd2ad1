"""The cabinet's GraphQL facade: a few named operations, errors with status 200."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from sandbox import replies
from sandbox.access import Access, json_body
from sandbox.cabinet import points_of
from sandbox.cities import CITIES
from sandbox.gate import Role, Route
from sandbox.graphql_orders import GraphqlOrders, Operation, errors
from sandbox.people import MERCHANTS, Merchant
from sandbox.sessions import CabinetSession


@dataclass(frozen=True, slots=True)
class Graphql:
    """`POST /mc/facade/graphql?opName=…`."""

    access: Access
    orders: GraphqlOrders

    def routes(self) -> list[Route]:
        path = "/mc/facade/graphql"
        return [Route(Role.CABINET, "POST", path, "graphql", self.answer, walled=True)]

    async def answer(self, request: web.Request) -> web.Response:
        session = self.access.session(request)
        body = await json_body(request)
        operations: dict[str, Callable[[dict[str, Any], CabinetSession], web.Response]] = {
            "getMerchant": self._merchant,
            "getPointList": self._points,
            "getCities": self._cities,
        }
        asked = body if isinstance(body, dict) else {}
        name = asked.get("operationName") or request.query.get("opName") or ""
        operation = operations.get(name)
        variables = asked.get("variables") or {}
        of_orders = self.orders.operations().get(name)
        if isinstance(variables, dict) and of_orders is not None:
            return self._about_orders(of_orders, variables, session)
        if operation is None or not isinstance(variables, dict):
            return errors("Bad Request")
        return operation(variables, session)

    def _about_orders(
        self, operation: Operation, variables: dict[str, Any], session: CabinetSession
    ) -> web.Response:
        asked = (variables.get(name) for name in ("merchantUid", "merchantId", "id"))
        merchant = _own(next((one for one in asked if one), None), session)
        return errors("Access denied") if merchant is None else operation(variables, merchant)

    def _merchant(self, variables: dict[str, Any], session: CabinetSession) -> web.Response:
        merchant = _own(variables.get("id") or variables.get("merchantUid"), session)
        if merchant is None:
            return errors("Access denied")
        found = {
            "id": merchant.merchant_id,
            "name": merchant.name,
            "logo": {"url": None},
            "points": points_of(merchant),
        }
        return replies.json_reply({"data": {"merchant": found}})

    def _points(self, variables: dict[str, Any], session: CabinetSession) -> web.Response:
        merchant = _own(variables.get("merchantUid") or variables.get("id"), session)
        if merchant is None:
            return errors("Access denied")
        return replies.json_reply({"data": {"merchant": {"points": points_of(merchant)}}})

    def _cities(self, _variables: dict[str, Any], _session: CabinetSession) -> web.Response:
        rows = [{"id": city_id, "name": name} for city_id, name in CITIES.items()]
        return replies.json_reply({"data": {"cities": rows}})


def _own(merchant_id: Any, session: CabinetSession) -> Merchant | None:
    return MERCHANTS[merchant_id] if merchant_id in session.merchant_ids else None
