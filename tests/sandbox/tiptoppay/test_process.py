"""The stand-in as a process of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path

import pytest

pytestmark = pytest.mark.flow

_HOME = Path(__file__).resolve().parents[3]


def start(**environment: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "sandbox.tiptoppay"],
        cwd=_HOME,
        env={**os.environ, "PORT": "0", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_it_says_where_it_is_answers_and_stops_when_told():
    process = start()
    assert process.stdout is not None
    said = json.loads(process.stdout.readline())
    port = int(said["url"].rpartition(":")[2])
    connection = HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/_control/health")
    health = json.loads(connection.getresponse().read())
    connection.close()

    process.send_signal(signal.SIGTERM)
    _, complaints = process.communicate(timeout=10)

    assert (said["ready"], health["pid"]) == (True, process.pid)
    assert (process.returncode, complaints) == (0, "")


def test_what_keeps_it_from_starting_is_said_in_a_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        unhappy = [
            start(PORT=str(taken.getsockname()[1])),
            start(PORT="many"),
            start(TIPTOPPAY_SANDBOX_SETTINGS="[]"),
            start(TIPTOPPAY_SANDBOX_SETTINGS='{"nothing": 1}'),
            start(TIPTOPPAY_SANDBOX_TIME_SCALE="0"),
        ]
        said = [(process.communicate()[1], process.returncode) for process in unhappy]

    assert [(text.count("\n"), text[-2:], code) for text, code in said] == [(1, ".\n", 2)] * 5
