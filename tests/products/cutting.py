"""Work that is cut off: by ``kill -9`` of its process, or by the end of its database connection.

It is done in a forked child. The child counts its steps, which are the statements that write and
the commits, and is cut off right after one of them. Whoever asks next meets what really stayed.
"""

import os
import signal
import traceback
from collections.abc import Callable, Iterator
from enum import Enum
from itertools import count
from typing import Any, Protocol, TypeVar

import psycopg
from django.db import InterfaceError, OperationalError, connection, transaction

_READS = ("SELECT", "SET", "SAVEPOINT", "RELEASE")
_PRESENCE = 0x43555421  # an advisory lock that a child's connection holds until the server drops it
_INHERITED: list[Any] = []
_WAS_THROUGH, _WAS_CUT, _BROKE = 0, 3, 4


class By(Enum):
    """Whose end it is."""

    WORKER = "worker"
    DATABASE = "database"


class Cuttable(Protocol):
    """Something that takes a step, and can be cut off in it."""

    def begin(self) -> None: ...


L = TypeVar("L", bound=Cuttable)


class _Knife:
    """Strikes after the step of this number."""

    def __init__(self, step: int, by: By) -> None:
        self.has_struck = False
        self._left = step
        self._by = by
        self._follows_commit = False

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 -- Django calls it so
        result = execute(sql, params, many, context)
        if not sql.lstrip("( ").upper().startswith(_READS):
            if not self._follows_commit:
                self._follows_commit = True
                transaction.on_commit(self._commit)
            self._count()
        return result

    def _commit(self) -> None:
        self._follows_commit = False
        self._count()

    def _count(self) -> None:
        self._left -= 1
        if self._left == 0:
            self.has_struck = True
            if self._by is By.WORKER:
                os.kill(os.getpid(), signal.SIGKILL)
            _end(connection)


def _end(cut: Any) -> None:
    """End a connection from the server's side, as its crash would."""
    pid = cut.connection.info.backend_pid
    with psycopg.connect(**cut.connection.info.get_parameters()) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def cut_off(work: Callable[[], object], *, step: int, by: By) -> bool:
    """Do the work and cut it off after this step; False where it was through before that."""
    child = os.fork()
    if child == 0:
        _work_until_cut(work, step=step, by=by)
    _, status = os.waitpid(child, 0)
    with connection.cursor() as cursor:  # its locks are gone when its connection is
        cursor.execute("SELECT pg_advisory_lock(%s), pg_advisory_unlock(%s)", [_PRESENCE] * 2)
    code = os.waitstatus_to_exitcode(status)
    assert code in {_WAS_THROUGH, _WAS_CUT, -signal.SIGKILL}, "the work broke: see standard error"
    return code != _WAS_THROUGH


def _work_until_cut(work: Callable[[], object], *, step: int, by: By) -> None:
    """The child's life: it never returns, and shares no connection with its parent."""
    code = _BROKE
    try:
        _INHERITED.append(connection.connection)  # it stays its parent's, as the pool does
        connection.connection = None
        connection.settings_dict["OPTIONS"].pop("pool", None)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_PRESENCE])
        knife = _Knife(step, by)
        try:
            with connection.execute_wrapper(knife):
                work()
        except (OperationalError, InterfaceError):
            if not knife.has_struck:
                raise
        code = _WAS_CUT if knife.has_struck else _WAS_THROUGH
    except BaseException:  # noqa: BLE001 -- whatever it was, the parent says so
        traceback.print_exc()
    finally:
        os._exit(code)


def cut_everywhere(prepare: Callable[[], L], *, by: By) -> Iterator[L]:
    """Cut off the step of a life after each of its writes in turn, until one is through uncut.

    Each life that was cut is told; they begin alike.
    """
    for step in count(1):
        life = prepare()
        if not cut_off(life.begin, step=step, by=by):
            return
        yield life
