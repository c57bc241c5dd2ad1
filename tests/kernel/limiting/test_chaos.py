"""Clients die, Redis dies and comes back without its memory: the door never sees too many."""

import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

pytestmark = pytest.mark.flow

HOME = Path(__file__).resolve().parents[3]
RATE = 60
TURNS = int(os.environ.get("CHAOS_TURNS", "14"))  # of trouble, one every third of a second or so


class Door:
    """Notes the turn of everyone who came."""

    def __init__(self) -> None:
        self.turns: list[int] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        threading.Thread(target=self._open, daemon=True).start()

    def _open(self) -> None:
        while True:
            try:
                guest, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._note, args=(guest,), daemon=True).start()

    def _note(self, guest: socket.socket) -> None:
        with guest, guest.makefile("rb") as heard:
            while turn := heard.read(8):
                self.turns.append(int.from_bytes(turn, "big"))

    def close(self) -> None:
        self._server.close()


@contextmanager
def clients(url: str, port: int) -> Iterator[list["subprocess.Popen[bytes]"]]:
    started: list[subprocess.Popen[bytes]] = []
    try:
        started += [start_client(url, port) for _ in range(4)]
        yield started
    finally:
        for process in started:
            process.kill()
            process.wait()


def start_client(url: str, port: int) -> "subprocess.Popen[bytes]":
    module = "tests.kernel.limiting.client"
    return subprocess.Popen(
        [sys.executable, "-m", module, url, str(port), str(RATE)],
        cwd=HOME,
        stderr=subprocess.DEVNULL,
    )


def fullest_second(moments: Sequence[int]) -> int:
    most, begin = 0, 0
    for end, moment in enumerate(moments):
        while moments[begin] <= moment - 1_000_000:
            begin += 1
        most = max(most, end - begin + 1)
    return most


def test_whoever_dies_the_door_never_sees_too_many(own_redis):
    url, start, stop = own_redis
    door = Door()
    dice = random.Random(11)

    with clients(url, door.port) as running:
        while len(door.turns) < RATE:
            time.sleep(0.01)
        for _ in range(TURNS):
            seen = len(door.turns)
            if dice.random() < 0.25:
                stop()
                start()
            else:
                victim = dice.randrange(len(running))
                running[victim].kill()
                running[victim].wait()
                running[victim] = start_client(url, door.port)
            while len(door.turns) < seen + RATE // 3:
                time.sleep(0.01)
    door.close()

    # By the turns' own times: late or not, none was used that nobody may have. A turn used in the
    # moment in which Redis forgot it is one more.
    assert fullest_second(sorted(door.turns)) <= RATE + 2
    assert len(door.turns) >= RATE + TURNS * (RATE // 3)
