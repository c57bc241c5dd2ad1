"""Trips to sellers' cabinets: what each needs before, and what has to be kept after it."""

from collections.abc import Callable, Collection, Coroutine, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, TypeAlias

from cube_demper.kernel.errors import QuotaUnknown
from cube_demper.kernel.limiting.ports import Priority
from kaspi import runtime
from kaspi.services.sessions import keep_renewed
from products.engine.model import Postponed, PushReport, Ready, Shown
from products.engine.orders import PushOrder
from products.engine.push import read_all, read_back_all, send_all
from products.services.deadlines import PUSH_S, READ_S
from products.services.quota import spent_by

Trip: TypeAlias = Callable[..., Coroutine[Any, Any, PushReport]]
_REMEMBER_S = 5.0


def read_and_send(
    orders: Sequence[PushOrder],
    *,
    begin: Callable[[Sequence[Ready]], Sequence[PushOrder]],
    clock: Callable[[], datetime],
    priority: Priority = Priority.BACKGROUND,
) -> PushReport:
    """Read the listings, let ``begin`` write down which of them are sent now, and send those."""
    read = _travel(read_all, orders, batch_s=READ_S, priority=priority)
    # The jar is saved before it is used again: the orders that are sent carry it.
    keep_renewed([order.ticket for order in orders], renewed=read.renewed, now=clock())
    ready = [outcome for outcome in read.outcomes if isinstance(outcome, Ready)]
    held_back = [outcome for outcome in read.outcomes if not isinstance(outcome, Ready)]
    sending = begin(ready)
    sent = _travel(send_all, sending, batch_s=PUSH_S, priority=priority)
    keep_renewed([order.ticket for order in sending], renewed=sent.renewed, now=clock())
    return PushReport((*held_back, *sent.outcomes), {})


def read_back(orders: Sequence[PushOrder]) -> PushReport:
    """Read what became of these."""
    return _travel(read_back_all, orders, batch_s=PUSH_S)


def state_again(orders: Sequence[PushOrder], report: PushReport, *, begun: Collection[int]) -> None:
    """State anew what got lost on the way of those that ``begun`` names: once, and all of it."""
    mends = {
        outcome.change_id: outcome.mend
        for outcome in report.outcomes
        if isinstance(outcome, Shown) and outcome.mend is not None
    }
    again = [
        replace(order, listing=mends[order.change_id])
        for order in orders
        if order.change_id in begun and order.change_id in mends and not order.objection()
    ]
    _travel(send_all, again, batch_s=READ_S)


def remember_changes(orders: Sequence[PushOrder], report: PushReport, *, now: datetime) -> None:
    """Tell the limiter, where it lost its memory, when these stores' changes were sent."""
    refused = {
        outcome.change_id
        for outcome in report.outcomes
        if isinstance(outcome, Postponed) and outcome.code == QuotaUnknown.code
    }
    merchants = {
        order.ticket.store_id: order.ticket.merchant_id
        for order in orders
        if order.change_id in refused
    }
    for store_id, merchant_id in merchants.items():
        used_at = spent_by(store_id, now).sent_at
        runtime.run(
            lambda gateway, who=merchant_id, when=used_at: gateway.remember_changes(  # type: ignore[misc]  # bound per store
                who, used_at=when
            ),
            timeout_s=_REMEMBER_S,
        )


def _travel(
    trip: Trip,
    orders: Sequence[PushOrder],
    *,
    batch_s: float,
    priority: Priority = Priority.BACKGROUND,
) -> PushReport:
    if not orders:
        return PushReport((), {})
    return runtime.run(
        lambda gateway: trip(
            orders, open_cabinet=partial(gateway.open_cabinet, priority=priority), batch_s=batch_s
        ),
        timeout_s=batch_s + 2,
    )
