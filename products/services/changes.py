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
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from cube_demper.kernel.limiting.ports import Priority
from products.engine.orders import ChangeOrder
from products.models import UNDER_WAY, Change
from products.services.lines import keep_line, leave_line, lend_lines
from products.services.outcomes import record_report
from products.services.preorder_changes import next_preorder_at, push_preorders
from products.services.trips import read_and_send, read_back, remember_changes, state_again
from products.services.waves import (
    begin_sending,
    claim_change,
    claim_wave,
    orders_of,
    under_lease,
)

logger = structlog.get_logger("products.changes")
_TURN = timedelta(seconds=4)  # then another store gets its turn


def push_changes(*, store_id: int, lease: str, clock: Callable[[], datetime]) -> None:
    """Send what waits in a store's line, a wave at a time, then let the next store have its turn.

    What time or quota does not allow stays PENDING, and makes the line due again.
    """
    enough_at = clock() + _TURN
    counts: Counter[str] = Counter()
    while keep_line(store_id=store_id, lease=lease, now=clock()):
        preorders = push_preorders(store_id=store_id, lease=lease, clock=clock)
        wave = claim_wave(store_id=store_id, lease=lease, now=clock())
        if not wave.orders and not preorders:
            next_at = (wave.next_at, next_preorder_at(store_id, now=clock()))
            due_at = min((at for at in next_at if at is not None), default=None)
            leave_line(store_id=store_id, lease=lease, due_at=due_at)
            break
        if wave.orders:
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
    store_id = orders[0].ticket.store_id
    report = read_and_send(
        orders,
        begin=lambda ready: begin_sending(ready, store_id=store_id, lease=lease, now=clock()),
        clock=clock,
        priority=priority,
    )
    counts = record_report(orders=orders, report=report, now=clock())
    remember_changes(orders, report, now=clock())
    return counts


def settle_changes(*, change_ids: Sequence[int], lease: str, clock: Callable[[], datetime]) -> None:
    """Read what became of the changes still under this lease."""
    rows = under_lease(change_ids, lease, clock()).filter(state__in=UNDER_WAY)
    orders = orders_of(rows.select_related("product__store__session").order_by("pk"))
    if not orders:
        return
    report = read_back(orders)
    now = clock()
    counts = record_report(orders=orders, report=report, now=now)
    logger.info("products.changes.settled", **counts)
    begun = Change.objects.across_users(reason="a lease spans sellers").filter(
        pk__in=[order.change_id for order in orders], mended_at=now
    )
    state_again(orders, report, begun=set(begun.values_list("pk", flat=True)))
