"""Marked processes, looked for in /proc."""

import signal
import subprocess
import sys

import pytest

from cube_demper.local import family, guardian
from tests.local.programs import HOME, living

pytestmark = pytest.mark.flow

WAIT = "import time; time.sleep(600)"


@pytest.fixture
def start():
    """Start programs with a mark; whatever the test leaves is ended."""
    started = []

    def start(run, name):
        process = subprocess.Popen([sys.executable, "-c", WAIT], env=family.mark(run, name))
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_what_a_program_left_behind_is_killed_and_no_other(tmp_path, start):
    run = family.new_run(tmp_path)
    ours, neighbour = start(run, "web"), start(run, "web-2")

    family.kill_program(run, "web")

    assert ours.wait() == -signal.SIGKILL
    assert neighbour.poll() is None


def test_earlier_runs_in_a_folder_are_killed_and_no_others(tmp_path, start):
    earlier = start(family.new_run(tmp_path), "web")
    elsewhere = start(family.new_run(tmp_path / "2"), "web")

    family.kill_earlier_runs(tmp_path)

    assert earlier.wait() == -signal.SIGKILL
    assert elsewhere.poll() is None


def test_a_guardian_kills_what_does_not_end_in_time(tmp_path, start):
    run = family.new_run(tmp_path)
    stubborn = start(run, "web")
    stubborn.poll()

    family.see_to_the_end(run, within_s=0)

    assert living(tmp_path) == set()


def test_a_guardian_with_nothing_to_guard_leaves_at_once(tmp_path):
    with guardian.watch(family.new_run(tmp_path)) as watching:
        pass

    assert watching.returncode == 0


def test_orphans_are_adopted_collected_and_killed():
    """In a process of its own: adopting changes what a process is."""
    script = """
import os, subprocess, sys, time
from cube_demper.local import family
assert family.adopt_orphans()
spawn = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', sys.argv[1]])"
known = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
subprocess.run([sys.executable, "-c", spawn, "pass"])
subprocess.run([sys.executable, "-c", spawn, "import time; time.sleep(600)"])
children = lambda: {pid for pid, parent, _ in family._processes() if parent == os.getpid()}
while len(children()) > 2:
    family.collect_orphans(but=frozenset({known.pid}))
print(known.pid in children())
family.kill_descendants(within_s=10)
print(children())
"""

    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        cwd=HOME,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.splitlines() == ["True", "set()"]
