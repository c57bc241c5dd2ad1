"""Everything one stand-in holds, and what its parts share."""

import asyncio
from collections.abc import Callable, Collection, Coroutine
from dataclasses import dataclass, field
from typing import Any

from sandbox.clock import Agenda, Clock
from sandbox.waha import shapes
from sandbox.waha.environment import Environment
from sandbox.waha.faults import Faults
from sandbox.waha.hooks import Hooks
from sandbox.waha.journal import Journal
from sandbox.waha.keys import Keys
from sandbox.waha.people import People, Person
from sandbox.waha.session import Session, Status
from sandbox.waha.store import Store
from sandbox.waha.switches import Switches

Start = Callable[[Coroutine[Any, Any, None]], None]


@dataclass(slots=True)
class World:
    """One container's worth of sessions, and the WhatsApp around it."""

    environment: Environment
    clock: Clock
    agenda: Agenda
    switches: Switches
    store: Store
    hooks: Hooks
    keys: Keys
    people: People = field(default_factory=People)
    sessions: dict[str, Session] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    journal: Journal = field(default_factory=Journal)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    began_at: float = 0.0
    # Memory taken for no other reason than to have it taken.
    ballast: list[bytes] = field(default_factory=list)

    @property
    def engine(self) -> str:
        return self.environment.engine

    def account_of(self, session: Session) -> Person:
        """Whoever logged in to a session. Only for sessions that work."""
        if session.login is None:
            raise ValueError(f"{session.name} has no login")
        return self.people.of(session.login.phone)

    def own_address(self, session: Session) -> str:
        return self.account_of(session).address

    def me(self, session: Session) -> Any:
        """What a session tells of its account, and of what WhatsApp does not let it do."""
        if session.login is None:
            return None
        person = self.account_of(session)
        told = {
            "reachoutTimelock": self.timelock(session),
            "messageCapping": shapes.capping(person) if self.engine == "GOWS" else None,
        }
        return shapes.me(session, person, restrictions=told)

    def timelock(self, session: Session) -> dict[str, Any] | None:
        """The latest lock of an account; None while none was ever seen, or none is told of."""
        if session.login is None or self.engine == "WEBJS" or not self.switches.lock_is_told:
            return None
        person = self.account_of(session)
        if not person.account.locked_until:
            return None
        return shapes.timelock(person, self.clock.now())

    def card(self, session: Session) -> dict[str, Any]:
        """A session as it is told of, running or not."""
        environment = self.environment
        return shapes.session_card(
            session, self.me(session), engine=self.engine, worker=environment.worker
        )

    def announce(self, session: Session, event: str, payload: dict[str, Any]) -> None:
        """Tell the webhooks; a session that works in silence tells of its state only."""
        if session.is_silent and event != "session.status":
            return
        told = {
            "me": self.me(session),
            "payload": payload,
            "environment": shapes.environment(self.engine, self.environment.worker),
            "engine": self.engine,
        }
        self.hooks.announce(session, event, told)

    async def reach(self, session: Session, wanted: Collection[Status], *, within_s: float) -> bool:
        """Wait until a session has one of these states; say whether it came to that."""
        late = asyncio.Event()
        self.agenda.after(within_s, late.set)
        while session.status not in wanted and not late.is_set():
            await _first(session.changed, late)
        return session.status in wanted

    async def sleep(self, seconds: float) -> None:
        """Sleep by the stand-in's clock, which may jump."""
        over = asyncio.Event()
        self.agenda.after(seconds, over.set)
        await over.wait()


async def _first(*events: asyncio.Event) -> None:
    """Wait for whichever of the events comes first."""
    async with asyncio.TaskGroup() as group:
        waiting = [group.create_task(event.wait()) for event in events]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()


def make_world(environment: Environment, *, start: Start) -> World:
    """Make a world as its folder left it. Raises BadSwitch."""
    clock = Clock(scale=environment.time_scale)
    agenda = Agenda(clock=clock)
    switches = Switches()
    store = Store(environment.store)
    switches.change({**environment.switches, **store.switches()})

    async def sleep(seconds: float) -> None:
        await world.sleep(seconds)

    hooks = Hooks(clock, switches, sleep=sleep, start=start, everywhere=environment.hook)
    world = World(
        environment=environment,
        clock=clock,
        agenda=agenda,
        switches=switches,
        store=store,
        hooks=hooks,
        keys=Keys(environment.key_hash),
        began_at=clock.now(),
    )
    return world
