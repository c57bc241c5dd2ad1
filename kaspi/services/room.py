"""Whether a seller's plan has room for one more shop."""

from datetime import datetime

from accounts.models import User
from cube_demper.kernel import plan_gate
from kaspi.selectors import merchant_ids_of


def take_room(*, user: User, merchant_id: str, now: datetime) -> None:
    """Let a seller connect a shop that they don't have, in the transaction that does it.

    Raises LimitReached where the plan has no room for it.
    """
    plan_gate.check_room(
        user_id=user.pk, limit="stores", taken=lambda: len(merchant_ids_of(user.pk)), now=now
    )
    plan_gate.note_shop(user_id=user.pk, merchant_id=merchant_id, now=now)
