"""One at a time, in all processes together."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from threading import Event

import pytest
from django.db import DatabaseError, connection

from tests.flows.patience import until
from whatsapp.services.turns import alone, next_in_turn

pytestmark = [pytest.mark.db, pytest.mark.django_db(transaction=True)]
Turn = Callable[[str], AbstractContextManager[bool]]
_PATIENCE_S = 20


@pytest.fixture
def elsewhere() -> Iterator[Callable[..., tuple[Future[bool], Event, Event]]]:
    """Take a turn on a connection of one's own, and stay inside until told to leave."""
    leaving: list[Event] = []
    with ThreadPoolExecutor() as pool:

        def take(turn: Turn) -> tuple[Future[bool], Event, Event]:
            inside, leave = Event(), Event()
            leaving.append(leave)

            def stay() -> bool:
                try:
                    with turn("x") as is_mine:
                        inside.set()
                        leave.wait(_PATIENCE_S)
                        return is_mine
                finally:
                    connection.close()

            return pool.submit(stay), inside, leave

        yield take
        for leave in leaving:
            leave.set()


def waiting() -> int:
    """Count who waits for an advisory lock of this database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE locktype = 'advisory' AND datname = current_database() AND NOT granted"
        )
        return int(cursor.fetchone()[0])


def test_who_comes_while_somebody_is_inside_is_told_so(elsewhere):
    _, inside, leave = elsewhere(alone)
    inside.wait(_PATIENCE_S)

    with alone("x") as while_held, alone("y") as another:
        pass

    assert (while_held, another) == (False, True)
    leave.set()


def test_the_turn_of_one_who_was_killed_is_free(elsewhere):
    killed, inside, leave = elsewhere(alone)
    inside.wait(_PATIENCE_S)

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE locktype = 'advisory' AND datname = current_database()"
        )
    with alone("x") as is_mine:
        pass

    leave.set()
    assert is_mine
    assert isinstance(killed.exception(_PATIENCE_S), DatabaseError)


def test_one_waits_and_a_third_does_nothing(elsewhere):
    first, inside, leave = elsewhere(next_in_turn)
    inside.wait(_PATIENCE_S)
    second, second_inside, second_leave = elsewhere(next_in_turn)
    until(waiting, bool)

    with next_in_turn("x") as third:
        pass
    was_early = second_inside.is_set()
    leave.set()
    second_inside.wait(_PATIENCE_S)
    second_leave.set()

    assert (third, was_early) == (False, False)
    assert (first.result(_PATIENCE_S), second.result(_PATIENCE_S)) == (True, True)
