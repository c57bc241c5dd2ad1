"""The stand-in as a process: its first line and its end."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.openai.run import CannotStart, Environment, read_environment

HOME = Path(__file__).resolve().parents[3]


@pytest.mark.flow
def test_the_first_line_says_where_it_is_and_a_signal_ends_it_well():
    with subprocess.Popen(
        [sys.executable, "-m", "sandbox.openai"],
        cwd=HOME,
        env={**os.environ, "PORT": "0"},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGTERM)

        assert process.wait(timeout=10) == 0
        assert told["ready"] is True
        assert told["url"].startswith("http://127.0.0.1:")


@pytest.mark.db
def test_a_port_that_is_taken_is_one_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        process = subprocess.run(
            [sys.executable, "-m", "sandbox.openai"],
            cwd=HOME,
            env={**os.environ, "PORT": str(port)},
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )

    assert process.returncode == 2
    assert process.stderr == f"Port {port} on 127.0.0.1 cannot be used: Address already in use.\n"


@pytest.mark.unit
def test_the_environment_is_read_strictly():
    assert read_environment({"PORT": "0"}) == Environment("127.0.0.1", 0, "")
    with pytest.raises(CannotStart):
        read_environment({"PORT": "many"})
