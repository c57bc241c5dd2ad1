"""The stand-in as a process: its first line, its end, and what keeps it from starting."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.flow

HOME = Path(__file__).resolve().parents[3]
PATIENCE_S = 15


@pytest.fixture
def start(tmp_path) -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Start one with a volume and a free port, unless told otherwise."""
    usual = {"PORT": "0", "WAHA_SANDBOX_HOST": "127.0.0.1", "WAHA_NO_API_KEY": "True"}
    with ExitStack() as ended:

        def start(**environment: str) -> "subprocess.Popen[str]":
            told = {"WAHA_LOCAL_STORE_BASE_DIR": str(tmp_path), **usual, **environment}
            process = ended.enter_context(
                subprocess.Popen(
                    [sys.executable, "-m", "sandbox.waha"],
                    cwd=HOME,
                    env={**os.environ, **told},
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                )
            )
            ended.callback(process.kill)
            return process

        yield start


def first_line(process: Any) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(process.stdout.readline())
    return told


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT], ids=lambda name: name.name)
def test_a_signal_ends_it_well(start, name):
    process = start(WHATSAPP_START_SESSION="default")
    pong = httpx.get(f"{first_line(process)['url']}/ping").json()

    process.send_signal(name)

    assert (pong, process.wait(PATIENCE_S)) == ({"message": "pong"}, 0)


def test_being_asked_to_stop_ends_it_too(start):
    process = start()

    told = httpx.post(f"{first_line(process)['url']}/api/server/stop", json={}).json()

    assert (told, process.wait(PATIENCE_S)) == ({"stopping": True}, 0)


def test_it_may_end_without_a_word(start):
    process = start()
    url = first_line(process)["url"]

    with pytest.raises(httpx.TransportError):
        httpx.post(f"{url}/_control/crash", json={"code": 7})

    assert process.wait(PATIENCE_S) == 7


def test_what_keeps_it_from_starting_is_a_sentence(start, tmp_path):
    (tmp_path / "file").write_text("")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        unhappy = [
            start(PORT=port),
            start(WHATSAPP_DEFAULT_ENGINE="VENOM"),
            start(WAHA_LOCAL_STORE_BASE_DIR=str(tmp_path / "file")),
            start(WAHA_SANDBOX_SETTINGS='{"nothing": 1}'),
        ]
        said = [(process.communicate()[1], process.returncode) for process in unhappy]

    assert [(text.count("\n"), text[-2:], code) for text, code in said] == [(1, ".\n", 2)] * 4
