"""How we write the name of an account at Kaspi: an e-mail address or a telephone number.

One account has one name here, whatever its owner typed, so that one login at a time can be held to.
"""

import re

_NOT_DIGITS = re.compile(r"[\s()+\-.]")
_MOBILE = re.compile(r"[78]?(7\d{9})", re.ASCII)


def name_of_email(email: str) -> str:
    """Write an e-mail address in lower case, without space around it."""
    return email.strip().lower()


def name_of_phone(phone: str) -> str:
    """Write a Kazakh mobile number as ``+7XXXXXXXXXX``. Raises ValueError unless it is one."""
    number = _MOBILE.fullmatch(_NOT_DIGITS.sub("", phone))
    if number is None:
        raise ValueError("That is no Kazakh mobile number.")
    return f"+7{number[1]}"


def is_phone(account: str) -> bool:
    """Whether an account is named by a telephone number."""
    return account.startswith("+7")


def as_kaspi_writes(phone: str) -> str:
    """Write ``+7XXXXXXXXXX`` as Kaspi's page does: ``+7 (7XX) XXX-XX-XX``."""
    digits = phone[2:]
    return f"+7 ({digits[:3]}) {digits[3:6]}-{digits[6:8]}-{digits[8:]}"
