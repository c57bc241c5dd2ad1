import os
import signal
import subprocess
import sys

import pytest

from cube_demper.local.errors import StartError
from cube_demper.local.lock import only_one, stop_other

pytestmark = pytest.mark.flow

HOLDER = """
import signal, sys
from pathlib import Path
from cube_demper.local.lock import only_one
signal.signal(signal.SIGTERM, signal.default_int_handler)
with only_one(Path(sys.argv[1])):
    try:
        print("held", flush=True)
        signal.pause()
    except KeyboardInterrupt:
        print("stopped", flush=True)
"""


@pytest.fixture
def holder(tmp_path):
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_one_is_told_of_the_first(tmp_path, holder):
    with pytest.raises(StartError) as failure, only_one(tmp_path):
        pass

    assert str(failure.value) == (
        f"Cube Demper already runs here as process {holder.pid}: "
        "stop it there with Ctrl-C, or with `make stop`."
    )


def test_a_folder_is_free_again_after_a_kill(tmp_path, holder):
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()

    with only_one(tmp_path):
        holder_of_now = (tmp_path / "supervisor.lock").read_text()

    assert holder_of_now == str(os.getpid())


def test_the_other_is_asked_to_stop_and_waited_for(tmp_path, holder):
    was_there = stop_other(tmp_path)

    assert was_there is True
    assert holder.stdout.read() == "stopped\n"


def test_where_nothing_runs_there_is_nothing_to_stop(tmp_path):
    with only_one(tmp_path):
        pass

    assert stop_other(tmp_path) is False


def test_where_nothing_ever_ran_there_is_nothing_to_stop(tmp_path):
    was_there = stop_other(tmp_path)

    assert was_there is False
