"""What signals do to a supervisor, and that nothing is left behind: looked up in /proc."""

import os
import signal

import pytest

from tests.local.programs import living, read_until, supervised, until_ended

pytestmark = pytest.mark.flow


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_and_leaves_nothing(tmp_path, number):
    with supervised(tmp_path) as supervisor:
        before = living(tmp_path)

        supervisor.send_signal(number)
        status = supervisor.wait()

    assert len(before) == 4
    assert living(tmp_path) == set()
    assert status == 0


def test_a_second_signal_does_not_wait(tmp_path):
    with supervised(tmp_path, web="STUBBORN") as supervisor:
        supervisor.send_signal(signal.SIGINT)
        read_until(supervisor, "stopping")
        still_there = living(tmp_path)

        supervisor.send_signal(signal.SIGINT)
        supervisor.wait()

    assert len(still_there) >= 1
    assert living(tmp_path) == set()


def test_nothing_outlives_a_killed_supervisor(tmp_path):
    with supervised(tmp_path) as supervisor:
        before = living(tmp_path)

        supervisor.kill()
        supervisor.wait()

    for pid in before:
        until_ended(pid)
    assert living(tmp_path) == set()


def test_the_next_start_ends_what_a_killed_one_left(tmp_path):
    with supervised(tmp_path) as supervisor:
        supervisor.kill()
        supervisor.wait()
    left = living(tmp_path)

    with supervised(tmp_path) as supervisor:
        still_there = living(tmp_path) & left
        supervisor.terminate()
        supervisor.wait()

    assert len(left) >= 2
    assert still_there == set()
    assert living(tmp_path) == set()


def test_what_a_dead_child_left_behind_ends_before_it_starts_again(tmp_path):
    with supervised(tmp_path) as supervisor:
        before = living(tmp_path)
        victim = max(pid for pid in before if _parent(pid) == supervisor.pid)
        orphans = {pid for pid in before if _parent(pid) == victim}

        os.kill(victim, signal.SIGKILL)
        read_until(supervisor, "is back")

        after = living(tmp_path)
        supervisor.terminate()
        supervisor.wait()

    assert len(orphans) == 1
    assert after & orphans == set()


def _parent(pid: int) -> int:
    with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123 -- not a file to keep
        return int(stat.read().rpartition(")")[2].split()[1])
