"""Every request the sandbox answered, for tests that count them and ask who asked."""

from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from heapq import merge
from typing import Any

_READS_KEPT = 20_000
_OTHERS_KEPT = 20_000
_LONGEST_BODY = 20_000


@dataclass(frozen=True, slots=True)
class Entry:
    seq: int
    time: float
    endpoint: str
    method: str
    path: str
    merchant_id: str | None
    # Whose cookie came along: differs from `merchant_id` only if somebody mixed tenants up.
    session_merchant_ids: tuple[str, ...]
    address: str
    status: int
    body: str
    fault: str | None


class Journal:
    """The latest requests. Offer reads are kept apart, so a flood of them hides no push."""

    def __init__(self) -> None:
        self._seq = 0
        self._reads: deque[Entry] = deque(maxlen=_READS_KEPT)
        self._others: deque[Entry] = deque(maxlen=_OTHERS_KEPT)

    @property
    def latest(self) -> int:
        return self._seq

    def write(
        self,
        *,
        time: float,
        endpoint: str,
        method: str,
        path: str,
        merchant_id: str | None,
        session_merchant_ids: tuple[str, ...],
        address: str,
        status: int,
        body: bytes,
        fault: str | None,
    ) -> None:
        self._seq += 1
        entry = Entry(
            self._seq,
            time,
            endpoint,
            method,
            path,
            merchant_id,
            session_merchant_ids,
            address,
            status,
            body[:_LONGEST_BODY].decode("utf-8", "replace"),
            fault,
        )
        (self._reads if endpoint == "offers" else self._others).append(entry)

    def since(
        self, seq: int, *, endpoint: str | None = None, merchant_id: str | None = None
    ) -> Iterator[dict[str, Any]]:
        """Entries after `seq`, oldest first, filtered by equality."""
        for entry in merge(self._reads, self._others, key=lambda entry: entry.seq):
            if entry.seq <= seq or endpoint not in (None, entry.endpoint):
                continue
            if merchant_id in (None, entry.merchant_id):
                yield asdict(entry)

    def forget(self) -> None:
        self._reads.clear()
        self._others.clear()
