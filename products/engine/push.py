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
from kaspi.ports import Listing, SessionTicket
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
from products.engine.orders import ChangeOrder, PreorderOrder, PushOrder

logger = structlog.get_logger("products.changes")
OpenCabinet: TypeAlias = Callable[[SessionTicket], AbstractAsyncContextManager[PushingCabinet]]
Step: TypeAlias = Callable[
    [PushingCabinet, Sequence[PushOrder], float], Awaitable[list[ChangeOutcome]]
]
_UNEXPECTED = "unexpected-error"


async def read_all(
    orders: Sequence[PushOrder], *, open_cabinet: OpenCabinet, batch_s: float
) -> PushReport:
    """Read each change's listing: ``Ready``, or why nothing is to be sent. Sends nothing."""
    return await _by_store(orders, _read_some, open_cabinet=open_cabinet, batch_s=batch_s)


async def send_all(
    orders: Sequence[PushOrder], *, open_cabinet: OpenCabinet, batch_s: float
) -> PushReport:
    """State each order's ``listing`` again with its new price: stores beside each other.

    Several changes of a store go in one bundle, as many as its cabinet takes. Once a statement is
    on its way, any trouble is ``Unanswered``: it is never sent again blind.
    """
    return await _by_store(orders, _send_some, open_cabinet=open_cabinet, batch_s=batch_s)


async def read_back_all(
    orders: Sequence[PushOrder], *, open_cabinet: OpenCabinet, batch_s: float
) -> PushReport:
    """Ask the catalogue what it shows now for each change's product.

    Of changes that are doubtful, the protocol is asked as well.
    """
    return await _by_store(orders, _read_back_some, open_cabinet=open_cabinet, batch_s=batch_s)


def judge_read(order: PushOrder, listing: Listing) -> ChangeOutcome:
    """Say of the listing that a change is about, as it was just read, what is to be done."""
    if not listing.is_settled:
        return Postponed(order.change_id, "listing-unsettled", wait_s=5)
    if code := order.objection_to(listing):
        return Refused(order.change_id, code)
    if order.is_shown_by(listing):
        price = listing.price_in(order.city_id)
        return Shown(order.change_id, price, is_settled=True, is_wanted=True)
    return Ready(order.change_id, listing)


async def read_back(cabinet: PushingCabinet, order: PushOrder) -> ChangeOutcome:
    """Read the listing, and compare it with what it was before."""
    listing = await cabinet.listing(order.sku)
    kept = order.kept()
    lost = losses(kept, listing) if kept is not None else ()
    return Shown(
        order.change_id,
        listing.price_in(order.city_id),
        listing.is_settled,
        is_wanted=order.is_shown_by(listing),
        promised_by=listing.applied_before,
        losses=lost,
        mend=mended(kept, listing) if kept is not None and lost else None,
    )


async def _read_some(
    cabinet: PushingCabinet, orders: Sequence[PushOrder], deadline: float
) -> list[ChangeOutcome]:
    objections = {order.change_id: order.objection() for order in orders}
    outcomes: list[ChangeOutcome] = [
        Refused(change_id, code) for change_id, code in objections.items() if code
    ]
    for group in _by_listing([order for order in orders if not objections[order.change_id]]):
        outcomes += await _read_group(cabinet, group, deadline)
    return outcomes


async def _read_group(
    cabinet: PushingCabinet, group: Sequence[PushOrder], deadline: float
) -> list[ChangeOutcome]:
    try:
        async with asyncio.timeout_at(deadline):
            listing = await cabinet.listing(group[0].sku)
        return [judge_read(order, listing) for order in group]
    except (Invalid, NotFound, Conflict) as error:
        return [Refused(order.change_id, error.code) for order in group]
    except DomainError as error:
        return [Postponed(order.change_id, error.code, _wait_s(error)) for order in group]
    except TimeoutError:
        return [Postponed(order.change_id, "deadline", None) for order in group]
    except Exception:  # a listing that nobody foresaw ends its own changes, and no others
        logger.exception("products.change.broken", change_ids=_ids(group))
        return [Refused(order.change_id, _UNEXPECTED) for order in group]


