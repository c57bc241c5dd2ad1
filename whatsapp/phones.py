"""Phone numbers as people write them and as WhatsApp wants them."""

import re
from typing import Final

_SIGNS: Final = re.compile(r"[\s()\-.\u2010-\u2015\u00a0]+")
_LONGEST: Final = 15  # E.164
_SHORTEST: Final = 10
_LOCAL: Final = re.compile(r"8(7\d{9})")  # 8 701 …: how Kazakhstan dials at home
_BARE: Final = re.compile(r"7[0-8]\d{8}")  # 701 …, without the country


class BadPhone(ValueError):
    """This is no phone number."""


def normalised(said: str) -> str:
    """Digits with the country code: `8 (701) 765-43-21` is `77017654321`. Raises BadPhone.

    What begins with `+` is taken as it is; without it, a number of Kazakhstan gets its country.
    """
    plain = _SIGNS.sub("", said)
    digits = plain.removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        raise BadPhone
    if not plain.startswith("+"):
        if local := _LOCAL.fullmatch(digits):
            digits = f"7{local[1]}"
        elif _BARE.fullmatch(digits):
            digits = f"7{digits}"
    if not _SHORTEST < len(digits) <= _LONGEST or digits.startswith("0"):
        raise BadPhone
    return digits
