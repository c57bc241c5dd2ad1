"""Whom WhatsApp knows: numbers, their linked ids, and what it allows their accounts."""

import hashlib
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

PERSON: Final = "@c.us"
LINKED: Final = "@lid"
RAW: Final = "@s.whatsapp.net"
# Numbers that end so are not on WhatsApp, unless told otherwise.
_ABSENT: Final = "404"
_DIGITS: Final = range(10, 16)
_DAY_S: Final = 86_400.0


@dataclass(slots=True)
class Account:
    """What WhatsApp lets somebody's linked devices do."""

    locked_until: float = 0.0
    capping: str = "NONE"
    quota: int = -1
    used: int = 0
    firsts: deque[float] = field(default_factory=deque)

    def is_locked(self, now: float) -> bool:
        return now < self.locked_until

    @property
    def is_capped(self) -> bool:
        return self.capping == "CAPPED" or 0 <= self.quota <= self.used

    def count_first(self, now: float, *, lock_after: int, lock_s: float) -> None:
        """Count a message to somebody who never wrote; too many within a day lock the account."""
        self.firsts.append(now)
        while self.firsts and self.firsts[0] <= now - _DAY_S:
            self.firsts.popleft()
        if lock_after and len(self.firsts) >= lock_after:
            self.locked_until = max(self.locked_until, now + lock_s)


@dataclass(slots=True)
class Person:
    phone: str
    name: str
    lid: str
    on_whatsapp: bool = True
    is_online: bool = True
    reads: bool = True
    # Nobody learns the number from the linked id.
    hides_number: bool = False
    account: Account = field(default_factory=Account)

    @property
    def address(self) -> str:
        return self.phone + PERSON


@dataclass(slots=True)
class People:
    """Everybody, made up when first asked for."""

    _by_phone: dict[str, Person] = field(default_factory=dict)
    _by_lid: dict[str, Person] = field(default_factory=dict)

    def of(self, phone: str) -> Person:
        """Whoever has a number, given as digits with the country code."""
        if phone not in self._by_phone:
            number = int.from_bytes(hashlib.sha256(phone.encode()).digest()[:8])
            person = Person(
                phone,
                name=f"Buyer {phone[-4:]}",
                lid=f"{number % 10**15:015d}{LINKED}",
                on_whatsapp=len(phone) in _DIGITS and not phone.endswith(_ABSENT),
            )
            self._by_phone[phone] = self._by_lid[person.lid] = person
        return self._by_phone[phone]

    def meet(self, addresses: Iterable[str]) -> None:
        """Know the linked ids of those who wrote before, too."""
        for address in addresses:
            self.behind(address)

    def by_lid(self, lid: str) -> Person | None:
        return self._by_lid.get(lid)

    def behind(self, address: str) -> Person | None:
        """Whoever has an address; None for groups, channels and unknown linked ids."""
        if address.endswith(LINKED):
            return self.by_lid(address)
        return self.of(phone_of(address)) if address.endswith(PERSON) else None

    def chat_of(self, address: str) -> str:
        """The one chat behind the addresses that somebody has: linked id and number are merged."""
        person = self.behind(address)
        return person.address if person else address


def whole_address(text: str) -> str:
    """Complete an address as the original does: a bare number is a person's."""
    if "@" not in text:
        return text + PERSON
    return text.removesuffix(RAW) + PERSON if text.endswith(RAW) else text


def phone_of(address: str) -> str:
    return address.partition("@")[0]


def raw_address(address: str) -> str:
    """How NOWEB and GOWS write a person's address underneath."""
    return phone_of(address) + RAW if address.endswith(PERSON) else address
