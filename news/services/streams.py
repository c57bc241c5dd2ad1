"""One seller's events as they happen, in the wire format of Server-Sent Events.

    id: 7421-0
    retry: 3000

    id: 7433-20
    event: price_applied
    data: {"id": 20, "kind": "price_applied", "told_at": "…", "payload": {…}}

    :

The first block says where to go on from before there was any event. The colon says that nothing is
new and that we are still here.
"""

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Self

import orjson
from django.db import OperationalError, connection

from accounts.models import User
from news import selectors
from news.bells import PATIENCE_S, Bell
from news.documents import document
from news.models import Event
from news.places import Place
from news.seats import Seat

BEAT_S = 15.0
_RETRY_MS = 3000
_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Following:
    """Whose events, from which place on, for how long, and as long as this still may be."""

    user: User
    place: Place
    lasts_s: float
    still_may: Callable[[], bool]


class Stream:
    """The bytes of a stream. Whoever gets it must close it: it keeps a seat."""

    def __init__(self, following: Following, seat: Seat) -> None:
        self._lines = _lines(following)
        self._seat = seat

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        return next(self._lines)

    def close(self) -> None:
        self._lines.close()
        self._seat.leave()


def _lines(following: Following) -> Generator[bytes]:
    """Write what is there, then what comes. Between two looks no database connection is held."""
    place, ends_at = following.place, time.monotonic() + following.lasts_s
    beats_at = time.monotonic() + BEAT_S
    yield f"id: {place}\nretry: {_RETRY_MS}\n\n".encode()
    with Bell(following.user.pk) as bell:
        while True:
            try:
                events = _look(following, place)
            except OperationalError:
                return  # the client comes back and goes on from where it was
            for event in events or ():
                yield _written(event)
                place = event.place
                beats_at = time.monotonic() + BEAT_S
            now = time.monotonic()
            if events is None or now >= ends_at:
                return
            if now >= beats_at:
                yield b":\n\n"
                beats_at = now + BEAT_S
            if len(events) < _AT_ONCE:
                bell.rings_within(PATIENCE_S)


def _look(following: Following, place: Place) -> list[Event] | None:
    """The next events; ``None`` for somebody who may not see them any more."""
    try:
        if not following.still_may():
            return None
        return selectors.events_after(following.user, place, most=_AT_ONCE)
    finally:
        if not connection.in_atomic_block:
            connection.close()  # back to the pool, while we wait


def _written(event: Event) -> bytes:
    data = orjson.dumps(document(event)).decode()  # one line, whatever it holds
    return f"id: {event.place}\nevent: {event.kind.lower()}\ndata: {data}\n\n".encode()
