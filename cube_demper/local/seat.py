"""One step of the plan, from its first start to its end."""

import asyncio
import json
import signal
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cube_demper.local.child import Child
from cube_demper.local.errors import StartError
from cube_demper.local.pauses import Pauses
from cube_demper.local.steps import Errand, Service, Step
from cube_demper.local.terminal import Terminal

_LOOK_EVERY_S = 0.05
_LAST_WORDS_LINES = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What all steps of a run share."""

    folder: Path
    run: str
    """Marks every process that comes from here."""
    environment: Mapping[str, str]
    terminal: Terminal
    explain: Callable[[Step, Sequence[str]], str]
    """Makes one sentence of the last lines of a step that failed at the start."""
    pauses: Pauses


class Seat:
    """A step, the program that runs for it now, and whether it was ever ready."""

    def __init__(self, step: Step, surroundings: Surroundings) -> None:
        self.step = step
        self.child: Child | None = None
        self.is_ready = asyncio.Event()
        self.is_stopped = asyncio.Event()
        self._around = surroundings
        self._is_leaving = False
        self._has_said_so = False
        self._last_words: deque[str] = deque(maxlen=_LAST_WORDS_LINES)

    async def live(self) -> None:
        """Run the errand, or keep the service running. Raises StartError if it never got ready."""
        match self.step:
            case Errand() as errand:
                await self._do(errand)
            case Service() as service:
                await self._keep(service)

    def leave(self) -> None:
        """From now on an end is no news."""
        self._is_leaving = True

    async def stop(self, *, grace_s: float) -> None:
        """End the program if one runs: kindly for so long, then not."""
        if self.child and not await self.child.stop(grace_s=grace_s):
            self._around.terminal.say(f"{self.step.name} did not stop in time and was killed.")
        self.is_stopped.set()

    async def _do(self, errand: Errand) -> None:
        status = await self._start().end()
        if self._is_leaving:
            return
        if status:
            trouble = self._around.explain(errand, self._last_words)
            if not errand.is_optional:
                raise StartError(trouble)
            self._around.terminal.say(trouble)
        self.is_ready.set()

    async def _keep(self, service: Service) -> None:
        pause_s: float | None = None
        while not self._is_leaving:
            started_at = time.monotonic()
            child = self._start()
            await self._until_ready(service, child)
            status = await child.end()
            if self._is_leaving:
                return
            lived_s = time.monotonic() - started_at
            pause_s = self._around.pauses.next(previous_s=pause_s, lived_s=lived_s)
            self._around.terminal.say(
                f"{service.name} {_in_words(status)}; starting it again in {pause_s:g} s."
            )
            await asyncio.sleep(pause_s)

    async def _until_ready(self, service: Service, child: Child) -> None:
        is_first = not self.is_ready.is_set()
        give_up_at = time.monotonic() + service.ready_within_s
        while not child.has_ended and not await self._answers(service):
            if time.monotonic() > give_up_at and is_first:
                raise StartError(
                    f"{service.name} was not ready within {service.ready_within_s:g} s."
                )
            await child.ends_within(_LOOK_EVERY_S)
        if self._is_leaving:
            return
        if child.has_ended and is_first:
            raise StartError(self._around.explain(service, self._last_words))
        if not child.has_ended and not is_first:
            self._around.terminal.say(f"{service.name} is back.")
        self.is_ready.set()

    async def _answers(self, service: Service) -> bool:
        if service.answers:
            return await asyncio.to_thread(service.answers)
        return service.says is None or self._has_said_so

    def _start(self) -> Child:
        self._has_said_so = False
        self.child = Child(
            self.step,
            folder=self._around.folder,
            environment=self._around.environment,
            run=self._around.run,
            heard=self._hear,
        )
        return self.child

    def _hear(self, line: str) -> None:
        self._last_words.append(line)
        if isinstance(self.step, Service) and self.step.says and self.step.says(line):
            self._has_said_so = True
        if self.step.hears and (news := _news(line)) is not None:
            self.step.hears(news)
        else:
            self._around.terminal.line(self.step.name, line)


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
