"""The commands, as a person or the Makefile calls them."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from redis import Redis

from cube_demper.local.folders import remove_var
from tests.local.programs import HOME, living

pytestmark = pytest.mark.flow

OURS = ("DATABASE_URL", "REDIS_URL", "KASPI_IDENTITY_URL", "KASPI_CABINET_URL", "KASPI_SHOP_URL")


@pytest.fixture
def environment(tmp_path):
    """Nothing of what the tests themselves set."""
    kept = {name: value for name, value in os.environ.items() if name not in OURS}
    yield {**kept, "DEMPER_VAR": str(tmp_path / "var"), "DEMPER_ENV_FILES": ""}
    remove_var(tmp_path / "var")


def command(*words):
    return [sys.executable, "-m", "cube_demper.local", *words]


def run(environment, *words):
    return subprocess.run(
        command(*words), cwd=HOME, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture
def servers(environment):
    with subprocess.Popen(
        command("servers"), cwd=HOME, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.terminate()


def test_servers_say_where_they_are(servers):
    assert servers.stdout
    addresses = json.loads(servers.stdout.readline())

    with psycopg.connect(addresses["DATABASE_URL"]) as connection:
        database = connection.execute("SELECT current_database()").fetchone()
    with Redis.from_url(addresses["REDIS_URL"]) as redis:
        answer = redis.ping()

    assert (database, answer) == (("demper",), True)


def test_a_second_one_in_the_same_folder_is_refused(servers, environment):
    assert servers.stdout
    servers.stdout.readline()

    second = run(environment, "servers")

    assert (second.returncode, second.stdout) == (1, "")
    assert second.stderr == (
        f"Cube Demper already runs here as process {servers.pid}: "
        "stop it there with Ctrl-C, or with `make stop`.\n"
    )


def test_stop_stops_it(servers, environment, tmp_path):
    assert servers.stdout
    servers.stdout.readline()

    stop = run(environment, "stop")

    assert stop.stderr == "Stopped.\n"
    assert servers.wait() == 0
    assert living(tmp_path / "var") == set()


def test_stop_says_that_nothing_runs(environment):
    stop = run(environment, "stop")

    assert (stop.returncode, stop.stderr) == (0, "Nothing runs here.\n")


def test_forget_removes_the_data(environment, tmp_path):
    (tmp_path / "var" / "postgres").mkdir(parents=True)

    forget = run(environment, "forget")

    assert forget.returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_the_servers_of_a_test_run_end_with_their_input(environment):
    with subprocess.Popen(
        command("test-servers"),
        cwd=HOME,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        addresses = json.loads(process.stdout.readline())
        process.stdin.write("this is no end\n")
        process.stdin.close()
        status = process.wait()

    socket_folder = addresses["DATABASE_URL"].partition("host=")[2]
    assert status == 0
    assert Path(socket_folder).exists() is False


def test_an_interruption_before_anything_runs_is_no_failure(environment):
    script = (
        "import os, signal, sys\n"
        "from cube_demper.local import __main__ as local\n"
        "local.read_settings = lambda **_: os.kill(os.getpid(), signal.SIGTERM)\n"
        "sys.exit(local.main(['stop']))\n"
    )

    done = subprocess.run([sys.executable, "-c", script], cwd=HOME, env=environment, check=False)

    assert done.returncode == 128 + signal.SIGINT


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        pytest.param(
            {"GLOBAL_RPS": "abc"},
            "The setting GLOBAL_RPS is 'abc': it must be a whole number.",
            id="a setting that is no number",
        ),
        pytest.param(
            {"WEB_PORT": "http"}, "WEB_PORT is 'http': it must be a port number.", id="a port"
        ),
        pytest.param(
            {"CHROMIUM_PATH": "/bin/false"},
            "CHROMIUM_PATH is /bin/false, which does not start as a browser.",
            id="a browser",
        ),
    ],
)
def test_a_bad_setting_is_one_sentence_and_leaves_nothing(environment, tmp_path, setting, sentence):
    # On the real marketplace's addresses, so that no sandbox port is needed; none is ever called.
    bare = {**environment, "KASPI_SHOP_URL": "http://127.0.0.1:1", "WEB_PORT": free_port()}

    done = run({**bare, **setting}, "run")

    assert (done.returncode, done.stderr) == (1, f"{sentence}\n")
    assert living(tmp_path / "var") == set()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return str(listener.getsockname()[1])


def test_secrets_stay_and_addresses_go(environment, tmp_path):
    local_env = tmp_path / "var" / "local.env"
    bad = {**environment, "KASPI_SHOP_URL": "http://127.0.0.1:1", "GLOBAL_RPS": "abc"}
    bad["WEB_PORT"] = free_port()
    run(bad, "run")
    first = local_env.read_text()

    run(bad, "run")

    assert local_env.read_text() == first
    assert [line.partition("=")[0] for line in first.splitlines()] == [
        "SECRET_KEY",
        "ENCRYPTION_KEY",
        "WAHA_SHARED_API_KEY",
        "TIPTOPPAY_API_SECRET",
    ]
