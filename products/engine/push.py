"""Send changes to Kaspi, and read back what became of them.

Three steps, each a trip of its own, so that what the one found is written down before the next
begins: ``read_all`` reads the listings, ``send_all`` states them again with the new prices,
``read_back_all`` asks what Kaspi shows.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby
from typing import TypeAlias

import structlog

from cube_demper.kernel.errors import Conflict, DomainError, Invalid, NotFound
from kaspi.errors import PushUnanswered
from kaspi.ports import SessionTicket
from kaspi.push_ports import (
    BundleAnswer,
    Declined,
    Fate,
    NewPrice,
    ProtocolRow,
    PushingCabinet,
    Taken,
)
from products.engine.losses import losses, mended
from products.engine.model import (
    ChangeOrder,
    ChangeOutcome,
    Postponed,
    PushReport,
    Ready,
    Refused,
    Sent,
    Shown,
    Unanswered,
    Unread,
)

logger = structlog.get_logger("products.changes")
OpenCabinet: TypeAlias = Callable[[SessionTicket], AbstractAsyncContextManager[PushingCabinet]]
Step: TypeAlias = Callable[
    [PushingCabinet, Sequence[ChangeOrder], float], Awaitable[list[ChangeOutcome]]
]
_UNEXPECTED = "unexpected-error"


async def read_all(
    orders: Sequence[ChangeOrder], *, open_cabinet: OpenCabinet, batch_s: float
) -> PushReport:
    """Read each change's listing: ``Ready``, or why nothing is to be sent. Sends nothing."""
    return await _by_store(orders, _read_some, open_cabinet=open_cabinet, batch_s=batch_s)


async def send_all(
    orders: Sequence[ChangeOrder], *, open_cabinet: OpenCabinet, batch_s: float
) -> PushReport:
    """State each order's ``listing`` again with its new price: stores beside each other.

    Several changes of a store go in one bundle, as many as its cabinet takes. Once a statement is
    on its way, any trouble is ``Unanswered``: it is never sent again blind.
    """
    return await _by_store(orders, _send_some, open_cabinet=open_cabinet, batch_s=batch_s)


async def read_back_all(
    orders: Sequence[ChangeOrder], *, open_cabinet: OpenCabinet, batch_s: float
) -> PushReport:
    """Ask the catalogue what it shows now for each change's product.

    Of changes that are doubtful, the protocol is asked as well.
    """
    return await _by_store(orders, _read_back_some, open_cabinet=open_cabinet, batch_s=batch_s)


async def read(cabinet: PushingCabinet, order: ChangeOrder) -> ChangeOutcome:
    """Read the listing that a change is about."""
    if order.price not in order.corridor:  # the second gate: whatever was decided, this holds
        return Refused(order.change_id, "outside-corridor")
    listing = await cabinet.listing(order.sku)
    if not listing.is_settled:
        return Postponed(order.change_id, "listing-unsettled", wait_s=5)
    if listing.price_in(order.city_id) == order.price:
        return Shown(order.change_id, order.price, is_settled=True)
    return Ready(order.change_id, listing)


async def read_back(cabinet: PushingCabinet, order: ChangeOrder) -> ChangeOutcome:
    """Read the listing, and compare it with what it was before."""
    listing = await cabinet.listing(order.sku)
    lost = losses(order.listing, listing) if order.listing is not None else ()
    return Shown(
        order.change_id,
        listing.price_in(order.city_id),
        listing.is_settled,
        promised_by=listing.applied_before,
        losses=lost,
        mend=mended(order.listing, listing) if order.listing is not None and lost else None,
    )


async def _read_some(
    cabinet: PushingCabinet, orders: Sequence[ChangeOrder], deadline: float
) -> list[ChangeOutcome]:
    return [await _read_one(cabinet, order, deadline) for order in orders]


async def _read_one(cabinet: PushingCabinet, order: ChangeOrder, deadline: float) -> ChangeOutcome:
    try:
        async with asyncio.timeout_at(deadline):
            return await read(cabinet, order)
    except (Invalid, NotFound, Conflict) as error:
        return Refused(order.change_id, error.code)
    except DomainError as error:
        return Postponed(order.change_id, error.code, _wait_s(error))
    except TimeoutError:
        return Postponed(order.change_id, "deadline", None)
    except Exception:  # a listing that nobody foresaw ends its own change, and no other
        logger.exception("products.change.broken", change_id=order.change_id)
        return Refused(order.change_id, _UNEXPECTED)


async def _read_back_some(
    cabinet: PushingCabinet, orders: Sequence[ChangeOrder], deadline: float
) -> list[ChangeOutcome]:
    outcomes = [await _read_back_one(cabinet, order, deadline) for order in orders]
    unseen = {
        order.sku: order
        for order, outcome in zip(orders, outcomes, strict=True)
        if order.is_doubtful and isinstance(outcome, Shown) and outcome.price != order.price
    }
    rows = await _protocol(cabinet, list(unseen), deadline) if unseen else {}
    told = {
        order.change_id: rows[sku]
        for sku, order in unseen.items()
        if sku in rows and _is_about(rows[sku], order)
    }
    return [
        _told(outcome, told[outcome.change_id]) if outcome.change_id in told else outcome
        for outcome in outcomes
    ]


