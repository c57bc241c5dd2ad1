"""What of a notification may be kept: no token, no person, no digits of a card."""

import re
from collections.abc import Mapping
from typing import Final

_HIDDEN: Final = "…"
_PERSONAL: Final = frozenset(
    {
        "Token",
        "TokenRecipient",
        "CardId",
        "CardFirstSix",
        "CardLastFour",
        "CardExpDate",
        "Name",
        "Email",
        "Phone",
        "IpAddress",
        "IpCity",
        "IpRegion",
        "IpDistrict",
        "IpLatitude",
        "IpLongitude",
        "AuthCode",
        "CustomFields",
    }
)
# A card's number, whole, wherever it may stand: 13 to 19 digits at a stretch, or in fours.
_CARD_NUMBER: Final = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9]{13,19}|[0-9]{4}([ -])[0-9]{4}\1[0-9]{4}\1[0-9]{1,7})(?![0-9A-Za-z])"
)
_LONGEST: Final = 2_000
_MOST: Final = 100


def without_person(fields: Mapping[str, str]) -> dict[str, str]:
    """The fields that may be stored, in their order; a hidden one still shows that it was there."""
    return {name[:_LONGEST]: _hidden(name, value) for name, value in list(fields.items())[:_MOST]}


def _hidden(name: str, value: str) -> str:
    if not value:
        return ""
    if name in _PERSONAL:
        return _HIDDEN
    return _CARD_NUMBER.sub(_HIDDEN, value.replace("\0", ""))[:_LONGEST]
