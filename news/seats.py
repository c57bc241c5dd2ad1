"""Places at the stream of events: a stream keeps a thread of the web process, so they are few."""

from collections import Counter
from datetime import datetime, timedelta
from threading import Lock

from cube_demper.kernel.errors import DomainError
from news.errors import StreamsFull, TooManyStreams

PER_SELLER = 3  # in one process
_TRY_AGAIN = timedelta(seconds=15)  # a stream whose client went away is noticed by then


class Seats:
    """So many places in this process, and ``PER_SELLER`` of them for one seller.

    ``too_many`` is raised where one seller has theirs, ``full`` where all are taken.
    """

    def __init__(
        self,
        *,
        too_many: type[DomainError] = TooManyStreams,
        full: type[DomainError] = StreamsFull,
    ) -> None:
        self._too_many, self._full = too_many, full
        self._lock = Lock()
        self._taken: Counter[int] = Counter()

    def take(self, user_id: int, *, most: int, now: datetime) -> "Seat":
        """Give a place of ``most``. Raises ``too_many`` and ``full``, with when to return."""
        with self._lock:
            if self._taken[user_id] >= PER_SELLER:
                raise self._too_many(retry_at=now + _TRY_AGAIN)
            if self._taken.total() >= most:
                raise self._full(retry_at=now + _TRY_AGAIN)
            self._taken[user_id] += 1
        return Seat(self, user_id)

    def give_back(self, user_id: int) -> None:
        with self._lock:
            self._taken[user_id] -= 1
            if not self._taken[user_id]:
                del self._taken[user_id]

    def taken(self) -> int:
        with self._lock:
            return self._taken.total()


class Seat:
    """One place, until it is left."""

    def __init__(self, seats: Seats, user_id: int) -> None:
        self._seats = seats
        self._user_id = user_id
        self._is_left = False

    def leave(self) -> None:
        """Give the place back, once however often it is asked."""
        if not self._is_left:
            self._is_left = True
            self._seats.give_back(self._user_id)


SEATS = Seats()
