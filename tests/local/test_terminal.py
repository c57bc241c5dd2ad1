import io
import os
import pty
import signal

import pytest
from typing_extensions import override

from cube_demper.local.terminal import Terminal

pytestmark = pytest.mark.unit


class Gone(io.StringIO):
    @override
    def write(self, text: str) -> int:
        raise BrokenPipeError


def test_each_line_carries_its_programs_name():
    screen = io.StringIO()
    terminal = Terminal(screen, names=["web", "postgres"])

    terminal.line("web", "listening")
    terminal.say("ready")
    terminal.block("summary")

    assert screen.getvalue() == "web      | listening\ndemper   | ready\n\nsummary\n\n"


def test_a_person_sees_colours(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as screen:
        Terminal(screen, names=["web"]).line("web", "listening")
        shown = os.read(ours, 1000)
    os.close(ours)

    assert shown == b"\033[36mweb    |\033[0m listening\r\n"


def test_a_reader_that_went_away_is_a_hang_up():
    hang_ups = []
    before = signal.signal(signal.SIGHUP, lambda *_: hang_ups.append("hang-up"))
    terminal = Terminal(Gone(), names=["web"])

    terminal.line("web", "one")
    terminal.line("web", "two")
    signal.signal(signal.SIGHUP, before)

    assert hang_ups == ["hang-up"]
