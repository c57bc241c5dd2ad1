"""What keeps the sandbox from starting: one sentence and code 2, nothing half-started."""

import socket
from pathlib import Path

import pytest

from sandbox.__main__ import main

pytestmark = pytest.mark.flow

FREE = ("--identity-port", "0", "--cabinet-port", "0", "--shop-port", "0", "--cards", "100")


@pytest.fixture
def refuse(capsys):
    """Start one that cannot; its exit code and what it complained of."""

    def start(*arguments: str) -> tuple[int | str | None, str]:
        try:
            code: int | str | None = main([*FREE, *arguments])
        except SystemExit as refused:
            code = refused.code
        return code, capsys.readouterr().err

    return start


def test_a_taken_port(refuse):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        answer = refuse("--shop-port", str(port))

    assert answer == (2, f"Port {port} on 127.0.0.1 cannot be used: Address already in use.\n")


@pytest.mark.parametrize(
    "content",
    [b"{", b"[]", b'{"version": 1, "seed": 7, "cards": 100}', b'{"version": 2}', b"\xff\xfe"],
    ids=repr,
)
def test_a_damaged_state_which_is_left_as_it_is(refuse, tmp_path: Path, content):
    state = tmp_path / "state.json"
    state.write_bytes(content)

    code, complaint = refuse("--state", str(state))

    assert (code, complaint.count("\n"), str(state) in complaint) == (2, 1, True)
    assert state.read_bytes() == content


def test_a_state_of_another_world(refuse, tmp_path: Path):
    state = tmp_path / "state.json"
    state.write_bytes(b'{"version": 1, "seed": 8, "cards": 500}')

    code, complaint = refuse("--state", str(state))

    assert (code, "belongs to seed 8 with 500 cards" in complaint) == (2, True)


@pytest.mark.parametrize("name", ["file", "folder"], ids=["unreadable", "not replaceable"])
def test_a_state_that_cannot_be_kept(refuse, tmp_path: Path, name):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "state.json.new").mkdir()

    code, complaint = refuse("--state", str(tmp_path / name / "state.json"))

    assert (code, complaint.count("\n")) == (2, 1)


@pytest.mark.parametrize(
    "argument",
    [
        ("--cards", "5"),
        ("--time-scale", "0"),
        ("--apply-delay-s", "-1"),
        ("--session-ttl-s", "soon"),
        ("--shop-port", "99999"),
    ],
    ids=" ".join,
)
def test_an_argument_that_makes_no_sense(refuse, argument):
    code, complaint = refuse(*argument)

    assert (code, argument[0] in complaint) == (2, True)
