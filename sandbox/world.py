"""Everything the sandbox is made of, put together once."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.cards import Catalogue
from sandbox.clock import Agenda, Clock
from sandbox.faults import Faults
from sandbox.feeds import Feeds
from sandbox.journal import Journal
from sandbox.limits import Limits
from sandbox.orders import Orders
from sandbox.pushes import Pushes
from sandbox.rivals import Markets, Rivals
from sandbox.sessions import Sessions
from sandbox.settings import Settings
from sandbox.stock import Listings


@dataclass(slots=True)
class Changes:
    """Counts the changes worth saving; whoever saves compares the count with the last one."""

    count: int = 0

    def note(self) -> None:
        self.count += 1


@dataclass(slots=True)
class World:
    """One marketplace: its time, its cards, its merchants, and who is logged in."""

    seed: int
    settings: Settings
    clock: Clock
    agenda: Agenda
    markets: Markets
    listings: Listings
    pushes: Pushes
    feeds: Feeds
    orders: Orders
    sessions: Sessions
    limits: Limits
    changes: Changes
    faults: Faults = field(default_factory=Faults)
    journal: Journal = field(default_factory=Journal)
    # Machine-readable lines about what happens, for the terminal.
    say: Callable[[str], None] = lambda _line: None

    def told_now(self) -> float:
        """The moment it is by the marketplace's own clock, as its answers tell it."""
        return self.clock.now() + self.settings.clock_skew_s

    @property
    def catalogue(self) -> Catalogue:
        return self.markets.catalogue

    @property
    def rivals(self) -> Rivals:
        return self.markets.rivals


def make_world(
    *,
    seed: int,
    cards: int,
    settings: Settings,
    time_scale: float = 1.0,
    start: float | None = None,
) -> World:
    """Invent a world from its seed. `start` is the time on its clock, now if not given."""
    clock = Clock(scale=time_scale, start=time.time() if start is None else start)
    agenda = Agenda(clock=clock)
    changes = Changes()
    rivals = Rivals(seed=seed, clock=clock, agenda=agenda, settings=settings)
    markets = Markets(catalogue=Catalogue(seed=seed, size=cards), rivals=rivals)
    listings = Listings(markets=markets, seed=seed, opened_at=clock.now())
    listings.stock()
    pushes = Pushes(
        settings=settings,
        clock=clock,
        agenda=agenda,
        listings=listings,
        rivals=rivals,
        on_change=changes.note,
    )
    return World(
        seed=seed,
        settings=settings,
        clock=clock,
        agenda=agenda,
        markets=markets,
        listings=listings,
        pushes=pushes,
        feeds=Feeds(
            settings=settings,
            clock=clock,
            agenda=agenda,
            pushes=pushes,
            on_change=changes.note,
        ),
        orders=Orders(
            seed=seed,
            settings=settings,
            clock=clock,
            agenda=agenda,
            listings=listings,
            on_change=changes.note,
        ),
        sessions=Sessions(settings=settings, clock=clock, on_change=changes.note),
        limits=Limits(settings=settings),
        changes=changes,
    )
