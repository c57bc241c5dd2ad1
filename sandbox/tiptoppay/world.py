"""One terminal: what there is of it, its clock, and what is under way."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from sandbox.clock import Agenda, Clock
from sandbox.state import resumed_at
from sandbox.tiptoppay.book import Book
from sandbox.tiptoppay.declines import Declines
from sandbox.tiptoppay.environment import Environment
from sandbox.tiptoppay.faults import Faults
from sandbox.tiptoppay.keeping import recall
from sandbox.tiptoppay.outbox import Outbox
from sandbox.tiptoppay.switches import Switches
from sandbox.waha.journal import Journal

Start = Callable[[Coroutine[Any, Any, None]], None]


@dataclass(slots=True)
class Business:
    """How much is being done now; what waits for a time of the clock is not."""

    count: int = 0
    _quiet: asyncio.Event = field(default_factory=asyncio.Event)

    def begin(self) -> None:
        self.count += 1
        self._quiet.clear()

    def end(self) -> None:
        self.count -= 1
        if self.count == 0:
            self._quiet.set()

    async def wait(self) -> None:
        """Wait until nothing is being done."""
        while self.count:
            await self._quiet.wait()


@dataclass(slots=True)
class World:
    environment: Environment
    clock: Clock
    agenda: Agenda
    switches: Switches
    book: Book
    outbox: Outbox
    business: Business
    start: Start
    faults: Faults = field(default_factory=Faults)
    declines: Declines = field(default_factory=Declines)
    journal: Journal = field(default_factory=Journal)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    home: str = ""  # known once it listens

    @property
    def is_test(self) -> bool:
        return not self.switches.is_live

    async def sleep(self, seconds: float) -> None:
        """Sleep by the stand-in's clock, which may jump."""
        over = asyncio.Event()
        self.agenda.after(seconds, over.set)
        await over.wait()

    async def begin_anew(self) -> None:
        """Be as it was in the beginning; what is under way is finished first."""
        await self.business.wait()
        self.agenda.forget()
        self.book.forget()
        self.outbox.forget()
        self.journal.forget()
        self.faults.ordered.clear()
        self.declines.ordered.clear()
        self.switches.change({**Switches().as_dict(), **self.environment.switches})

    def launch(self, work: Coroutine[Any, Any, None]) -> None:
        """Have something done behind everybody's back."""
        _launch(self.business, self.start, work)


def _launch(business: Business, start: Start, work: Coroutine[Any, Any, None]) -> None:
    async def done() -> None:
        try:
            await work
        finally:
            business.end()

    business.begin()
    start(done())


def make_world(environment: Environment, *, start: Start) -> World:
    """Make a terminal as it was left, or one at which nothing happened yet.

    Raises BadSwitch and BadState.
    """
    book = Book(latest_id=int(time.time()))
    kept = recall(environment.state, book) if environment.state else {}
    if environment.hooks:
        book.lead(environment.hooks)
    clock = Clock(scale=environment.time_scale, start=resumed_at(kept))
    agenda = Agenda(clock=clock)
    switches = Switches()
    switches.change(environment.switches)
    business = Business()

    async def pause(seconds: float) -> None:
        """Wait for a time of the clock; only a short wait counts as being at work."""
        over = asyncio.Event()
        is_short = seconds <= switches.notify_s

        def wake() -> None:
            if not is_short:
                business.begin()
            over.set()

        agenda.after(seconds, wake)
        if not is_short:
            business.end()
        await over.wait()

    outbox = Outbox(
        clock,
        switches,
        book.addresses,
        environment.api_secret,
        sleep=pause,
        launch=lambda work: _launch(business, start, work),
    )
    return World(environment, clock, agenda, switches, book, outbox, business, start)
