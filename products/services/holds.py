"""What becomes of a wanted price: it is sent, it waits for a yes, or nothing is done about it."""

from collections.abc import Sequence
from datetime import datetime

import structlog

from products.engine.model import Verdict
from products.models import Change, ChangeState, Hold, Product
from products.pricing.model import Decision
from products.pricing.modes import JUMP_PERCENT, Mode, is_further
from products.services.proposals import LASTS
from products.services.radius import measure, stop

logger = structlog.get_logger("products.holds")


def hold(change: Change, product: Product, verdict: Verdict) -> None:
    """Have a new change wait for a yes, if its seller wants to be asked or its price would leap.

    Repairs go at once: what is in force is worse.
    """
    is_repair = isinstance(verdict.decision, Decision) and verdict.decision.is_repair
    percent = verdict.product.leap_percent
    if verdict.product.mode is Mode.APPROVE:
        change.hold = Hold.APPROVE
    elif not is_repair and is_further(change.price, base=product.anchor, percent=percent):
        change.hold = Hold.LEAP
    change.is_jump = not is_repair and is_further(
        change.price, base=product.anchor, percent=JUMP_PERCENT
    )
    if change.hold:
        logger.warning(
            "products.change.held",
            product_id=product.pk,
            hold=str(change.hold),
            price_tiyn=change.price.tiyn,
        )
        change.state = ChangeState.PROPOSED
        change.next_step_at = change.decided_at + LASTS


def within_radius(changes: Sequence[Change], *, now: datetime) -> list[Change]:
    """The changes that may be made; for the others their store, or everything, is stopped."""
    radius = measure([change for change in changes if not change.hold], now=now)
    stop(radius, now=now)
    return [change for change in changes if change.hold or not radius.stops(change)]


def move_anchor(product: Product, verdict: Verdict, change: Change | None) -> None:
    """Measure the next leap from what was decided now, unless that is a leap nobody said yes to."""
    leaps = change is not None and change.hold == Hold.LEAP and change.approved_at is None
    if verdict.price is not None and not leaps:
        product.anchor = verdict.price
