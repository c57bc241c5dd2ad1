"""The world of the tests: settings, PostgreSQL, Valkey, a browser.

An early pytest plugin (``-p tests.environment``), because Django reads its settings once. Servers
are private and thrown away at the end, unless TEST_DATABASE_URL and TEST_REDIS_URL (or
DATABASE_URL and REDIS_URL) name some; ``-m unit`` starts none. Workers of a parallel run share the
servers: pytest-django gives each a database of its own, and we a Redis number of its own.
"""

import atexit
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cube_demper.local.chromium import find_chromium

_HOME = Path(__file__).resolve().parents[1]
_STOP_WITHIN_S = 15
_FIXED = {
    "DJANGO_SETTINGS_MODULE": "cube_demper.settings",
    "DEMPER_ENV_FILES": "",
    "DEMPER_LOCAL": "false",
    "DEBUG": "false",
    "SECRET_KEY": "a-key-for-tests-that-protects-nothing-at-all",
    "ENCRYPTION_KEY": "dGhlLWtleS1vZi10aGUtdGVzdHMtcHJvdGVjdHMtbm8=",
    "ALLOWED_HOSTS": "testserver,127.0.0.1,localhost",
}
_NOWHERE = {
    "DATABASE_URL": "postgres://nobody@/nothing?host=/nonexistent",
    "REDIS_URL": "unix:///nonexistent/valkey.sock?db=0",
}


class _Servers:
    """A child that runs PostgreSQL and Valkey for as long as we hold its standard input open.

    So they end with us, and their files disappear, even when we are killed.
    """

    def __init__(self) -> None:
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115 -- closed in stop()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "cube_demper.local", "test-servers"],
            cwd=_HOME,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            start_new_session=True,  # Ctrl-C is ours: the servers must outlive the last test
        )
        if not (self._process.stdin and self._process.stdout):
            raise AssertionError
        self._leash, self._answer = self._process.stdin, self._process.stdout

    def addresses(self) -> dict[str, str]:
        """Wait until they answer."""
        line = self._answer.readline()
        if not line:
            self._log.seek(0)
            said = self._log.read()
            self.stop()
            pytest.exit(f"The servers for the tests did not start.\n{said}", returncode=1)
        addresses: dict[str, str] = json.loads(line)
        return addresses

    def stop(self) -> None:
        self._leash.close()
        try:
            self._process.wait(timeout=_STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._answer.close()
        self._log.close()


class _Environment:
    """What this process has set up and must take down."""

    def __init__(self) -> None:
        self._servers: _Servers | None = None

    def set_up(self, *, needs_servers: bool) -> None:
        os.environ.update(_FIXED)
        for name in _NOWHERE:
            if given := os.environ.get(f"TEST_{name}"):
                os.environ[name] = given
        if _worker():
            os.environ["REDIS_URL"] = _numbered(os.environ["REDIS_URL"], _worker())
            return
        if not os.environ.get("CHROMIUM_PATH") and (chromium := find_chromium(os.environ)):
            os.environ["CHROMIUM_PATH"] = str(chromium)
        if needs_servers and not all(map(os.environ.get, _NOWHERE)):
            self._servers = _Servers()
            atexit.register(self.take_down)  # where pytest itself fails at the end
            os.environ.update(self._servers.addresses())
        for name, address in _NOWHERE.items():
            os.environ.setdefault(name, address)

    def take_down(self) -> None:
        if self._servers:
            self._servers.stop()
            self._servers = None


_environment = _Environment()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    markers = getattr(early_config.known_args_namespace, "markexpr", "")
    _environment.set_up(needs_servers=markers != "unit")
    return (yield)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    _environment.take_down()


def _worker() -> int:
    """Return the number of this parallel worker, from 1; 0 in a run that is not parallel."""
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw-1").removeprefix("gw")) + 1


def _numbered(redis_url: str, number: int) -> str:
    address = urlsplit(redis_url)
    if address.scheme == "unix":
        return f"unix://{address.path}?db={number}"
    return address._replace(path=f"/{number}").geturl()
