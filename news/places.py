"""Places in the order of events, as clients carry them about."""

import re
from dataclasses import dataclass
from typing import Self

from typing_extensions import override

from news.errors import EventIdUnreadable

_PLACE = re.compile(r"(?P<xact>[0-9]{1,18})-(?P<id>[0-9]{1,18})")


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in the order of events: behind the one that is there, if there is one."""

    xact: int
    id: int

    @classmethod
    def read(cls, text: str) -> Self:
        """Understand what ``str`` made. Raises EventIdUnreadable."""
        found = _PLACE.fullmatch(text)
        if found is None:
            raise EventIdUnreadable
        return cls(int(found["xact"]), int(found["id"]))

    @override
    def __str__(self) -> str:
        return f"{self.xact}-{self.id}"
