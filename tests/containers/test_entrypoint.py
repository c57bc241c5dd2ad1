"""Which command each role of the image becomes, and when its health check complains."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.flow

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
WEB = (
    "granian --interface wsgi --host 0.0.0.0 --port 8010 --no-ws --http1-header-read-timeout 60000"
    " --workers 2 --blocking-threads 40 cube_demper.wsgi:application"
)
CELERY = "python deploy/pulse.py -A cube_demper --quiet"
THREE = "--pool threads -c 3"
ALONE = "--without-gossip --without-mingle"


@pytest.fixture
def role_environment(tmp_path: Path) -> dict[str, str]:
    """A container's variables, with programs that only say how they were called."""
    for name in ("python", "granian"):
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\necho {name} "$@"\n')
        program.chmod(0o755)
    return {
        "PATH": f"{tmp_path}:/usr/bin:/bin",
        "ROLE_FILE": str(tmp_path / "role"),
        "PULSE_FILE": str(tmp_path / "pulse"),
    }


@pytest.fixture
def start(role_environment: dict[str, str]) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    def start(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["sh", str(DEPLOY / "entrypoint.sh"), *arguments],
            env=role_environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return start


@pytest.fixture
def check(role_environment: dict[str, str]) -> Callable[[], tuple[int, str]]:
    def check() -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, str(DEPLOY / "healthcheck.py")],
            env=role_environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout.strip()

    return check


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (["web"], WEB),
        (["beat"], f"{CELERY} beat"),
        (
            ["worker", "default"],
            f"{CELERY} worker -Q default --pool threads -c 8 -n default@%h {ALONE}",
        ),
        (
            ["worker", "push"],
            f"{CELERY} worker -Q demper.push --pool threads -c 10 -n pusher@%h {ALONE}",
        ),
        (
            ["worker", "whatsapp"],
            f"{CELERY} worker -Q whatsapp --pool threads -c 8 -n whatsapp@%h {ALONE}",
        ),
        (
            ["worker", "containers"],
            f"{CELERY} worker -Q containers --pool threads -c 8 -n containers@%h {ALONE}",
        ),
        (["worker", "3"], f"{CELERY} worker -Q demper.3 {THREE} -n demper-3@%h {ALONE}"),
        (
            ["worker", "demper-0"],
            f"{CELERY} worker -Q demper.0 {THREE} -n demper-0@%h {ALONE}",
        ),
        (["migrate"], "python manage.py migrate --noinput"),
        (["manage", "check", "--deploy"], "python manage.py check --deploy"),
        (["sandbox", "--seed", "7"], "python -m sandbox --host 0.0.0.0 --seed 7"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else "",
)
def test_a_role_becomes_its_command(start, arguments: list[str], command: str):
    started = start(*arguments)

    assert (started.returncode, started.stdout.strip()) == (0, command)


@pytest.mark.parametrize("arguments", [[], ["shell"], ["worker", "fast"], ["worker", "demper"]])
def test_an_unknown_role_is_refused_with_a_sentence(start, arguments: list[str]):
    refused = start(*arguments)

    assert (refused.returncode, refused.stdout) == (64, "")
    assert refused.stderr.startswith("entrypoint: ")


def test_a_role_with_a_fresh_pulse_is_healthy(start, check, role_environment: dict[str, str]):
    start("worker", "1")
    Path(role_environment["PULSE_FILE"]).touch()

    assert check() == (0, "worker: ok")


def test_a_pulse_left_by_the_process_before_counts_for_nothing(
    start, check, role_environment: dict[str, str]
):
    Path(role_environment["PULSE_FILE"]).touch()
    start("beat")

    assert check() == (1, "beat: no pulse yet")


def test_a_role_that_fell_silent_is_unhealthy(start, check, role_environment: dict[str, str]):
    start("beat")
    pulse = Path(role_environment["PULSE_FILE"])
    pulse.touch()
    a_minute_ago = time.time() - 60
    os.utime(pulse, (a_minute_ago, a_minute_ago))

    code, said = check()

    assert (code, said.split(" for ")[0]) == (1, "beat: no pulse")


def test_a_container_with_no_role_yet_is_not_healthy(check):
    assert check() == (1, "no role: not started yet")
