"""After a decline: may this card be charged again, and when? The rules bind us, not only the bank.

A card is tried once a day at most: that is fewer than any of the rules allows.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

REST: Final = timedelta(days=1)

_NEVER: Final = frozenset({5001, 5003, 5005, 5012, 5017, 5033, 5034, 5057})
_CONDITIONAL: Final = frozenset({5013, 5014, 5030, 5054, 5055, 5063})
_TEMPORARY: Final = frozenset({5051, 5065, 5096})


class Group(Enum):
    NEVER = "never again with this card"
    CONDITIONAL = "two tries in all"
    TEMPORARY = "once a day"
    UNLISTED = "once a day, three tries in all"


_TRIES: Final = {Group.CONDITIONAL: 2, Group.UNLISTED: 3}


@dataclass(frozen=True, slots=True)
class Verdict:
    """``rests_until``: not before; ``None``: never again, ask for another card."""

    rests_until: datetime | None


def group_of(code: int) -> Group:
    if code in _NEVER:
        return Group.NEVER
    if code in _CONDITIONAL:
        return Group.CONDITIONAL
    return Group.TEMPORARY if code in _TEMPORARY else Group.UNLISTED


def judge(
    code: int, *, refusals: int, now: datetime, retry_after: datetime | None = None
) -> Verdict:
    """What follows from a decline that was the card's ``refusals``-th in a row.

    ``retry_after`` is what the provider asks for, and wins where it is later or sooner than a day.
    """
    group = group_of(code)
    most = _TRIES.get(group)
    if group is Group.NEVER or (most is not None and refusals >= most):
        return Verdict(None)
    if retry_after is not None and group is Group.TEMPORARY:
        return Verdict(max(retry_after, now))
    return Verdict(now + REST)
