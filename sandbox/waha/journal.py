"""The latest requests, for tests that count them and ask in which order they came."""

from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final

_KEPT: Final = 20_000
_LONGEST_BODY: Final = 20_000


@dataclass(frozen=True, slots=True)
class Entry:
    seq: int
    time: float
    endpoint: str
    method: str
    path: str
    session: str | None
    request_id: str
    status: int
    body: str
    fault: str | None


class Journal:
    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=_KEPT)
        self.latest = 0

    def write(self, *, body: bytes, **told: Any) -> None:
        self.latest += 1
        text = body[:_LONGEST_BODY].decode("utf-8", "replace")
        self._entries.append(Entry(seq=self.latest, body=text, **told))

    def since(
        self, seq: int, *, endpoint: str | None = None, session: str | None = None
    ) -> Iterator[dict[str, Any]]:
        """Entries after `seq`, oldest first, filtered by equality."""
        for entry in self._entries:
            if entry.seq <= seq or endpoint not in (None, entry.endpoint):
                continue
            if session in (None, entry.session):
                yield asdict(entry)

    def forget(self) -> None:
        self._entries.clear()
