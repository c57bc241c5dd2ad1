"""The cabinet's price feed: single and batch pushes, and what became of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from sandbox import replies
from sandbox.access import Access, json_body
from sandbox.clock import iso_without_zone
from sandbox.faults import JOBS
from sandbox.gate import Role, Route
from sandbox.listings import PROMISED_WITHIN_S
from sandbox.mishaps import fault_of
from sandbox.pushes import BadStatement, Outcome, Statement, read_statement
from sandbox.world import World


@dataclass(frozen=True, slots=True)
class ItemRefused:
    """A statement of a batch that makes no sense, as far as it says whose and what it is."""

    merchant_id: str
    sku: Any
    text: str


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
        statement = _read(await json_body(request))
        self._charge(request, [statement])
        [job_id] = self._accept(request, [statement])
        return replies.json_reply({"id": job_id})

    async def batch(self, request: web.Request) -> web.Response:
        """Accept many statements at once, each by itself or all of them, as the switches say."""
        self.access.session(request)
        settings = self.world.settings
        items = await json_body(request)
        if not isinstance(items, list) or not 0 < len(items) <= settings.batch_most:
            text = f"A batch is a list of 1 to {settings.batch_most} items"
            return replies.message(text, status=400)
        judged = [_judged(item) for item in items]
        refused = [one for one in judged if isinstance(one, ItemRefused)]
        if refused and settings.batch_refusals == "whole":
            return replies.message(refused[0].text, status=400)
        self._charge(request, judged)
        statements = [one for one in judged if isinstance(one, Statement)]
        jobs = iter(self._accept(request, statements, as_one=settings.batch_answers != "items"))
        if refused and settings.batch_refusals == "partly":
            return replies.message(refused[0].text, status=400)
        rows = [
            {"sku": one.sku, "id": next(jobs)}
            if isinstance(one, Statement)
            else {"sku": one.sku, "message": one.text}
            for one in judged
        ]
        return _batch_answer(rows, how=settings.batch_answers)

    async def protocol(self, request: web.Request) -> web.Response:
        """Tell how the latest push of each sku goes or ended."""
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
        settings = self.world.settings
        rows = [
            {"sku": sku}
            if settings.protocol_rows == "bare"
            else _row(sku, outcome, settings.clock_skew_s)
            for sku, outcome in outcomes
            if outcome
        ]
        return replies.json_reply(rows)

    def _charge(self, request: web.Request, judged: Sequence[Statement | ItemRefused]) -> None:
        """Check tenancy and limits for the whole request. Raises Refused."""
        changes = Counter[str]()
        for one in judged:
            if one.merchant_id:
                changes[one.merchant_id] += self._changes(one)
        for merchant_id in changes:
            self.access.merchant(request, merchant_id)
        now = self.world.clock.now()
        for merchant_id, count in changes.items():
            if not self.world.limits.may_push(merchant_id=merchant_id, changes=count, now=now):
                self.world.changes.note()
                raise replies.Refused(replies.message("Too Many Requests", status=429))

    def _changes(self, one: Statement | ItemRefused) -> int:
        """How many changes a statement is."""
        is_by_cities = self.world.settings.quota_counts == "cities"
        cities = one.city_prices if is_by_cities and isinstance(one, Statement) else None
        return len(cities) if cities else 1

    def _accept(
        self, request: web.Request, statements: list[Statement], *, as_one: bool = False
    ) -> list[str]:
        """Take every statement on, each under a number of its own or all under the first one's."""
        fault = fault_of(request, *JOBS)
        mishap, delay_s = (fault.kind, fault.delay_s) if fault else (None, 0.0)
        told: list[str] = []
        for statement in statements:
            told_id = told[0] if as_one and told else ""
            job_id = self.world.pushes.accept(
                statement, mishap=mishap, delay_s=delay_s, told_id=told_id
            )
            told.append(told_id or job_id)
            self.world.say(f"push {statement.merchant_id} {statement.sku} {_wanted(statement)}")
        return told


def _read(body: Any) -> Statement:
    try:
        return read_statement(body)
    except BadStatement as bad:
        raise replies.Refused(replies.message(str(bad), status=400)) from bad


def _judged(item: Any) -> Statement | ItemRefused:
    try:
        return read_statement(item)
    except BadStatement as bad:
        said = item if isinstance(item, dict) else {}
        return ItemRefused(str(said.get("merchantUid") or ""), said.get("sku"), str(bad))


def _batch_answer(rows: list[dict[str, Any]], *, how: str) -> web.Response:
    """What a batch is answered with, of which only the status is known."""
    if how == "empty":
        return replies.empty(200)
    if how == "items":
        return replies.json_reply(rows)
    job_ids = [row["id"] for row in rows if "id" in row]
    refused = [row for row in rows if "id" not in row]
    body: dict[str, Any] = {"id": job_ids[0]} if job_ids else {}
    return replies.json_reply({**body, "errorOffers": refused} if refused else body)


def _wanted(statement: Statement) -> str:
    if statement.city_prices:
        return f"{min(statement.city_prices.values())} tenge"
    return "withdrawn" if statement.price is None else f"{statement.price} tenge"


def _row(sku: str, outcome: Outcome, skew_s: float) -> dict[str, Any]:
    is_waiting = outcome.status == "IN_PROGRESS"
    promised = iso_without_zone(outcome.at + PROMISED_WITHIN_S + skew_s)[:19]
    return {
        "sku": sku,
        "id": outcome.job_id,
        "status": outcome.status,
        "message": outcome.text,
        "date": iso_without_zone(outcome.at + skew_s),
        "appliedBeforeDateTime": promised if is_waiting else None,
    }
