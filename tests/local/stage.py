"""A stage for stand-in programs: tiny Python scripts, a screen that can be waited for."""

import asyncio
import io
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from typing_extensions import override

from cube_demper.local import family
from cube_demper.local.explain import explain
from cube_demper.local.pauses import Pauses
from cube_demper.local.seat import Surroundings
from cube_demper.local.steps import Errand, Service, Step
from cube_demper.local.supervisor import Graces, Supervisor
from cube_demper.local.terminal import Terminal

LIVES = "print('up', flush=True); import time; time.sleep(600)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {LIVES}"
Scenario = Callable[["Stage"], Awaitable[None]]


def service(name: str, script: str = LIVES, **details) -> Service:
    details.setdefault("says", lambda line: line == "up")
    return Service(name=name, command=(sys.executable, "-c", script), **details)


def errand(name: str, script: str, **details) -> Errand:
    return Errand(name=name, command=(sys.executable, "-c", script), **details)


class Screen(io.StringIO):
    """A stream that wakes whoever waits for a text on it."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: list[tuple[str, asyncio.Event]] = []

    @override
    def write(self, text: str) -> int:
        written = super().write(text)
        for wanted, event in self._waiting:
            if wanted in self.getvalue():
                event.set()
        return written

    async def shows(self, text: str) -> None:
        if text in self.getvalue():
            return
        event = asyncio.Event()
        self._waiting.append((text, event))
        await event.wait()

    def lines(self) -> list[str]:
        return self.getvalue().splitlines()


@dataclass
class Stage:
    """One run of a supervisor over stand-ins, inside the test's own process."""

    folder: Path
    screen: Screen = field(default_factory=Screen)
    supervisor: Any = None

    def play(self, steps: Sequence[Step], scenario: Scenario, **details) -> list[str]:
        """Run the steps, act the scenario, stop; return what was shown."""
        asyncio.run(self._play(steps, scenario, details))
        return self.screen.lines()

    async def _play(self, steps, scenario, details) -> None:
        surroundings = Surroundings(
            folder=self.folder,
            run=family.new_run(self.folder),
            environment={},
            terminal=Terminal(self.screen, names=[step.name for step in steps]),
            explain=explain,
            pauses=Pauses(first_s=0.01, longest_s=0.02),
        )
        supervisor = self.supervisor = Supervisor(
            steps,
            surroundings,
            when_ready=lambda: print("all ready", file=self.screen),
            graces=details.pop("graces", Graces()),
            **details,
        )
        async with asyncio.TaskGroup() as group:
            group.create_task(supervisor.run())
            acting = group.create_task(scenario(self))
            acting.add_done_callback(lambda _: supervisor.stop())


async def until_ready(stage: Stage) -> None:
    await stage.screen.shows("all ready")


def nothing_happens():
    """Return a scenario that waits for the supervisor to give up by itself."""

    async def scenario(stage: Stage) -> None:
        await asyncio.Event().wait()

    return scenario
