import os
import subprocess
import sys

import pytest

from cube_demper.local.leftovers import end_leftover
from tests.local.programs import is_running

pytestmark = pytest.mark.flow

WAITS = "import time; print('up', flush=True); time.sleep(600)"
DEAF = f"import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); {WAITS}"
# Nobody's child, so that its end is collected by the system and not by us.
DETACHED = "import subprocess, sys; p = subprocess.Popen(sys.argv[1:]); print(p.pid, flush=True)"


def detached(script):
    command = [sys.executable, "-W", "ignore", "-c", DETACHED, sys.executable, "-c", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        lines = {process.stdout.readline().strip(), process.stdout.readline().strip()}
        process.stdout.close()
    (pid,) = lines - {"up"}
    return int(pid)


@pytest.mark.parametrize("script", [WAITS, DEAF], ids=["polite", "deaf"])
def test_a_server_that_still_runs_is_ended(tmp_path, script):
    pid = detached(script)
    (tmp_path / "pid").write_text(f"{pid}\n/data\n")

    end_leftover(tmp_path / "pid", program="python", within_s=0.5)

    assert (tmp_path / "pid").exists() is False
    assert is_running(pid) is False


def test_a_number_of_another_program_is_left_alone(tmp_path):
    (tmp_path / "pid").write_text(f"{os.getpid()}\n")

    end_leftover(tmp_path / "pid", program="postgres")

    assert (tmp_path / "pid").exists() is False


@pytest.mark.parametrize("text", ["", "nonsense", "999999999"])
def test_a_file_that_names_nobody_is_removed(tmp_path, text):
    (tmp_path / "pid").write_text(text)

    end_leftover(tmp_path / "pid", program="postgres")

    assert (tmp_path / "pid").exists() is False


def test_a_missing_file_is_no_trouble(tmp_path):
    end_leftover(tmp_path / "pid", program="postgres")

    assert list(tmp_path.iterdir()) == []
