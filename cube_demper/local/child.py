"""One running program."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from cube_demper.local import family, leash
from cube_demper.local.steps import Step

_CHUNK = 65536


class Child:
    """A program in a session of its own, whose lines are handed on one by one.

    ``collect`` must be called whenever the system says that a child of ours ended.
    """

    def __init__(
        self,
        step: Step,
        *,
        folder: Path,
        environment: Mapping[str, str],
        run: str,
        heard: Callable[[str], None],
    ) -> None:
        """Start it. ``heard`` gets its lines, standard output and error alike."""
        self._step = step
        self._run = run
        self._heard = heard
        self._rest = b""
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[int] = self._loop.create_future()
        self._output, output = os.pipe()
        try:
            self._process = subprocess.Popen(  # noqa: S603 -- our own plan
                _leashed(step),
                cwd=step.folder or folder,
                env={**environment, **step.environment, **family.mark(run, step.name)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        finally:
            os.close(output)
        self.pid = self._process.pid
        os.set_blocking(self._output, False)
        self._loop.add_reader(self._output, self._read)

    @property
    def has_ended(self) -> bool:
        return self._ended.done()

    async def end(self) -> int:
        """Wait for its end and return its status, or minus the number of what killed it."""
        await asyncio.wait({self._ended})  # not the future itself: our cancellation is not its own
        return self._ended.result()

    async def ends_within(self, seconds: float) -> bool:
        await asyncio.wait({self._ended}, timeout=seconds)
        return self.has_ended

    def collect(self) -> None:
        """Notice its end, take its last words, and end whatever it left behind."""
        if self._ended.done() or (status := self._process.poll()) is None:
            return
        self.kill()
        family.kill_program(self._run, self._step.name)
        while self._read():
            pass
        if self._rest:
            self._heard(_text(self._rest))
        self._loop.remove_reader(self._output)
        os.close(self._output)
        self._ended.set_result(status)

    async def stop(self, *, grace_s: float) -> bool:
        """Ask it to end; after the grace, kill it and everything in its session.

        Say whether asking was enough.
        """
        if self.has_ended:
            return True
        os.kill(self.pid, self._step.stop_signal)
        if await self.ends_within(grace_s):
            return True
        self.kill()
        await self.end()
        return False

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    def abandon(self) -> None:
        """End it without another word."""
        if not self.has_ended:
            self.kill()
            self._process.wait()
            self.collect()

    def _read(self) -> bool:
        try:
            received = os.read(self._output, _CHUNK)
        except BlockingIOError:
            return False
        if not received:
            self._loop.remove_reader(self._output)
            return False
        *lines, self._rest = (self._rest + received).split(b"\n")
        for line in lines:
            self._heard(_text(line))
        return True


def _leashed(step: Step) -> list[str]:
    user = step.runs_as
    identity = (str(user.uid), str(user.gid)) if user else ("-", "-")
    return [
        *(sys.executable, "-I", "-S", leash.__file__),
        *(str(os.getpid()), str(int(step.stop_signal)), *identity),
        *step.command,
    ]


def _text(line: bytes) -> str:
    return line.decode(errors="replace").rstrip("\r")
