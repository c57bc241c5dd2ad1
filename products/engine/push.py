"""Send changes to Kaspi, and read back what became of them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from itertools import groupby
from typing import TypeAlias

from cube_demper.kernel.errors import Conflict, DomainError, Invalid, NotFound
from kaspi.errors import PushUnanswered
from kaspi.ports import Cabinet, SessionTicket
from products.engine.model import (
    ChangeOrder,
    ChangeOutcome,
    Postponed,
    PushReport,
    Refused,
    Sent,
    Shown,
    Unanswered,
    Unread,
)

OpenCabinet: TypeAlias = Callable[[SessionTicket], AbstractAsyncContextManager[Cabinet]]
Step: TypeAlias = Callable[[Cabinet, ChangeOrder], Awaitable[ChangeOutcome]]


async def push_all(
    orders: Sequence[ChangeOrder], *, open_cabinet: OpenCabinet, batch_s: float
) -> PushReport:
    """Send every change: stores beside each other, a store's changes one after another."""
    return await _by_store(orders, _push_one, open_cabinet=open_cabinet, batch_s=batch_s)


async def read_back_all(
    orders: Sequence[ChangeOrder], *, open_cabinet: OpenCabinet, batch_s: float
) -> PushReport:
    """Ask the catalogue what it shows now for each change's product."""
    return await _by_store(orders, _read_back_one, open_cabinet=open_cabinet, batch_s=batch_s)


async def _push_one(cabinet: Cabinet, order: ChangeOrder) -> ChangeOutcome:
    try:
        return await push(cabinet, order)
    except (Invalid, NotFound, Conflict) as error:
        return Refused(order.change_id, error.code)
    except DomainError as error:
        return Postponed(order.change_id, error.code, _wait_s(error))


async def _read_back_one(cabinet: Cabinet, order: ChangeOrder) -> ChangeOutcome:
    try:
        return await read_back(cabinet, order)
    except NotFound as error:
        return Refused(order.change_id, error.code)
    except DomainError as error:
        return Unread(order.change_id, error.code, _wait_s(error))


async def push(cabinet: Cabinet, order: ChangeOrder) -> ChangeOutcome:
    """Read the listing, send it back whole with the new price.

    Once the statement is on its way, any trouble is ``Unanswered``: it is never sent again blind.
    """
    if order.price not in order.corridor:  # the second gate: whatever was decided, this holds
        return Refused(order.change_id, "outside-corridor")
    listing = await cabinet.listing(order.sku)
    if not listing.is_settled:
        return Postponed(order.change_id, "listing-unsettled", wait_s=5)
    if listing.price_in(order.city_id) == order.price:
        return Shown(order.change_id, order.price, is_settled=True)
    try:
        receipt = await cabinet.push(listing, order.price)
    except PushUnanswered as error:
        return Unanswered(order.change_id, error.code)
    return Sent(order.change_id, receipt.job_id)


async def read_back(cabinet: Cabinet, order: ChangeOrder) -> ChangeOutcome:
    """Read the listing."""
    listing = await cabinet.listing(order.sku)
    return Shown(order.change_id, listing.price_in(order.city_id), listing.is_settled)


async def _by_store(
    orders: Sequence[ChangeOrder], step: Step, *, open_cabinet: OpenCabinet, batch_s: float
) -> PushReport:
    deadline = asyncio.get_running_loop().time() + batch_s
    ordered = sorted(orders, key=lambda order: order.ticket.store_id)
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(_one_store(list(own), step, open_cabinet, deadline))
            for _, own in groupby(ordered, key=lambda order: order.ticket.store_id)
        ]
    reports = [task.result() for task in tasks]
    return PushReport(
        outcomes=tuple(outcome for report in reports for outcome in report.outcomes),
        renewed={id_: jar for report in reports for id_, jar in report.renewed.items()},
    )


async def _one_store(
    orders: Sequence[ChangeOrder], step: Step, open_cabinet: OpenCabinet, deadline: float
) -> PushReport:
    ticket = orders[0].ticket
    async with open_cabinet(ticket) as cabinet:
        outcomes = [await _one(cabinet, order, step, deadline) for order in orders]
        renewed = {ticket.session_id: cabinet.jar} if cabinet.is_renewed else {}
    return PushReport(tuple(outcomes), renewed)


async def _one(cabinet: Cabinet, order: ChangeOrder, step: Step, deadline: float) -> ChangeOutcome:
    try:
        async with asyncio.timeout_at(deadline):
            return await step(cabinet, order)
    except TimeoutError:
        return Unanswered(order.change_id, "deadline")


def _wait_s(error: DomainError) -> float | None:
    if error.retry_at is None:
        return None
    return max((error.retry_at - datetime.now(UTC)).total_seconds(), 0)