async def _read_back_some(
    cabinet: PushingCabinet, orders: Sequence[PushOrder], deadline: float
) -> list[ChangeOutcome]:
    outcomes = [await _read_back_one(cabinet, order, deadline) for order in orders]
    unseen = {
        order.sku: order
        for order, outcome in zip(orders, outcomes, strict=True)
        if order.is_doubtful and isinstance(outcome, Shown) and not outcome.is_wanted
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


def _is_about(row: ProtocolRow, order: PushOrder) -> bool:
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
    cabinet: PushingCabinet, order: PushOrder, deadline: float
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
        logger.exception("products.change.broken", change_ids=[order.change_id])
        return Unread(order.change_id, _UNEXPECTED, None)


async def _send_some(
    cabinet: PushingCabinet, orders: Sequence[PushOrder], deadline: float
) -> list[ChangeOutcome]:
    outcomes: list[ChangeOutcome] = []
    most = max(cabinet.bundle_most, 1)
    groups = _by_listing(orders)
    for start in range(0, len(groups), most):
        some = groups[start : start + most]
        if len(some) > 1:
            outcomes += await _send_bundle(cabinet, some, deadline)
        else:
            outcomes += await _send_one(cabinet, some[0], deadline)
    return outcomes


def _by_listing(orders: Sequence[PushOrder]) -> list[list[PushOrder]]:
    """Changes of one listing's cities go together: one statement says them all."""
    groups: dict[str, list[PushOrder]] = {}
    for order in orders:
        groups.setdefault(order.sku, []).append(order)
    return list(groups.values())


async def _send_bundle(
    cabinet: PushingCabinet, groups: Sequence[Sequence[PushOrder]], deadline: float
) -> list[ChangeOutcome]:
    orders = [order for group in groups for order in group]
    changes = [statement_of(group) for group in groups]
    try:
        async with asyncio.timeout_at(deadline):
            answers = await cabinet.push_bundle(changes)
    except (Invalid, NotFound, Conflict):  # none was taken, because of one: each for itself
        alone = [await _send_one(cabinet, group, deadline) for group in groups]
        return [outcome for outcomes in alone for outcome in outcomes]
    except DomainError as error:
        return [_not_sent(order, error) for order in orders]
    except TimeoutError:
        return [Unanswered(order.change_id, "deadline") for order in orders]
    except Exception:  # it may have left: only reading tells
        logger.exception("products.bundle.broken", change_ids=_ids(orders))
        return [Unanswered(order.change_id, _UNEXPECTED) for order in orders]
    return [
        _answered(order, answer)
        for group, answer in zip(groups, answers, strict=True)
        for order in group
    ]


async def _send_one(
    cabinet: PushingCabinet, group: Sequence[PushOrder], deadline: float
) -> list[ChangeOutcome]:
    change = statement_of(group)
    try:
        async with asyncio.timeout_at(deadline):
            receipt = await cabinet.push(
                change.listing, change.price, city_prices=change.city_prices
            )
    except (Invalid, NotFound, Conflict) as error:
        return [Refused(order.change_id, error.code) for order in group]
    except DomainError as error:
        return [_not_sent(order, error) for order in group]
    except TimeoutError:
        return [Unanswered(order.change_id, "deadline") for order in group]
    except Exception:  # it may have left: only reading tells
        logger.exception("products.change.broken", change_ids=_ids(group))
        return [Unanswered(order.change_id, _UNEXPECTED) for order in group]
    return [Sent(order.change_id, receipt.job_id) for order in group]


def statement_of(group: Sequence[PushOrder]) -> NewPrice:
    """What one statement says of a listing: a price where it has one to say, else its prices."""
    listing = group[0].listing
    if listing is None:
        raise ValueError(f"change {group[0].change_id} is sent without the listing it states")
    for order in group:
        if isinstance(order, PreorderOrder):
            listing = order.stated(listing)
    return new_price(listing, [order for order in group if isinstance(order, ChangeOrder)])


def new_price(listing: Listing, group: Sequence[ChangeOrder]) -> NewPrice:
    """A listing with new prices in its cities.

    ``group`` is a change for all cities that are not apart, changes for single cities, or both.
    What none of them is about keeps the price that it was read with.
    """
    wide = next((order for order in group if not order.is_city), None)
    kept = {
        city: price
        for city, price in listing.city_prices.items()
        if wide is None or city in wide.apart
    }
    own = {order.city_id: order.price for order in group if order.is_city}
    return NewPrice(
        listing, price=listing.price if wide is None else wide.price, city_prices=kept | own
    )


def _ids(orders: Sequence[PushOrder]) -> list[int]:
    return [order.change_id for order in orders]


def _not_sent(order: PushOrder, error: DomainError) -> ChangeOutcome:
    if isinstance(error, PushUnanswered):
        return Unanswered(order.change_id, error.code)
    return Postponed(order.change_id, error.code, _wait_s(error))


def _answered(order: PushOrder, answer: BundleAnswer) -> ChangeOutcome:
    match answer:
        case Taken(job_id=job_id):
            return Sent(order.change_id, job_id)
        case Declined(code=code, detail=detail):
            return Refused(order.change_id, code, detail)
        case _:
            return Unanswered(order.change_id, PushUnanswered.code)


async def _by_store(
    orders: Sequence[PushOrder], step: Step, *, open_cabinet: OpenCabinet, batch_s: float
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
    orders: Sequence[PushOrder], step: Step, open_cabinet: OpenCabinet, deadline: float
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
