"""The work that may be ordered here. Done in ``tasks.py``."""

from cube_demper.kernel.jobs import Job, enqueue

DELIVER = Job("news.deliver")
_PATIENCE_S = 30.0  # the timetable orders it anew


def deliver(*, webhook_id: int) -> None:
    """Send a webhook what waits for it."""
    enqueue(DELIVER, expires_s=_PATIENCE_S, webhook_id=webhook_id)
