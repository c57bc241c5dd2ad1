"""Starts the steps in order, keeps them alive, stops them in reverse."""

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from cube_demper.local import family, guardian
from cube_demper.local.child import Child
from cube_demper.local.errors import StartError
from cube_demper.local.seat import Seat, Surroundings
from cube_demper.local.steps import Step

_TIDY_EVERY_S = 5.0
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Graces:
    """How long after the order to stop the steps are killed; 10 s in all is our promise."""

    programs_s: float = 6.0
    foundations_s: float = 8.0
    """Steps that depend on nothing stop last, and databases must write down what they know."""
    sweep_s: float = 1.0


class Supervisor:
    """Runs a plan until it is told to stop.

    A step that fails before it was ever ready ends the whole run. One that dies later is started
    again. A failure, a signal and ``stop`` all lead through the same way out.
    """

    def __init__(
        self,
        steps: Sequence[Step],
        surroundings: Surroundings,
        *,
        when_ready: Callable[[], None] = lambda: None,
        when_stopping: Callable[[], None] = lambda: None,
        graces: Graces | None = None,
        adopts_orphans: bool = False,
    ) -> None:
        """Take the plan.

        ``adopts_orphans``: every process that ever comes from this one is ours to end.
        """
        self._seats = [Seat(step, surroundings) for step in steps]
        self._ready = {seat.step.name: seat.is_ready for seat in self._seats}
        self._run = surroundings.run
        self._when_ready = when_ready
        self._when_stopping = when_stopping
        self._graces = graces or Graces()
        self._adopts_orphans = adopts_orphans
        self._stop = asyncio.Event()
        self._failure: StartError | None = None

    async def run(self) -> None:
        """Run until a signal or ``stop``. Raises StartError if the start failed."""
        with guardian.watch(self._run), self._signals():
            try:
                await self._run_all()
            finally:
                for child in self._children():
                    child.abandon()  # only after a bug of ours is any left
                if self._adopts_orphans:
                    family.kill_descendants(within_s=self._graces.sweep_s)
        if self._failure:
            raise self._failure

    def stop(self) -> None:
        """Stop everything in order; said a second time, at once."""
        if self._stop.is_set():
            for child in self._children():
                child.kill()
        for seat in self._seats:
            seat.leave()
        self._stop.set()

    def pids(self) -> dict[str, int]:
        """Return who runs now."""
        return {
            seat.step.name: seat.child.pid
            for seat in self._seats
            if seat.child and not seat.child.has_ended
        }

    async def _run_all(self) -> None:
        async with asyncio.TaskGroup() as group:
            lives = {seat: group.create_task(self._live(seat)) for seat in self._seats}
            watchers = [group.create_task(self._announce()), group.create_task(self._tidy())]
            await self._stop.wait()
            self._when_stopping()
            await self._stop_all(lives)
            for watcher in watchers:
                watcher.cancel()

    async def _live(self, seat: Seat) -> None:
        for name in seat.step.after:
            await self._ready[name].wait()
        try:
            await seat.live()
        except StartError as failure:
            if not self._stop.is_set():  # the first word counts, and a second stop is a harsh one
                self._failure = failure
                self.stop()

    async def _announce(self) -> None:
        for is_ready in self._ready.values():
            await is_ready.wait()
        self._when_ready()

    async def _tidy(self) -> None:
        while self._adopts_orphans:
            await asyncio.sleep(_TIDY_EVERY_S)
            family.collect_orphans(but=frozenset(child.pid for child in self._children()))

    async def _stop_all(self, lives: dict[Seat, asyncio.Task[None]]) -> None:
        ordered_at = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for seat, life in lives.items():
                group.create_task(self._stop_seat(seat, life, ordered_at=ordered_at))

    async def _stop_seat(self, seat: Seat, life: asyncio.Task[None], *, ordered_at: float) -> None:
        for other in self._seats:
            if seat.step.name in other.step.after:
                await other.is_stopped.wait()
        life.cancel()
        grace_s = self._graces.programs_s if seat.step.after else self._graces.foundations_s
        await seat.stop(grace_s=max(0.0, ordered_at + grace_s - time.monotonic()))

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in _STOP_SIGNALS:
            loop.add_signal_handler(number, self.stop)
        loop.add_signal_handler(signal.SIGCHLD, self._collect)
        try:
            yield
        finally:
            for number in (*_STOP_SIGNALS, signal.SIGCHLD):
                loop.remove_signal_handler(number)

    def _collect(self) -> None:
        for child in self._children():
            child.collect()

    def _children(self) -> list[Child]:
        return [seat.child for seat in self._seats if seat.child]