async def _protocol(
    cabinet: PushingCabinet, skus: Sequence[str], deadline: float
) -> Mapping[str, ProtocolRow]:
    try:
        async with asyncio.timeout_at(deadline):
            return await cabinet.protocol(skus)
    except (DomainError, TimeoutError) as error:  # the catalogue was read: that has to do
        logger.info("products.protocol.unread", error=str(error))
        return {}


def _is_about(row: ProtocolRow, order: ChangeOrder) -> bool:
    """Is it about our statement, and not about an earlier one?"""
    if row.job_id and order.job_id:
        return row.job_id == order.job_id
    return row.noted_at is not None and order.sent_at is not None and row.noted_at >= order.sent_at


def _told(outcome: ChangeOutcome, row: ProtocolRow) -> ChangeOutcome:
    if row.fate is Fate.REFUSED:
        return Refused(outcome.change_id, "statement-refused", row.remarks)
    if row.fate is Fate.PENDING and isinstance(outcome, Shown):
        return replace(outcome, is_settled=False, promised_by=row.applied_before)
    return outcome


async def _read_back_one(
    cabinet: PushingCabinet, order: ChangeOrder, deadline: float
) -> ChangeOutcome:
    try:
        async with asyncio.timeout_at(deadline):
            return await read_back(cabinet, order)
    except NotFound as error:
        return Refused(order.change_id, error.code)
    except DomainError as error:
        return Unread(order.change_id, error.code, _wait_s(error))
    except TimeoutError:
        return Unread(order.change_id, "deadline", None)
    except Exception:  # the same
        logger.exception("products.change.broken", change_id=order.change_id)
        return Unread(order.change_id, _UNEXPECTED, None)


async def _send_some(
    cabinet: PushingCabinet, orders: Sequence[ChangeOrder], deadline: float
) -> list[ChangeOutcome]:
    outcomes: list[ChangeOutcome] = []
    most = max(cabinet.bundle_most, 1)
    for start in range(0, len(orders), most):
        some = orders[start : start + most]
        if len(some) > 1:
            outcomes += await _send_bundle(cabinet, some, deadline)
        else:
            outcomes += [await _send_one(cabinet, order, deadline) for order in some]
    return outcomes


async def _send_bundle(
    cabinet: PushingCabinet, orders: Sequence[ChangeOrder], deadline: float
) -> list[ChangeOutcome]:
    changes = [_new_price(order) for order in orders]
    try:
        async with asyncio.timeout_at(deadline):
            answers = await cabinet.push_bundle(changes)
    except (Invalid, NotFound, Conflict):  # none was taken, because of one: each for itself
        return [await _send_one(cabinet, order, deadline) for order in orders]
    except DomainError as error:
        return [_not_sent(order, error) for order in orders]
    except TimeoutError:
        return [Unanswered(order.change_id, "deadline") for order in orders]
    except Exception:  # it may have left: only reading tells
        logger.exception("products.bundle.broken", change_ids=[o.change_id for o in orders])
        return [Unanswered(order.change_id, _UNEXPECTED) for order in orders]
    return [_answered(order, answer) for order, answer in zip(orders, answers, strict=True)]


async def _send_one(cabinet: PushingCabinet, order: ChangeOrder, deadline: float) -> ChangeOutcome:
    change = _new_price(order)
    try:
        async with asyncio.timeout_at(deadline):
            receipt = await cabinet.push(change.listing, change.price)
    except (Invalid, NotFound, Conflict) as error:
        return Refused(order.change_id, error.code)
    except DomainError as error:
        return _not_sent(order, error)
    except TimeoutError:
        return Unanswered(order.change_id, "deadline")
    except Exception:  # it may have left: only reading tells
        logger.exception("products.change.broken", change_id=order.change_id)
        return Unanswered(order.change_id, _UNEXPECTED)
    return Sent(order.change_id, receipt.job_id)


def _new_price(order: ChangeOrder) -> NewPrice:
    if order.listing is None:
        raise ValueError(f"change {order.change_id} is sent without the listing it states")
    return NewPrice(order.listing, order.price)


def _not_sent(order: ChangeOrder, error: DomainError) -> ChangeOutcome:
    if isinstance(error, PushUnanswered):
        return Unanswered(order.change_id, error.code)
    return Postponed(order.change_id, error.code, _wait_s(error))


def _answered(order: ChangeOrder, answer: BundleAnswer) -> ChangeOutcome:
    match answer:
        case Taken(job_id=job_id):
            return Sent(order.change_id, job_id)
        case Declined(code=code, detail=detail):
            return Refused(order.change_id, code, detail)
        case _:
            return Unanswered(order.change_id, PushUnanswered.code)


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
        outcomes = await step(cabinet, orders, deadline)
        renewed = {ticket.session_id: cabinet.jar} if cabinet.is_renewed else {}
    return PushReport(tuple(outcomes), renewed)


def _wait_s(error: DomainError) -> float | None:
    if error.retry_at is None:
        return None
    return max((error.retry_at - datetime.now(UTC)).total_seconds(), 0)
