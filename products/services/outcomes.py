"""What Kaspi said, written down: on the change, on the product, on the store.

Locks are taken in the order of ``verdicts.py``: products before changes, by rising id.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from cube_demper.kernel.rows import rewrite
from kaspi.models import Attention
from kaspi.ports import SessionTicket
from kaspi.services.sessions import call_attention, end_session, keep_renewed
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
from products.models import OPEN_CHANGE_STATES, Change, ChangeState, Market, Product
from products.services.telling import tell_of_applied

logger = structlog.get_logger("products.changes")
_FIRST_CHECK = timedelta(seconds=1.5)
_LONGEST_CHECK_PAUSE = timedelta(minutes=1)
_MAX_DOUBLINGS = 6
_AFTER_TROUBLE = timedelta(seconds=15)
_LOST_AFTER = timedelta(minutes=2)  # Kaspi has nothing pending and still shows another price
_PROMISE = timedelta(hours=1)  # where Kaspi names no time: "until HH:MM", about an hour ahead
_GRACE = timedelta(minutes=15)  # after what Kaspi promised
_REST_AFTER_REFUSAL = timedelta(minutes=30)
_REST_AFTER_LOSS = timedelta(seconds=30)


def record_report(
    *, orders: Sequence[ChangeOrder], report: PushReport, now: datetime
) -> Counter[str]:
    """Write every outcome and return how many there were of each state."""
    with transaction.atomic():
        products, changes = _lock([order.change_id for order in orders])
        for outcome in report.outcomes:
            change = changes[outcome.change_id]
            _record(change, products[change.product_id], outcome, now)
            change.lease = ""
            change.leased_until = None
        rewrite(Change.rows, changes.values(), _CHANGE_FIELDS)
        rewrite(Product.rows, products.values(), ("price", "push_after", "missing_since"))
        tell_of_applied((one for one in changes.values() if one.settled_at == now), now=now)
    tickets = {order.change_id: order.ticket for order in orders}
    _tell_stores(report.outcomes, tickets, now)
    keep_renewed(list(tickets.values()), renewed=report.renewed, now=now)
    _look_soon(products.values(), changes.values(), now)
    return Counter(change.state.lower() for change in changes.values())


_CHANGE_FIELDS = (
    "state",
    "listing",
    "losses",
    "mended_at",
    "promised_by",
    "job_id",
    "failure",
    "sent_at",
    "settled_at",
    "next_step_at",
    "checks",
    "lease",
    "leased_until",
)


def _lock(change_ids: Sequence[int]) -> tuple[dict[int, Product], dict[int, Change]]:
    changes = Change.objects.across_users(reason="outcomes of a lease that spans sellers").filter(
        pk__in=change_ids
    )
    products = Product.rows.filter(pk__in=changes.values("product")).order_by("pk")
    locked_products = {product.pk: product for product in products.select_for_update()}
    rows = changes.select_for_update().order_by("pk")
    return locked_products, {change.pk: change for change in rows}


def _record(change: Change, product: Product, outcome: ChangeOutcome, now: datetime) -> None:
    if change.state not in OPEN_CHANGE_STATES:
        return  # another was decided while its listing was read, or its store was taken away
    match outcome:
        case Sent(job_id=job_id):
            change.state = ChangeState.SENT
            change.job_id = job_id
            change.failure = ""
            change.sent_at = now
            change.next_step_at = now + _FIRST_CHECK
        case Shown():
            _record_shown(change, product, outcome, now)
        case Refused(code=code, remarks=remarks):
            logger.info("products.change.refused", change_id=change.pk, code=code, remarks=remarks)
            _settle(change, ChangeState.REFUSED, now, failure=code)
            product.push_after = now + _REST_AFTER_REFUSAL
            if code == "listing-missing":
                product.missing_since = now
        case Postponed(code=code, wait_s=wait_s) | Unread(code=code, wait_s=wait_s):
            if isinstance(outcome, Postponed):  # nothing was sent, so it may be sent again
                change.state = ChangeState.PENDING
            change.failure = code
            pause = _AFTER_TROUBLE if wait_s is None else timedelta(seconds=wait_s)
            change.next_step_at = now + pause
        case Unanswered(code=code):
            change.failure = code
            change.checks += 1
            change.next_step_at = now + _FIRST_CHECK


def _record_shown(change: Change, product: Product, shown: Shown, now: datetime) -> None:
    waiting_since = change.sent_at or change.decided_at
    if not shown.is_settled:
        change.promised_by = shown.promised_by or change.promised_by or waiting_since + _PROMISE
        if now > change.promised_by + _GRACE:
            _settle(change, ChangeState.OVERDUE, now, failure="never-applied")
            product.push_after = now + _REST_AFTER_REFUSAL
            return
    elif _is_to_mend(change, shown, now):
        pass  # and read once more
    elif shown.price == change.price:
        _settle(change, ChangeState.APPLIED, now)
        product.price = shown.price
        product.push_after = now + _REST_AFTER_REFUSAL if change.losses else None
        return
    elif now - waiting_since > _LOST_AFTER:
        _settle(change, ChangeState.LOST, now, failure=change.failure or "never-shown")
        product.price = shown.price
        product.push_after = now + _REST_AFTER_LOSS
        return
    pause = min(_FIRST_CHECK * (1 << min(change.checks, _MAX_DOUBLINGS)), _LONGEST_CHECK_PAUSE)
    change.checks += 1
    change.next_step_at = now + pause


def _is_to_mend(change: Change, shown: Shown, now: datetime) -> bool:
    """Note what got lost with the change; True when it is to be stated again, which is once."""
    lost = " ".join(shown.losses)
    if lost:
        logger.warning(
            "products.change.took_more",
            change_id=change.pk,
            product_id=change.product_id,
            losses=lost,
            is_mended=change.mended_at is not None,
        )
    if not lost or change.mended_at is not None:
        change.losses = lost
        return False
    change.losses = lost
    change.mended_at = now
    return True


def _settle(change: Change, state: ChangeState, now: datetime, *, failure: str = "") -> None:
    change.state = state
    change.failure = failure
    change.settled_at = now
    if not change.losses:
        change.listing = None  # it has served


def _tell_stores(
    outcomes: Iterable[ChangeOutcome], tickets: dict[int, SessionTicket], now: datetime
) -> None:
    told: set[tuple[int, str]] = set()
    for outcome in outcomes:
        if not isinstance(outcome, Postponed | Unread):
            continue
        ticket = tickets[outcome.change_id]
        if (ticket.store_id, outcome.code) in told:
            continue
        told.add((ticket.store_id, outcome.code))
        if outcome.code == "session-dead":
            end_session(ticket=ticket, now=now)
        elif outcome.code in {Attention.PUSHES_BANNED, Attention.WALLED_OFF}:
            call_attention(
                store_id=ticket.store_id,
                attention=Attention(outcome.code),
                now=now,
                wait_s=outcome.wait_s,
            )


def _look_soon(products: Iterable[Product], changes: Iterable[Change], now: datetime) -> None:
    """Look at once where a change has ended and the price in force is not the wanted one."""
    ended = {change.product_id for change in changes if change.settled_at is not None}
    behind = [
        product.market_id
        for product in products
        if product.pk in ended
        and product.price != product.wanted_price
        and product.market_id is not None
    ]
    if behind:
        Market.objects.filter(pk__in=behind, next_look_at__gt=now).update(next_look_at=now)
