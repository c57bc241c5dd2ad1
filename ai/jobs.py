"""The work that may be ordered here. Done in ``tasks.py``."""

from cube_demper.kernel.jobs import Job, enqueue

GATHER = Job("ai.gather")
ANSWER_BUYER = Job("ai.answer_buyer")
_PATIENCE_S = 120.0


def gather(*, message_id: int) -> None:
    """Note that a buyer wrote."""
    enqueue(GATHER, message_id=message_id)


def answer_buyer(*, talk_id: int) -> None:
    """Answer what a buyer wrote, if that is still due."""
    enqueue(ANSWER_BUYER, expires_s=_PATIENCE_S, talk_id=talk_id)
