"""The work that may be ordered here. Done in ``tasks.py``."""

from cube_demper.kernel.jobs import Job, enqueue

STEER = Job("preorders.steer")
_PATIENCE_S = 60.0  # the clock does it as well


def steer(*, product_id: int) -> None:
    """Bring what Kaspi shows of a product nearer to what its preorders want."""
    enqueue(STEER, expires_s=_PATIENCE_S, product_id=product_id)
