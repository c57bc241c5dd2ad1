"""Starts the steps in order, keeps them alive, stops them in reverse."""

import asyncio
import contextlib
import json
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cube_demper.local import family, guardian
from cube_demper.local.child import Child
from cube_demper.local.errors import StartError
from cube_demper.local.pauses import Pauses
from cube_demper.local.steps import Errand, Service, Step
from cube_demper.local.terminal import Terminal

_LOOK_EVERY_S = 0.05
_TIDY_EVERY_S = 5.0
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_LAST_WORDS_LINES = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Graces:
    """How long after the order to stop the steps are killed; 10 s in all is our promise."""

    programs_s: float = 6.0
    foundations_s: float = 8.0
    """Steps that depend on nothing stop last, and databases must write down what they know."""
    sweep_s: float = 1.0


@dataclass(slots=True)
class _Seat:
    """One step and what has become of it."""

    step: Step
    is_ready: asyncio.Event = field(default_factory=asyncio.Event)
    is_stopped: asyncio.Event = field(default_factory=asyncio.Event)
    has_said_so: bool = False
    child: Child | None = None
    task: asyncio.Task[None] | None = None
    last_words: deque[str] = field(default_factory=lambda: deque(maxlen=_LAST_WORDS_LINES))


class Supervisor:
    """Runs a plan until it is told to stop.

    A step that fails before it was ever ready ends the whole run. One that dies later is started
    again. A failure, a signal and ``stop`` all lead through the same way out.
    """

    def __init__(
        self,
        steps: Sequence[Step],
        *,
        folder: Path,
        run: str,
        environment: Mapping[str, str],
        terminal: Terminal,
        explain: Callable[[Step, Sequence[str]], str],
        when_ready: Callable[[], None] = lambda: None,
        when_stopping: Callable[[], None] = lambda: None,
        pauses: Pauses | None = None,
        graces: Graces | None = None,
        adopts_orphans: bool = False,
    ) -> None:
        """Take the plan.

        ``run`` marks every process that comes from here. ``explain`` makes one sentence of the
        last lines of a step that failed at the start.
        """
        self._seats = {step.name: _Seat(step) for step in steps}
        self._folder = folder
        self._run = run
        self._environment = environment
        self._terminal = terminal
        self._explain = explain
        self._when_ready = when_ready
        self._when_stopping = when_stopping
        self._pauses = pauses or Pauses()
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
        if not self._stop.is_set():
            self._stop.set()
            return
        for seat in self._seats.values():
            if seat.child:
                seat.child.kill()

    def pids(self) -> dict[str, int]:
        """Return who runs now."""
        return {
            name: seat.child.pid
            for name, seat in self._seats.items()
            if seat.child and not seat.child.has_ended
        }

    # -- a step's life -----------------------------------------------------------------------------

    async def _live(self, seat: _Seat) -> None:
        for name in seat.step.after:
            await self._seats[name].is_ready.wait()
        try:
            match seat.step:
                case Errand() as errand:
                    await self._do(seat, errand)
                case Service() as service:
                    await self._keep(seat, service)
        except StartError as failure:
            self._failure = self._failure or failure
            self._stop.set()

    async def _do(self, seat: _Seat, errand: Errand) -> None:
        status = await self._start(seat).end()
        if self._stop.is_set():
            return
        if status:
            trouble = self._explain(errand, seat.last_words)
            if not errand.is_optional:
                raise StartError(trouble)
            self._terminal.say(trouble)
        seat.is_ready.set()

    async def _keep(self, seat: _Seat, service: Service) -> None:
        pause_s: float | None = None
        while not self._stop.is_set():
            started_at = time.monotonic()
            child = self._start(seat)
            await self._until_ready(seat, service, child)
            status = await child.end()
            if self._stop.is_set():
                return
            pause_s = self._pauses.next(previous_s=pause_s, lived_s=time.monotonic() - started_at)
            self._terminal.say(
                f"{service.name} {_in_words(status)}; starting it again in {pause_s:g} s."
            )
            await asyncio.sleep(pause_s)

    async def _until_ready(self, seat: _Seat, service: Service, child: Child) -> None:
        is_first = not seat.is_ready.is_set()
        give_up_at = time.monotonic() + service.ready_within_s
        while not child.has_ended and not await self._is_ready(seat, service):
            if time.monotonic() > give_up_at and is_first:
                raise StartError(
                    f"{service.name} was not ready within {service.ready_within_s:g} s."
                )
            await child.ends_within(_LOOK_EVERY_S)
        if self._stop.is_set():
            return
        if child.has_ended and is_first:
            raise StartError(self._explain(service, seat.last_words))
        if not child.has_ended and not is_first:
            self._terminal.say(f"{service.name} is back.")
        seat.is_ready.set()

    async def _is_ready(self, seat: _Seat, service: Service) -> bool:
        if service.answers:
            return await asyncio.to_thread(service.answers)
        return service.says is None or seat.has_said_so

    def _start(self, seat: _Seat) -> Child:
        seat.has_said_so = False
        seat.child = Child(
            seat.step,
            folder=self._folder,
            environment=self._environment,
            run=self._run,
            heard=lambda line: self._hear(seat, line),
        )
        return seat.child

    def _hear(self, seat: _Seat, line: str) -> None:
        seat.last_words.append(line)
        if isinstance(seat.step, Service) and seat.step.says and seat.step.says(line):
            seat.has_said_so = True
        if seat.step.hears and (news := _news(line)) is not None:
            seat.step.hears(news)
        else:
            self._terminal.line(seat.step.name, line)

    # -- all of them -------------------------------------------------------------------------------

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

    async def _run_all(self) -> None:
        async with asyncio.TaskGroup() as group:
            for seat in self._seats.values():
                seat.task = group.create_task(self._live(seat))
            watchers = [group.create_task(self._announce()), group.create_task(self._tidy())]
            await self._stop.wait()
            self._when_stopping()
            await self._stop_all()
            for watcher in watchers:
                watcher.cancel()

    async def _announce(self) -> None:
        for seat in self._seats.values():
            await seat.is_ready.wait()
        self._when_ready()

    async def _tidy(self) -> None:
        while self._adopts_orphans:
            await asyncio.sleep(_TIDY_EVERY_S)
            family.collect_orphans(but=frozenset(child.pid for child in self._children()))

    async def _stop_all(self) -> None:
        ordered_at = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for seat in self._seats.values():
                group.create_task(self._stop_seat(seat, ordered_at=ordered_at))

    async def _stop_seat(self, seat: _Seat, *, ordered_at: float) -> None:
        for other in self._seats.values():
            if seat.step.name in other.step.after:
                await other.is_stopped.wait()
        if seat.task:
            seat.task.cancel()
        if seat.child:
            grace_s = self._graces.programs_s if seat.step.after else self._graces.foundations_s
            left_s = max(0.0, ordered_at + grace_s - time.monotonic())
            if not await seat.child.stop(grace_s=left_s):
                self._terminal.say(f"{seat.step.name} did not stop in time and was killed.")
        seat.is_stopped.set()

    def _collect(self) -> None:
        for child in self._children():
            child.collect()

    def _children(self) -> list[Child]:
        return [seat.child for seat in self._seats.values() if seat.child]


def _news(line: str) -> Mapping[str, object] | None:
    if not line.startswith("{"):
        return None
    try:
        news = json.loads(line)
    except ValueError:
        return None
    return news if isinstance(news, dict) else None


def _in_words(status: int) -> str:
    if status < 0:
        return f"was killed by {signal.Signals(-status).name}"
    return f"ended with code {status}"
