"""The life of a change: durable at each step, so that a crash leaves a row that says what is next.

    PENDING ──read, mark──► SENDING ──answer──► SENT ──Kaspi shows it──► APPLIED
       │                       │  └── no answer: read ──► APPLIED | LOST | OVERDUE
       │                       └────── Kaspi says no ──► REFUSED
       └── overtaken, or no longer allowed ──► SUPERSEDED

The listing is read first; SENDING is written with it before the request leaves. A row found in
SENDING was cut off: it is resolved by reading the catalogue, never by sending again. What Kaspi
shows in the end is compared with the listing as it was: what got lost is stated again, once.
"""

from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeAlias

import structlog

from cube_demper.kernel.errors import QuotaUnknown
from cube_demper.kernel.limiting.ports import Priority
from kaspi import runtime
from kaspi.services.sessions import keep_renewed
from products.engine.model import ChangeOrder, Postponed, PushReport, Ready, Shown
from products.engine.push import read_all, read_back_all, send_all
from products.models import Change, ChangeState
from products.services.deadlines import PUSH_S, READ_S
from products.services.lines import keep_line, leave_line, lend_lines
from products.services.outcomes import record_report
from products.services.waves import (
    begin_sending,
    claim_change,
    claim_wave,
    orders_of,
    spent_by,
    under_lease,
)

logger = structlog.get_logger("products.changes")
Trip: TypeAlias = Callable[..., Coroutine[Any, Any, PushReport]]
_TURN = timedelta(seconds=4)  # then another store gets its turn
_REMEMBER_S = 5.0


def push_changes(*, store_id: int, lease: str, clock: Callable[[], datetime]) -> None:
    """Send what waits in a store's line, a wave at a time, then let the next store have its turn.

    What time or quota does not allow stays PENDING, and makes the line due again.
    """
    enough_at = clock() + _TURN
    counts: Counter[str] = Counter()
    while keep_line(store_id=store_id, lease=lease, now=clock()):
        wave = claim_wave(store_id=store_id, lease=lease, now=clock())
        if not wave.orders:
            leave_line(store_id=store_id, lease=lease, due_at=wave.next_at)
            break
        counts += _push_wave(wave.orders, lease=lease, clock=clock)
        if clock() >= enough_at:
            leave_line(store_id=store_id, lease=lease, due_at=clock())
            break
    if counts:
        logger.info("products.changes.pushed", **counts)
    lend_lines(now=clock())


def push_change(*, change_id: int, lease: str, clock: Callable[[], datetime]) -> None:
    """Send one pending change that is under this lease, for a person who waits for it."""
    orders = claim_change(change_id=change_id, lease=lease, now=clock())
    if orders:
        _push_wave(orders, lease=lease, clock=clock, priority=Priority.INTERACTIVE)


def _push_wave(
    orders: Sequence[ChangeOrder],
    *,
    lease: str,
    clock: Callable[[], datetime],
    priority: Priority = Priority.BACKGROUND,
) -> Counter[str]:
    """Read the listings, write down that they are sent, send them; count what came of them."""
    read = _travel(read_all, orders, batch_s=READ_S, priority=priority)
    # The jar is saved before it is used again: the orders that are sent carry it.
    keep_renewed([order.ticket for order in orders], renewed=read.renewed, now=clock())
    ready = [outcome for outcome in read.outcomes if isinstance(outcome, Ready)]
    held_back = [outcome for outcome in read.outcomes if not isinstance(outcome, Ready)]
    sending = begin_sending(ready, lease=lease, now=clock())
    sent = _travel(send_all, sending, batch_s=PUSH_S, priority=priority)
    keep_renewed([order.ticket for order in sending], renewed=sent.renewed, now=clock())
    report = PushReport((*held_back, *sent.outcomes), {})
    counts = record_report(orders=orders, report=report, now=clock())
    _remember(orders, report, now=clock())
    return counts


def _travel(
    trip: Trip,
    orders: Sequence[ChangeOrder],
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


def settle_changes(*, change_ids: Sequence[int], lease: str, clock: Callable[[], datetime]) -> None:
    """Read what became of the changes still under this lease."""
    rows = under_lease(change_ids, lease, clock()).filter(
        state__in=(ChangeState.SENDING, ChangeState.SENT)
    )
    orders = orders_of(rows.select_related("product__store__session").order_by("pk"))
    if not orders:
        return
    report = _travel(read_back_all, orders, batch_s=PUSH_S)
    now = clock()
    counts = record_report(orders=orders, report=report, now=now)
    logger.info("products.changes.settled", **counts)
    _mend(orders, report, begun_at=now)


def _mend(orders: Sequence[ChangeOrder], report: PushReport, *, begun_at: datetime) -> None:
    """State again what got lost, where it was just written down that this begins: once."""
    mends = {
        outcome.change_id: outcome.mend
        for outcome in report.outcomes
        if isinstance(outcome, Shown) and outcome.mend is not None
    }
    begun = set(
        Change.objects.across_users(reason="a lease spans sellers")
        .filter(pk__in=mends, mended_at=begun_at)
        .values_list("pk", flat=True)
    )
    _travel(
        send_all,
        [
            replace(order, listing=mends[order.change_id])
            for order in orders
            if order.change_id in begun and order.price in order.corridor
        ],
        batch_s=READ_S,
    )


def _remember(orders: Sequence[ChangeOrder], report: PushReport, *, now: datetime) -> None:
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
