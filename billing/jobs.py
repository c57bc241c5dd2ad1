"""The work that may be ordered here. Done in ``tasks.py``."""

from cube_demper.kernel.jobs import Job, enqueue

CHARGE_READY = Job("billing.charge_ready")
_PATIENCE_S = 10.0  # the clock orders it anew


def charge_ready() -> None:
    """Charge the payments that are ready."""
    enqueue(CHARGE_READY, expires_s=_PATIENCE_S)
