"""Which way out a request takes: directly, or through one of the addresses that an operator lists.

It is told the list, and asked what it met, from outside (``kaspi/services/egress.py``);
in between it chooses by what this process knows. Once an address is listed, nothing goes directly.
"""

import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import blake2b

from kaspi.clients.config import DIRECT, Address, KaspiConfig
from kaspi.errors import WalledOff

LIST_AGE_S = 5.0  # how old a process's list may be
LONG_REST_S = (
    300.0  # a session waits out a shorter rest of its address, and leaves for a longer one
)


@dataclass(frozen=True, slots=True)
class Listed:
    """An address in use, by its row. ``rests_until`` (Unix seconds) is past when it is well."""

    egress_id: int
    address: Address
    rests_until: float = 0.0


@dataclass(frozen=True, slots=True)
class Walled:
    """A wall was met at this address, and asked for so many seconds."""

    egress_id: int
    at: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Answered:
    """Kaspi answered through this address as it should."""

    egress_id: int
    at: float


@dataclass(frozen=True, slots=True)
class Seated:
    """A session has been given this address, to keep."""

    egress_id: int
    session_id: int


Note = Walled | Answered | Seated


class Egress:
    """Chooses addresses. Told of the list from any thread; lends on one event loop."""

    def __init__(self, config: KaspiConfig, *, clock: Callable[[], float] = time.time) -> None:
        self._config = config
        self._clock = clock
        self._listed: tuple[Listed, ...] = ()
        self._resting: dict[str, float] = {}  # met here, and perhaps not written down yet
        self._in_flight: Counter[str] = Counter()
        self._notes: deque[Note] = deque()
        self._answered: dict[int, float] = {}
        self._seats: dict[int, int] = {}  # session → address, given here
        self._told_at = float("-inf")

    def use(self, listed: Sequence[Listed]) -> None:
        """Go by this list from now on."""
        self._listed, self._resting = tuple(listed), {}
        self._told_at = self._clock()

    @property
    def is_stale(self) -> bool:
        """Is the list too old to go by, or is there something that should be written down now?"""
        return bool(self._notes) or self._clock() - self._told_at >= LIST_AGE_S

    def take_notes(self) -> list[Note]:
        """Hand over what was met since the last time, oldest first."""
        answered = [Answered(row, at) for row, at in self._answered.items()]
        self._answered = {}
        notes: list[Note] = []
        with suppress(IndexError):  # the loop may add to it meanwhile, and others may take
            while True:
                notes.append(self._notes.popleft())
        return notes + answered

    def meet_wall(self, address: Address, seconds: float) -> None:
        """Let an address rest, in this process at once."""
        now = self._clock()
        self._resting[address.name] = max(self._resting.get(address.name, 0.0), now + seconds)
        row = self._row_of(address)
        if row is not None:
            self._notes.append(Walled(row.egress_id, now, seconds))

    def choose(self, *, avoid: frozenset[str] = frozenset()) -> Address:
        """Choose the healthy address that is least busy for its rate.

        Raises WalledOff when all rest: a listed address is never passed by.
        """
        if not self._listed:
            return DIRECT
        awake = self._awake(avoid)
        return min(awake, key=lambda row: self._busyness(row.address)).address

    def is_another(self, than: frozenset[str]) -> bool:
        """Is there a healthy address besides these?"""
        return any(row.address.name not in than and self._rest_s(row) <= 0 for row in self._listed)

    @contextmanager
    def used(self, address: Address) -> Iterator[None]:
        """Count a request under way, and what came of it."""
        self._in_flight[address.name] += 1
        try:
            yield
        finally:
            self._in_flight[address.name] -= 1
        row = self._row_of(address)
        if row is not None:
            self._answered[row.egress_id] = self._clock()

    def seat(self, account: str, *, session_id: int = 0, kept: int | None = None) -> Address:
        """Choose for an account and stay with it: the ``kept`` address while that is of use.

        Without one the account's name decides, the same in every process.
        """
        if not self._listed:
            return DIRECT
        kept = self._seats.get(session_id, kept)
        held = next((row for row in self._listed if row.egress_id == kept), None)
        if held is not None and self._rest_s(held) <= LONG_REST_S:
            return held.address
        chosen = max(self._awake(frozenset()), key=lambda row: _affinity(account, row))
        if session_id:
            self._seats[session_id] = chosen.egress_id
            self._notes.append(Seated(chosen.egress_id, session_id))
        return chosen.address

    def _busyness(self, address: Address) -> float:
        return (self._in_flight[address.name] + 1) / self._config.offers(address).rate_per_s

    def _awake(self, avoid: frozenset[str]) -> list[Listed]:
        left = [row for row in self._listed if row.address.name not in avoid]
        if awake := [row for row in left if self._rest_s(row) <= 0]:
            return awake
        wait_s = max(min((self._rest_s(row) for row in self._listed), default=0.0), 1.0)
        raise WalledOff("Every address that we may use rests after a wall.", wait_s=wait_s)

    def _rest_s(self, row: Listed) -> float:
        until = max(row.rests_until, self._resting.get(row.address.name, 0.0))
        return until - self._clock()

    def _row_of(self, address: Address) -> Listed | None:
        return next((row for row in self._listed if row.address.name == address.name), None)


def _affinity(account: str, row: Listed) -> bytes:
    """How much an account likes an address: it moves only when its favourite goes."""
    text = f"{account.strip().lower()} {row.address.name}"
    return blake2b(text.encode(), digest_size=8).digest()
