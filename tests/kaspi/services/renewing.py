"""A worker's process that does one thing: renew a session when it is told to."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.db import connection

from tests.kaspi.clients.stand_ins import Sandbox

_HOME = Path(__file__).resolve().parents[3]
_RENEW = """
import sys
import django

django.setup()
from django.utils import timezone
from kaspi import runtime
from kaspi.services.renewals import renew_session

print("ready", flush=True)
sys.stdin.readline()
renew_session(session_id=int(sys.argv[1]), clock=timezone.now)
runtime.close()
"""


@dataclass(frozen=True, slots=True)
class Worker:
    """One that is ready and waits for the word."""

    process: "subprocess.Popen[str]"

    def begin(self) -> None:
        if self.process.stdin is None:
            raise AssertionError
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def end(self) -> str:
        """Wait for its end and return what it has logged."""
        _, logged = self.process.communicate(timeout=60)
        return logged

    def kill(self) -> None:
        """``kill -9``, and nothing of it is left."""
        self.process.kill()
        self.process.communicate()


def environment_of(sandbox: Sandbox) -> dict[str, str]:
    """The settings of a process over the test's own database and marketplace."""
    database = urlsplit(os.environ["DATABASE_URL"])
    name = connection.settings_dict["NAME"]
    return {
        **os.environ,
        **sandbox.settings,
        "DATABASE_URL": database._replace(path=f"/{name}").geturl(),
    }


@contextmanager
def a_worker(*, session_id: int, sandbox: Sandbox) -> Iterator[Worker]:
    """Start a process over the test's own database and marketplace."""
    with subprocess.Popen(
        [sys.executable, "-c", _RENEW, str(session_id)],
        cwd=_HOME,
        env=environment_of(sandbox),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        if process.stdout is None:
            raise AssertionError
        try:
            ready = process.stdout.readline()
            if ready != "ready\n":
                raise AssertionError(process.communicate()[1])
            yield Worker(process)
        finally:
            process.kill()
