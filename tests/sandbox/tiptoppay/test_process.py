"""The stand-in as a process of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

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


@contextmanager
def running(**environment: str) -> Iterator[HTTPConnection]:
    process = start(**environment)
    assert process.stdout is not None
    port = int(json.loads(process.stdout.readline())["url"].rpartition(":")[2])
    connection = HTTPConnection("127.0.0.1", port)
    try:
        yield connection
    finally:
        connection.close()
        process.terminate()
        process.communicate(timeout=10)


def ask(connection: HTTPConnection, path: str, **order: object) -> Any:
    method = "POST" if order else "GET"
    connection.request(method, f"/_control/{path}", json.dumps(order) if order else None)
    return json.loads(connection.getresponse().read())


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


def test_what_happened_outlives_the_process(tmp_path):
    state = {"TIPTOPPAY_SANDBOX_STATE": str(tmp_path / "terminal.json")}
    widget = {"amount": 10, "externalId": "inv-1", "userInfo": {"accountId": "tenant-1"}}

    with running(**state) as first:
        paid = ask(first, "widget/pay", widget=widget, card="4000000000003055")
        ask(first, "clock", advance_s=3600)
    with running(**state) as second:
        found = ask(second, "operations")["operations"]
        again = ask(second, "widget/pay", widget=widget, card="4000000000003055")

    assert found == [paid]
    assert again["TransactionId"] > paid["TransactionId"]
    assert again["Token"] == paid["Token"]
    assert again["CreatedDateIso"] > paid["CreatedDateIso"][:13]


def test_what_keeps_it_from_starting_is_said_in_a_sentence(tmp_path):
    (tmp_path / "other.json").write_text('{"version": 1}')
    with socket.create_server(("127.0.0.1", 0)) as taken:
        unhappy = [
            start(PORT=str(taken.getsockname()[1])),
            start(PORT="many"),
            start(TIPTOPPAY_SANDBOX_SETTINGS="[]"),
            start(TIPTOPPAY_SANDBOX_SETTINGS='{"nothing": 1}'),
            start(TIPTOPPAY_SANDBOX_TIME_SCALE="0"),
            start(TIPTOPPAY_SANDBOX_TIME_SCALE="fast"),
            start(TIPTOPPAY_SANDBOX_SETTINGS="{"),
            start(TIPTOPPAY_SANDBOX_STATE=str(tmp_path / "other.json")),
        ]
        said = [(process.communicate()[1], process.returncode) for process in unhappy]

    assert [(text.count("\n"), text[-2:], code) for text, code in said] == [(1, ".\n", 2)] * 8
