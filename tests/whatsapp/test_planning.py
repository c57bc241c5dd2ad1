"""Rows on one side, what stands on the other: what is to be done."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import NOW
from tests.whatsapp.memory_host import Machine, MemoryHost
from whatsapp.host_ports import Belongings, Blueprint, Container, ContainerState
from whatsapp.models import Phase, Wish
from whatsapp.services.planning import STARTS_AT_ONCE, Act, Aim, Order, Plan, Wanted, plan

pytestmark = pytest.mark.unit
ID = UUID(int=1)
SPEC = "as-wished"
SECOND = timedelta(seconds=1)
LONG_AGO = NOW - timedelta(hours=1)


def a_row(**fields: Any) -> Wanted:
    """A row that wishes to run; nothing stands yet."""
    usual: dict[str, Any] = {
        "connection_id": ID,
        "wish": Wish.RUNNING,
        "phase": Phase.WAITING,
        "spec": SPEC,
        "asked_at": NOW,
    }
    return Wanted(**{**usual, **fields})


def a_container(state=ContainerState.RUNNING, **fields: Any) -> Container:
    usual: dict[str, Any] = {"container_id": "c", "connection_id": ID, "spec": SPEC}
    return Container(**{**usual, **fields}, state=state)


def planned(row, *containers, has_login=True):
    logins = frozenset({row.connection_id} if has_login else ())
    made = plan([row], Belongings(containers, logins), now=NOW)
    return [(order.aim, *order.acts) for order in made.orders]


READY = {"phase": Phase.READY, "started_at": LONG_AGO}
LATE = {"phase": Phase.STARTING, "started_at": NOW - 61 * SECOND}
ANEW = (Aim.STARTED, Act.STOP, Act.REMOVE, Act.CREATE, Act.START)


@pytest.mark.parametrize(
    ("row", "state", "steps"),
    [
        pytest.param({}, None, (Aim.STARTED, Act.CREATE, Act.START), id="nothing stands"),
        pytest.param({}, "created", (Aim.STARTED, Act.START), id="cut off before the start"),
        pytest.param({}, "exited", (Aim.STARTED, Act.START), id="ended"),
        pytest.param(READY, "exited", (Aim.STARTED, Act.START), id="ended while it was used"),
        pytest.param({}, "running", (Aim.GREETED,), id="cut off after the start"),
        pytest.param(READY, "running", None, id="all well"),
        pytest.param(READY, "restarting", (Aim.GREETED,), id="the engine restarts it"),
        pytest.param(
            READY, "paused", (Aim.STARTED, Act.REMOVE, Act.CREATE, Act.START), id="paused"
        ),
        pytest.param(READY, "dead", (Aim.STARTED, Act.REMOVE, Act.CREATE, Act.START), id="dead"),
        pytest.param(READY, "removing", None, id="the engine removes it"),
        pytest.param({**READY, "spec": "new"}, "running", ANEW, id="another spec"),
        pytest.param({"retry_at": NOW + SECOND}, None, None, id="too early"),
        pytest.param(
            {"retry_at": NOW}, None, (Aim.STARTED, Act.CREATE, Act.START), id="time to try again"
        ),
        pytest.param(
            {**READY, "is_to_restart": True}, "running", (Aim.STARTED, Act.RESTART), id="told to"
        ),
        pytest.param({"wish": Wish.RESTING}, "running", (Aim.RESTED, Act.STOP), id="to rest"),
        pytest.param({"wish": Wish.RESTING}, None, (Aim.RESTED,), id="rests, not noted"),
        pytest.param(
            {"wish": Wish.RESTING, "phase": Phase.RESTING, "spec": "new"},
            "exited",
            None,
            id="rests",
        ),
    ],
)
def test_what_is_wished_and_what_stands_say_what_to_do(row, state, steps):
    containers = [a_container(ContainerState(state))] if state else []

    assert planned(a_row(**row), *containers) == ([steps] if steps else [])


@pytest.mark.parametrize(
    ("row", "steps"),
    [
        pytest.param({"started_at": NOW - 60 * SECOND}, (Aim.GREETED,), id="still in time"),
        pytest.param({}, (Aim.STARTED, Act.RESTART), id="first a restart"),
        pytest.param({"failures": 1}, ANEW, id="then a new one"),
        pytest.param({"failures": 2}, (Aim.GIVEN_UP, Act.STOP), id="then enough"),
        pytest.param({"phase": Phase.FAILED}, (Aim.GREETED,), id="somebody started it"),
        pytest.param({"phase": Phase.READY, "failures": 2}, None, id="it may be nothing"),
        pytest.param(
            {"phase": Phase.READY, "failures": 3}, (Aim.STARTED, Act.RESTART), id="it fell silent"
        ),
    ],
)
def test_one_that_does_not_answer_climbs_a_ladder(row, steps):
    assert planned(a_row(**{**LATE, **row}), a_container()) == ([steps] if steps else [])


@pytest.mark.parametrize(
    ("stuck_s", "heard_s", "started_s", "steps"),
    [
        pytest.param(90, 0, 3600, None, id="patience"),
        pytest.param(91, 0, 3600, (Aim.STARTED, Act.RESTART), id="first a restart"),
        pytest.param(200, 0, 90, None, id="patience again"),
        pytest.param(200, 0, 91, ANEW, id="then a new one"),
        pytest.param(200, 111, 3600, None, id="nobody heard of it since"),
    ],
)
def test_a_session_that_starts_for_ever_is_restarted_once_and_then_made_anew(
    stuck_s, heard_s, started_s, steps
):
    row = a_row(
        phase=Phase.READY,
        stuck_since=NOW - stuck_s * SECOND,
        stuck_at=NOW - heard_s * SECOND,
        started_at=NOW - started_s * SECOND,
    )

    assert planned(row, a_container()) == ([steps] if steps else [])


@pytest.mark.parametrize(
    ("row", "state", "has_login", "steps"),
    [
        (READY, "running", True, (Aim.FORGOTTEN, Act.LOG_OUT, Act.REMOVE, Act.REMOVE_LOGIN)),
        ({}, "created", True, (Aim.FORGOTTEN, Act.REMOVE, Act.REMOVE_LOGIN)),
        ({}, None, True, (Aim.FORGOTTEN, Act.REMOVE_LOGIN)),
        ({}, None, False, (Aim.FORGOTTEN,)),
        ({"phase": Phase.GONE}, None, False, None),
        ({"phase": Phase.GONE}, None, True, (Aim.FORGOTTEN, Act.REMOVE_LOGIN)),
    ],
)
def test_of_one_that_is_to_be_forgotten_nothing_stays(row, state, has_login, steps):
    containers = [a_container(ContainerState(state))] if state else []

    made = planned(a_row(wish=Wish.DELETED, **row), *containers, has_login=has_login)

    assert made == ([steps] if steps else [])


def test_containers_of_nobody_and_stray_copies_go_and_their_logins_stay():
    nobodys = a_container(connection_id=UUID(int=9), container_id="nobody's")
    unread = a_container(connection_id=None, container_id="unread")
    copy = a_container(is_namesake=False, container_id="copy")
    found = Belongings((nobodys, unread, copy, a_container()), frozenset({ID, UUID(int=9)}))

    made = plan([a_row(**READY)], found, now=NOW)

    assert made == Plan(orders=(), strays=("nobody's", "unread", "copy"))


def test_few_start_at_once_and_who_asked_first_goes_first():
    booting = a_row(connection_id=UUID(int=99), phase=Phase.STARTING, started_at=NOW - SECOND)
    waiting = [a_row(connection_id=UUID(int=n), asked_at=NOW - n * SECOND) for n in range(1, 7)]
    leaving = a_row(connection_id=UUID(int=50), wish=Wish.DELETED)
    found = Belongings((a_container(connection_id=booting.connection_id),), frozenset())

    made = plan([*waiting, booting, leaving], found, now=NOW)

    started = [order.connection_id.int for order in made.orders if order.is_start]
    assert started == [6, 5, 4][: STARTS_AT_ONCE - 1]
    assert {order.connection_id.int for order in made.orders if not order.is_start} == {50, 99}


# -- laws -----------------------------------------------------------------------------------------

IDS = st.integers(1, 6).map(lambda number: UUID(int=number))
MOMENTS = st.one_of(st.none(), st.integers(-200, 0).map(lambda s: NOW + s * SECOND))
ROWS = st.builds(
    a_row,
    connection_id=IDS,
    wish=st.sampled_from(Wish),
    phase=st.sampled_from(Phase),
    failures=st.integers(0, 5),
    started_at=MOMENTS,
    stuck_since=MOMENTS,
    stuck_at=MOMENTS,
    is_to_restart=st.booleans(),
)
CONTAINERS = st.builds(
    a_container,
    st.sampled_from(ContainerState).filter(lambda state: state != ContainerState.REMOVING),
    container_id=st.uuids().map(str),
    connection_id=st.one_of(st.none(), st.integers(1, 9).map(lambda number: UUID(int=number))),
    spec=st.sampled_from([SPEC, "another"]),
    is_namesake=st.booleans(),
)
OWNERS = st.sampled_from(["ours", "others"])
LOGINS = st.sets(st.tuples(OWNERS, st.integers(1, 9).map(lambda number: UUID(int=number))))


@st.composite
def machines(draw):
    """An engine on which anything stands, with one container a name as any engine has it."""
    machine = Machine(logins=draw(LOGINS))
    names = set()
    for owner, container in draw(st.lists(st.tuples(OWNERS, CONTAINERS), max_size=12)):
        name = (owner, container.connection_id) if container.is_namesake else container.container_id
        if name not in names:
            names.add(name)
            machine.put(container, deployment=owner)
    return machine


def a_blueprint(connection_id: UUID) -> Blueprint:
    return Blueprint(connection_id, "1", "image", {}, 3000, 1, 1, 1, True, "network", False)


def carry_out(host: MemoryHost, order: Order) -> None:
    for act in order.acts:
        match act:
            case Act.CREATE:
                made = host.create(a_blueprint(order.connection_id))
                _, container = host.machine.containers[made]
                host.machine.put(replace(container, spec=SPEC))
            case Act.START:
                host.start(order.connection_id)
            case Act.RESTART:
                host.restart(order.connection_id)
            case Act.STOP:
                host.stop(order.connection_id)
            case Act.REMOVE:
                host.remove(order.container_id)
            case Act.REMOVE_LOGIN:
                host.remove_login(order.connection_id)


PHASE_AFTER = {
    Aim.STARTED: Phase.STARTING,
    Aim.RESTED: Phase.RESTING,
    Aim.FORGOTTEN: Phase.GONE,
    Aim.GIVEN_UP: Phase.FAILED,
}


def after(row: Wanted, order: Order, host: MemoryHost, now) -> Wanted:
    """In this world every gateway that runs answers at once."""
    if order.aim != Aim.GREETED:
        failures = row.failures if order.failures is None else order.failures
        changed = replace(row, phase=PHASE_AFTER[order.aim], started_at=now, failures=failures)
        return replace(changed, is_to_restart=False, stuck_since=None)
    container = host.of(order.connection_id)
    if container is not None and container.state == ContainerState.RUNNING:
        return replace(row, phase=Phase.READY, started_at=now, failures=0, stuck_since=None)
    has_begun = row.phase == Phase.STARTING and row.started_at is not None
    return replace(row, phase=Phase.STARTING, started_at=row.started_at if has_begun else now)


def a_round(rows: dict[UUID, Wanted], host: MemoryHost, now) -> Plan:
    made = plan(list(rows.values()), host.belongings(), now=now)
    for stray in made.strays:
        host.remove(stray)
    for order in made.orders:
        carry_out(host, order)
        rows[order.connection_id] = after(rows[order.connection_id], order, host, now)
    return made


@given(st.dictionaries(IDS, ROWS, max_size=6), machines())
def test_whatever_stands_becomes_what_is_wished_and_nothing_of_others_is_touched(
    given_rows, machine
):
    rows = {key: replace(row, connection_id=key) for key, row in given_rows.items()}
    host = MemoryHost(machine)
    theirs = machine.of("others")
    before = machine.of("ours")[1]
    forgotten = {key for key, row in rows.items() if row.wish == Wish.DELETED}

    for number in range(16):
        a_round(rows, host, NOW + number * 20 * SECOND)
    last = a_round(rows, host, NOW + 320 * SECOND)

    containers, logins = machine.of("ours")
    running = {one.connection_id for one in containers if one.state == ContainerState.RUNNING}
    wished = {key for key, row in rows.items() if row.wish == Wish.RUNNING}
    assert last == Plan(())
    assert running == wished
    assert {one.spec for one in containers if one.connection_id in wished} <= {SPEC}
    assert len(containers) == len({one.connection_id for one in containers})
    assert logins & before == before - forgotten
    assert machine.of("others") == theirs


@given(st.dictionaries(IDS, ROWS, max_size=6), machines())
def test_a_round_starts_few_and_removes_logins_of_the_forgotten_alone(given_rows, machine):
    rows = {key: replace(row, connection_id=key) for key, row in given_rows.items()}

    made = plan(list(rows.values()), MemoryHost(machine).belongings(), now=NOW)

    losing = {one.connection_id for one in made.orders if Act.REMOVE_LOGIN in one.acts}
    assert losing <= {key for key, row in rows.items() if row.wish == Wish.DELETED}
    assert sum(order.is_start for order in made.orders) <= STARTS_AT_ONCE
