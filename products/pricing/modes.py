"""What becomes of a decision, sent, noted or proposed; and which moves are too far to be sent."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from zlib import crc32

from cube_demper.kernel.money import Money

CANARY_PERCENT = 5
LEAP_PERCENT = 15  # a move further than this waits for a person
JUMP_PERCENT = 5  # a move as far as this counts towards the stops of a store and of the service
_HUNDRED = 100


class Mode(StrEnum):
    """What becomes of a decision. Stored on sheets; never renamed."""

    LIVE = "LIVE"  # it is sent
    SHADOW = "SHADOW"  # it is noted, and nothing is sent
    APPROVE = "APPROVE"  # it waits for a yes
    CANARY = "CANARY"  # some of the products live, the others in the shadow


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
