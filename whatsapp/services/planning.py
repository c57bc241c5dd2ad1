"""What to do so that the engine's containers become what rows wish. Pure: nothing is asked or done.

Rows say what is wanted, the engine says what stands; the plan is the difference. It is made anew
every round, so a step that failed or was cut off is simply still missing the next time.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from whatsapp.host_ports import Belongings, Container, ContainerState
from whatsapp.models import Phase, Wish

ANSWERS_WITHIN = timedelta(seconds=60)  # from its start to its first answer
STARTS_WITHIN = timedelta(seconds=90)  # a session, once its gateway answers
STARTS_AT_ONCE = 4  # a start is heavy for a processor
SILENT_AFTER = 3  # failures in a row of one that did answer
_RESTARTS, _ANEW = 0, 1  # failures at which a silent one is restarted, then made anew
_UP = {ContainerState.RUNNING, ContainerState.RESTARTING}
_STOPPED = {ContainerState.CREATED, ContainerState.EXITED}


class Act(StrEnum):
    """One thing done to one container."""

    LOG_OUT = "log-out"
    STOP = "stop"
    REMOVE = "remove"
    REMOVE_LOGIN = "remove-login"
    CREATE = "create"
    START = "start"
    RESTART = "restart"


class Aim(StrEnum):
    """What an order is for: what a row says once it is carried out."""

    STARTED = "started"
    GREETED = "greeted"
    RESTED = "rested"
    FORGOTTEN = "forgotten"
    GIVEN_UP = "given-up"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a row wishes, and what was noted of it last. ``asked_at``: who asked first goes first.

    ``started_at`` is when its container was started last. ``stuck_since``: from then on its session
    said that it starts, and ``stuck_at`` was the latest time that it did. ``is_to_restart``:
    somebody said so.
    """

    connection_id: UUID
    wish: Wish
    phase: Phase
    spec: str
    asked_at: datetime
    failures: int = 0
    retry_at: datetime | None = None
    started_at: datetime | None = None
    stuck_since: datetime | None = None
    stuck_at: datetime | None = None
    is_to_restart: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """What to do for one connection, in turn; the first that fails ends it.

    ``failures`` is to be noted where it is done because the gateway did not answer in time.
    """

    connection_id: UUID
    aim: Aim
    acts: tuple[Act, ...] = ()
    container_id: str = ""
    failures: int | None = None

    @property
    def is_start(self) -> bool:
        return bool({Act.START, Act.RESTART} & set(self.acts))


@dataclass(frozen=True, slots=True)
class Plan:
    """One round. ``strays`` are containers of ours that belong to no row, by the engine's ids."""

    orders: tuple[Order, ...]
    strays: tuple[str, ...] = ()


_MADE = (Act.CREATE, Act.START)
_ANEW_ACTS = (Act.STOP, Act.REMOVE, *_MADE)


def plan(wanted: Sequence[Wanted], found: Belongings, *, now: datetime) -> Plan:
    """Say what to do now. Containers of others than these rows are removed, their logins kept.

    A login is removed for a row alone that is to be forgotten.
    """
    known = {row.connection_id for row in wanted}
    standing: dict[UUID, Container] = {}
    strays = []
    for container in found.containers:
        if container.connection_id in known and container.is_namesake:
            standing[container.connection_id] = container
        else:
            strays.append(container.container_id)
    orders = (
        _for(row, standing.get(row.connection_id), row.connection_id in found.logins, now)
        for row in wanted
    )
    needed = [order for order in orders if order is not None]
    return Plan(tuple(_few_starts(needed, wanted, standing, now)), tuple(strays))


def _for(
    row: Wanted,
    container: Container | None,
    has_login: bool,  # noqa: FBT001 -- read two lines above, where it is asked
    now: datetime,
) -> Order | None:
    if container is not None and container.state == ContainerState.REMOVING:
        return None  # the engine is at it
    if row.retry_at is not None and row.retry_at > now:
        return None
    if row.wish == Wish.DELETED:
        return _forgotten(row, container, has_login=has_login)
    if row.wish == Wish.RESTING:
        return _rested(row, container)
    return _brought_up(row, container, now)


