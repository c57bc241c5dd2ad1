"""One at a time, in all processes together.

The locks are PostgreSQL's own, of a connection: one whose holder is killed is free at once, and no
transaction is open while an engine is waited for.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from zlib import crc32

from django.db import OperationalError, connection

_SPACE = 0x57415A41  # of all advisory locks, those of this app
_WAITS_S = 60


@contextmanager
def alone(what: str) -> Iterator[bool]:
    """Hold a lock while inside, if it is free; say whether it was."""
    key = crc32(what.encode()) - 2**31
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_SPACE, key])
        is_mine = bool(cursor.fetchone()[0])
    try:
        yield is_mine
    finally:
        if is_mine:
            _let_go(key)


@contextmanager
def next_in_turn(what: str) -> Iterator[bool]:
    """Wait for a lock and hold it while inside, unless somebody waits already; say whether.

    Who waits begins after whoever was inside, so it sees all that happened before: a third one
    would do nothing more.
    """
    key = crc32(what.encode()) - 2**31
    with alone(f"{what}: waiting") as is_next:
        is_mine = is_next and _waited(key)
    try:
        yield is_mine
    finally:
        if is_mine:
            _let_go(key)


def _waited(key: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [f"{_WAITS_S}s"])
        try:
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", [_SPACE, key])
        except OperationalError:  # whoever is inside takes its time
            return False
        finally:
            cursor.execute("RESET lock_timeout")
    return True


def _let_go(key: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_SPACE, key])
