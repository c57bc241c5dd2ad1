"""When to look at a market again."""

from datetime import datetime, timedelta

_FASTEST = 0.25  # of the interval, right after something moved
_LONGEST_PAUSE = timedelta(minutes=10)
_MAX_DOUBLINGS = 10  # 2¹⁰ intervals are beyond any pause; the power must not overflow


def next_look_at(
    *, now: datetime, interval: timedelta, has_moved: bool, failures: int, jitter: float
) -> datetime:
    """Come back after the interval; sooner when prices just moved, later after each failure.

    ``failures`` counts looks in a row that failed; ``jitter`` in [0, 1) spreads markets that were
    looked at together over a tenth of the wait. Always after ``now``.
    """
    if failures:
        wait = min(interval * (1 << min(failures, _MAX_DOUBLINGS)), _LONGEST_PAUSE)
    else:
        wait = interval * _FASTEST if has_moved else interval
    return now + max(wait * (1 + jitter / 10), timedelta(seconds=1))
