"""When a message may go, and how long a person would take over it. Plain Python.

WhatsApp locks accounts that write first too often and bans those that people report; what it
counts is not told. These rules keep to what its users have seen to be safe: WAHA's documentation
and its issues, 2026.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final

from products.pricing.hours import ALMATY

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_MOST_TO_ONE_AN_HOUR: Final = 4  # first messages to somebody who does not answer
_LETTERS_A_SECOND: Final = 12.0
_SHORTEST_S, _LONGEST_S = 1.5, 12.0
_JITTER: Final = 0.3
_GAP_S: Final = (2.0, 5.0)
_FIRST_GAP_S: Final = (30.0, 60.0)
_UNTOLD_LOCK: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Said:
    """One message that was sent within the last day."""

    at: datetime
    contact_id: int
    is_first: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """A message that is to be sent."""

    contact_id: int
    is_first: bool  # they have never written
    is_answer: bool  # they wrote within the last day, or the seller writes to themselves


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one seller may: by their own wish, and by WhatsApp's."""

    opens_at: int  # minutes of the day in Almaty
    closes_at: int
    most_an_hour: int
    most_a_day: int
    most_first_a_day: int
    locked_until: datetime | None = None
    is_capped: bool = False


@dataclass(frozen=True, slots=True)
class Hindrance:
    """Why not now, as a code, and when to ask again."""

    reason: str
    until: datetime


def hindrance(
    wanted: Wanted, allowance: Allowance, said: Sequence[Said], *, now: datetime
) -> Hindrance | None:
    """Say what keeps a message from going now; ``None``: nothing does.

    ``said`` is everything of the last day, oldest first. Answers go at any hour, and no lock of
    WhatsApp's concerns them; the numbers of an hour and a day do.
    """
    if wanted.is_first and allowance.locked_until is not None and now < allowance.locked_until:
        return Hindrance("first-messages-locked", allowance.locked_until)
    if wanted.is_first and allowance.is_capped:
        return Hindrance("first-messages-capped", now + _HOUR)
    if not wanted.is_answer and not is_open(allowance, now):
        return Hindrance("quiet-hours", opens_next(allowance, now))
    firsts = [one for one in said if one.is_first]
    to_them = [one for one in firsts if one.contact_id == wanted.contact_id]
    limits = [(said, allowance.most_a_day, _DAY, "daily-limit")]
    limits.append((said, allowance.most_an_hour, _HOUR, "hourly-limit"))
    if wanted.is_first:
        limits.append((firsts, allowance.most_first_a_day, _DAY, "first-messages-limit"))
        limits.append((to_them, _MOST_TO_ONE_AN_HOUR, _HOUR, "unanswered-limit"))
    return next((found for limit in limits if (found := _over(*limit, now))), None)


def is_open(allowance: Allowance, now: datetime) -> bool:
    """Is it an hour at which people may be written to unasked?"""
    return allowance.opens_at <= _minute(now) < allowance.closes_at


def opens_next(allowance: Allowance, now: datetime) -> datetime:
    """When it is such an hour next, if it is none now."""
    local = now.astimezone(ALMATY)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    opening = midnight + timedelta(minutes=allowance.opens_at)
    return opening if opening > local else opening + _DAY


def lock_of(told_until: datetime | None, *, now: datetime) -> datetime:
    """Until when no first message is tried after a refusal; a day where WhatsApp does not say."""
    return told_until if told_until is not None and told_until > now else now + _UNTOLD_LOCK


def typing_s(text: str, dice: Random) -> float:
    """How long somebody is seen typing a text, in seconds."""
    usual = min(max(len(text) / _LETTERS_A_SECOND, _SHORTEST_S), _LONGEST_S)
    return usual * dice.uniform(1 - _JITTER, 1 + _JITTER)


def gap_s(*, is_first: bool, dice: Random) -> float:
    """How long a session says nothing after a message, in seconds."""
    return dice.uniform(*(_FIRST_GAP_S if is_first else _GAP_S))


def _over(
    said: Sequence[Said], most: int, within: timedelta, reason: str, now: datetime
) -> Hindrance | None:
    counted = [one.at for one in said if one.at > now - within]
    if len(counted) < most:
        return None
    # When so many have left the window that one more fits; with none allowed, after all of it.
    leaves = counted[len(counted) - most] if most else now
    return Hindrance(reason, leaves + within)


def _minute(now: datetime) -> int:
    local = now.astimezone(ALMATY)
    return local.hour * 60 + local.minute
