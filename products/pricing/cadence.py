"""When to look at a market again."""

from datetime import datetime, timedelta

_LONGEST_PAUSE = timedelta(minutes=10)
_MAX_DOUBLINGS = 10  # 2¹⁰ gaps are beyond any pause; the power must not overflow
_SPREAD = 0.1


def next_look_at(*, now: datetime, gap: timedelta, failures: int, jitter: float) -> datetime:
    """Come back after the gap at the latest; later, and later again, after each failure.

    ``failures`` counts looks in a row that failed; ``jitter`` in [0, 1) spreads markets that were
    looked at together over the last tenth of the wait. Always after ``now``.
    """
    wait = gap
    if failures:
        wait = max(gap, min(gap * (1 << min(failures, _MAX_DOUBLINGS)), _LONGEST_PAUSE))
    return now + max(wait * (1 - _SPREAD * jitter), timedelta(seconds=1))
