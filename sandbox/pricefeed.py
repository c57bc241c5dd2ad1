"""The cabinet's price feed: single and batch pushes, and what became of them."""

from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from sandbox import replies
from sandbox.access import Access, json_body
from sandbox.clock import iso_without_zone
from sandbox.faults import JOBS
from sandbox.gate import Role, Route
from sandbox.mishaps import fault_of
from sandbox.pushes import BadStatement, Outcome, Statement, read_statement
from sandbox.world import World

_LONGEST_BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class PriceFeed:
    """Its endpoints over a world."""

    world: World
    access: Access

    def routes(self) -> list[Route]:
        role, at = Role.CABINET, "/pricefeed/upload/merchant"
        batch = f"{at}/process/process/batch"
        protocol = "/pricefeed/protocol/merchant/offer/list/s"
        return [
            Route(role, "POST", f"{at}/process", "push", self.push, walled=True),
            Route(role, "POST", batch, "batch", self.batch, walled=True),
            Route(role, "POST", protocol, "protocol", self.protocol, walled=True),
        ]

    async def push(self, request: web.Request) -> web.Response:
        """Accept one statement and give its job id. Accepted is not applied."""
        self.access.session(request)
        return self._accept(request, [_read(await json_body(request))])

    async def batch(self, request: web.Request) -> web.Response:
        self.access.session(request)
        items = await json_body(request)
        if not isinstance(items, list) or not 0 < len(items) <= _LONGEST_BATCH:
            return replies.message(f"A batch is a list of 1 to {_LONGEST_BATCH} items", status=400)
        return self._accept(request, [_read(item) for item in items])

    async def protocol(self, request: web.Request) -> web.Response:
        """Tell how the latest push of each sku ended."""
        body = await json_body(request)
        asked = body if isinstance(body, dict) else {}
        merchant = self.access.merchant(request, str(asked.get("merchantUid") or ""))
        skus = asked.get("skuList")
        if not isinstance(skus, list):
            return replies.message("skuList is a list", status=400)
        outcomes = (
            (sku, self.world.pushes.outcome(merchant.merchant_id, sku))
            for sku in skus
            if isinstance(sku, str)
        )
        return replies.json_reply([_row(sku, outcome) for sku, outcome in outcomes if outcome])

    def _accept(self, request: web.Request, statements: list[Statement]) -> web.Response:
        """Check tenancy and limits for the whole request, then take every statement on."""
        merchant_ids = {statement.merchant_id for statement in statements}
        for merchant_id in merchant_ids:
            self.access.merchant(request, merchant_id)
        now = self.world.clock.now()
        for merchant_id in merchant_ids:
            changes = sum(statement.merchant_id == merchant_id for statement in statements)
            if not self.world.limits.may_push(merchant_id=merchant_id, changes=changes, now=now):
                self.world.changes.note()
                return replies.message("Too Many Requests", status=429)
        fault = fault_of(request, *JOBS)
        mishap, delay_s = (fault.kind, fault.delay_s) if fault else (None, 0.0)
        jobs = [
            self.world.pushes.accept(statement, mishap=mishap, delay_s=delay_s)
            for statement in statements
        ]
        for statement in statements:
            self.world.say(f"push {statement.merchant_id} {statement.sku} {_wanted(statement)}")
        return replies.json_reply({"id": jobs[-1]})


def _read(body: Any) -> Statement:
    try:
        return read_statement(body)
    except BadStatement as bad:
        raise replies.Refused(replies.message(str(bad), status=400)) from bad


def _wanted(statement: Statement) -> str:
    if statement.city_prices:
        return f"{min(statement.city_prices.values())} tenge"
    return "withdrawn" if statement.price is None else f"{statement.price} tenge"


def _row(sku: str, outcome: Outcome) -> dict[str, Any]:
    return {
        "sku": sku,
        "id": outcome.job_id,
        "status": outcome.status,
        "message": outcome.text,
        "date": iso_without_zone(outcome.at),
    }