def _forgotten(row: Wanted, container: Container | None, *, has_login: bool) -> Order | None:
    acts: list[Act] = []
    if container is not None:
        if container.state == ContainerState.RUNNING and row.phase == Phase.READY:
            acts.append(Act.LOG_OUT)  # so that the phone does not list it any more
        acts.append(Act.REMOVE)
    if has_login:
        acts.append(Act.REMOVE_LOGIN)
    if not acts and row.phase == Phase.GONE:
        return None
    return _order(row, Aim.FORGOTTEN, tuple(acts), container)


def _rested(row: Wanted, container: Container | None) -> Order | None:
    if container is not None and container.state not in _STOPPED:
        return _order(row, Aim.RESTED, (Act.STOP,), container)
    return None if row.phase == Phase.RESTING else _order(row, Aim.RESTED, (), container)


def _brought_up(row: Wanted, container: Container | None, now: datetime) -> Order | None:
    if container is None:
        return _order(row, Aim.STARTED, _MADE, container)
    if container.spec != row.spec:
        return _order(row, Aim.STARTED, _ANEW_ACTS, container)
    if container.state in _STOPPED:
        return _order(row, Aim.STARTED, (Act.START,), container)
    if container.state not in _UP:  # paused by a hand, or dead
        return _order(row, Aim.STARTED, (Act.REMOVE, *_MADE), container)
    if row.is_to_restart:
        return _order(row, Aim.STARTED, (Act.RESTART,), container)
    return _followed(row, container, now)


def _followed(row: Wanted, container: Container, now: datetime) -> Order | None:
    """One that is up: let it be, greet it, or do what helps a silent one."""
    if row.phase == Phase.READY and container.state == ContainerState.RUNNING:
        if row.failures >= SILENT_AFTER:
            return _order(row, Aim.STARTED, (Act.RESTART,), container, failures=_ANEW)
        return _loosened(row, container)
    # Of another phase: from a start that was cut off, or by somebody's hand.
    is_late = (
        row.phase == Phase.STARTING
        and row.started_at is not None
        and now - row.started_at > ANSWERS_WITHIN
    )
    return _climbed(row, container) if is_late else _order(row, Aim.GREETED, (), container)


def _loosened(row: Wanted, container: Container) -> Order | None:
    """What helps a session that starts for ever: a restart, and after it a new container.

    One that nobody has heard of since is not stuck for that: its news may have got lost.
    """
    if row.stuck_since is None or row.stuck_at is None or row.started_at is None:
        return None
    if row.stuck_at - max(row.stuck_since, row.started_at) <= STARTS_WITHIN:
        return None
    was_so_before = row.stuck_since < row.started_at
    return _order(row, Aim.STARTED, _ANEW_ACTS if was_so_before else (Act.RESTART,), container)


def _climbed(row: Wanted, container: Container) -> Order:
    """The ladder for one that does not answer in time: restart, make anew, give up for a while."""
    failures = row.failures + 1
    if row.failures <= _RESTARTS:
        return _order(row, Aim.STARTED, (Act.RESTART,), container, failures=failures)
    if row.failures <= _ANEW:
        return _order(row, Aim.STARTED, _ANEW_ACTS, container, failures=failures)
    return _order(row, Aim.GIVEN_UP, (Act.STOP,), container, failures=failures)


def _order(
    row: Wanted,
    aim: Aim,
    acts: tuple[Act, ...],
    container: Container | None,
    *,
    failures: int | None = None,
) -> Order:
    container_id = container.container_id if container else ""
    return Order(row.connection_id, aim, acts, container_id=container_id, failures=failures)


def _few_starts(
    orders: Iterable[Order],
    wanted: Iterable[Wanted],
    standing: Mapping[UUID, Container],
    now: datetime,
) -> Iterator[Order]:
    """Leave starts for later rounds while many are under way; who asked first goes first."""
    rows = {row.connection_id: row for row in wanted}
    starts = sorted(
        (order for order in orders if order.is_start),
        key=lambda order: (rows[order.connection_id].asked_at, str(order.connection_id)),
    )
    room = max(STARTS_AT_ONCE - sum(_is_booting(row, standing, now) for row in rows.values()), 0)
    yield from (order for order in orders if not order.is_start)
    yield from starts[:room]


def _is_booting(row: Wanted, standing: Mapping[UUID, Container], now: datetime) -> bool:
    container = standing.get(row.connection_id)
    return (
        row.phase == Phase.STARTING
        and row.started_at is not None
        and now - row.started_at <= ANSWERS_WITHIN
        and container is not None
        and container.state in _UP
    )
