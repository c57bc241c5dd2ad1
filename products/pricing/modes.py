"""What becomes of a decision, sent, noted or proposed; and which moves are too far to be sent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from zlib import crc32

from cube_demper.kernel.money import Money

CANARY_PERCENT = 5
CANARY_QUIET = timedelta(days=1)  # without a jump, before everything goes live
LEAP_PERCENT = 15  # a move further than this waits for a person
JUMP_PERCENT = 5  # a move as far as this counts towards the stops of a store and of the service
_HUNDRED = 100


class Mode(StrEnum):
    """What becomes of a decision. Stored on sheets; never renamed."""

    LIVE = "LIVE"  # it is sent
    SHADOW = "SHADOW"  # it is noted, and nothing is sent
    APPROVE = "APPROVE"  # it waits for a yes
    CANARY = "CANARY"  # some of the products live, the others in the shadow


class Stop(StrEnum):
    """Why a canary ended in the shadow. Logged; never renamed."""

    LEAP = "leap"  # a price moved as far as waits for a person elsewhere
    LOSS = "loss"  # a listing lacked after a push what it had before
    BRAKE = "brake"  # too many prices of everybody's fell at once
    UNDONE = "undone"  # the seller took prices back


@dataclass(frozen=True, slots=True)
class Tried:
    """A change that a canary sent. ``old_price`` is ``None`` where none was known.

    It ``is_allowed`` to go far if it is a repair, or a person said yes to it.
    """

    at: datetime
    price: Money
    old_price: Money | None
    is_allowed: bool = False
    is_loss: bool = False


class Outside(StrEnum):
    """What to do about a price that somebody set past us. Stored on sheets; never renamed."""

    LEAVE = "LEAVE"  # alone, for a day or until the seller sets something
    OVERRIDE = "OVERRIDE"


def outside_of(sheet: Mapping[str, Any]) -> Outside:
    """What a seller wants done about prices from outside."""
    return Outside(sheet.get("outside", Outside.LEAVE))


def mode_of(sheet: Mapping[str, Any], product_id: int) -> Mode:
    """Live, shadow or approve, for one product. A canary chooses the same ones each time."""
    mode = Mode(sheet.get("mode", Mode.LIVE))
    if mode is not Mode.CANARY:
        return mode
    share = sheet.get("canary_percent", CANARY_PERCENT)
    place = crc32(str(product_id).encode()) % (_HUNDRED * _HUNDRED)
    return Mode.LIVE if place < share * _HUNDRED else Mode.SHADOW


def leap_percent(sheet: Mapping[str, Any]) -> float:
    """How far a price may move at once without a person's yes, in percent."""
    stated: float = sheet.get("leap_percent", LEAP_PERCENT)
    return stated


def is_further(price: Money, *, base: Money | None, percent: float) -> bool:
    """Is the way from the base further than this share of it? Never, from no base."""
    if base is None:
        return False
    return abs(price.tiyn - base.tiyn) * _HUNDRED > percent * base.tiyn


def canary_quiet(sheet: Mapping[str, Any]) -> timedelta:
    """How long a canary must go without a jump before all products go live."""
    stated: int | None = sheet.get("canary_quiet_s")
    return CANARY_QUIET if stated is None else timedelta(seconds=stated)


def why_stop(tried: Iterable[Tried], *, percent: float) -> Stop | None:
    """Why a canary that sent these must not go on."""
    sent = list(tried)
    if any(one.is_loss for one in sent):
        return Stop.LOSS
    return Stop.LEAP if any(_is_move(one, percent) for one in sent) else None


def last_jump(tried: Iterable[Tried]) -> datetime | None:
    """When one of these prices jumped last."""
    return max((one.at for one in tried if _is_move(one, JUMP_PERCENT)), default=None)


def _is_move(one: Tried, percent: float) -> bool:
    return not one.is_allowed and is_further(one.price, base=one.old_price, percent=percent)
