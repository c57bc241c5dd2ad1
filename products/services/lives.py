"""The life of what is pushed, a step at a time, by what Kaspi said of it."""

from datetime import datetime, timedelta

import structlog

from products.engine.model import (
    ChangeOutcome,
    Postponed,
    Refused,
    Sent,
    Shown,
    Unanswered,
    Unread,
)
from products.models import ChangeState, Pushed

logger = structlog.get_logger("products.changes")
_FIRST_CHECK = timedelta(seconds=1.5)
_LONGEST_CHECK_PAUSE = timedelta(minutes=1)
_MAX_DOUBLINGS = 6
_AFTER_TROUBLE = timedelta(seconds=15)
_LOST_AFTER = timedelta(minutes=2)  # Kaspi has nothing pending and still shows something else
_PROMISE = timedelta(hours=1)  # where Kaspi names no time: "until HH:MM", about an hour ahead
_GRACE = timedelta(minutes=15)  # after what Kaspi promised
# What ``advance`` may write.
FOLLOWED = (
    *("state", "listing", "losses", "mended_at", "promised_by", "job_id", "failure", "sent_at"),
    *("settled_at", "next_step_at", "checks", "lease", "leased_until"),
)


def advance(pushed: Pushed, outcome: ChangeOutcome, *, now: datetime) -> None:
    """Write one outcome on what it is about, which is open and whose lease ends with it."""
    pushed.lease, pushed.leased_until = "", None
    match outcome:
        case Sent(job_id=job_id):
            pushed.state = ChangeState.SENT
            pushed.job_id = job_id
            pushed.failure = ""
            pushed.sent_at = now
            pushed.next_step_at = now + _FIRST_CHECK
        case Shown():
            _take_shown(pushed, outcome, now)
        case Refused(code=code, remarks=remarks):
            logger.info("products.change.refused", **_named(pushed), code=code, remarks=remarks)
            _settle(pushed, ChangeState.REFUSED, now, failure=code)
        case Postponed(code=code, wait_s=wait_s) | Unread(code=code, wait_s=wait_s):
            if isinstance(outcome, Postponed):  # nothing was sent, so it may be sent again
                pushed.state = ChangeState.PENDING
            pushed.failure = code
            pause = _AFTER_TROUBLE if wait_s is None else timedelta(seconds=wait_s)
            pushed.next_step_at = now + pause
        case Unanswered(code=code):
            pushed.failure = code
            pushed.checks += 1
            pushed.next_step_at = now + _FIRST_CHECK


def _take_shown(pushed: Pushed, shown: Shown, now: datetime) -> None:
    waiting_since = pushed.sent_at or pushed.decided_at
    if not shown.is_settled:
        pushed.promised_by = shown.promised_by or pushed.promised_by or waiting_since + _PROMISE
        if now > pushed.promised_by + _GRACE:
            return _settle(pushed, ChangeState.OVERDUE, now, failure="never-applied")
    elif _is_to_mend(pushed, shown, now):
        pass  # and read once more
    elif shown.is_wanted:
        return _settle(pushed, ChangeState.APPLIED, now)
    elif now - waiting_since > _LOST_AFTER:
        return _settle(pushed, ChangeState.LOST, now, failure=pushed.failure or "never-shown")
    pause = min(_FIRST_CHECK * (1 << min(pushed.checks, _MAX_DOUBLINGS)), _LONGEST_CHECK_PAUSE)
    pushed.checks += 1
    pushed.next_step_at = now + pause
    return None


def _is_to_mend(pushed: Pushed, shown: Shown, now: datetime) -> bool:
    """Note what got lost on the way; True when it is to be stated again, which is once."""
    lost = " ".join(shown.losses)
    pushed.losses = lost
    if not lost:
        return False
    is_mended = pushed.mended_at is not None
    logger.warning("products.change.took_more", **_named(pushed), losses=lost, is_mended=is_mended)
    if not is_mended:
        pushed.mended_at = now
    return not is_mended


def _settle(pushed: Pushed, state: ChangeState, now: datetime, *, failure: str = "") -> None:
    pushed.state = state
    pushed.failure = failure
    pushed.settled_at = now
    if not pushed.losses:
        pushed.listing = None  # it has served


def _named(pushed: Pushed) -> dict[str, object]:
    return {"change_id": pushed.pk, "product_id": pushed.product_id, "kind": type(pushed).__name__}
