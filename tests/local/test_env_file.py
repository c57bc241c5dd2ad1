import stat

import pytest

from cube_demper.local.env_file import read_env, write_env

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param("GLOBAL_RPS=120", {"GLOBAL_RPS": "120"}, id="plain"),
        pytest.param("export GLOBAL_RPS=120", {"GLOBAL_RPS": "120"}, id="exported"),
        pytest.param("SECRET_KEY='a # b'", {"SECRET_KEY": "a # b"}, id="quoted"),
        pytest.param('SECRET_KEY="a" # mine', {"SECRET_KEY": "a"}, id="quoted and commented"),
        pytest.param("WEB_PORT = 80 # mine", {"WEB_PORT": "80"}, id="spaced and commented"),
        pytest.param("A=b=c", {"A": "b=c"}, id="equals sign in the value"),
        pytest.param("SECRET_KEY=", {"SECRET_KEY": ""}, id="empty"),
        pytest.param("#WEB_PORT=8010", {}, id="comment"),
        pytest.param("nonsense", {}, id="not an assignment"),
    ],
)
def test_a_line_is_read(tmp_path, line, expected):
    path = tmp_path / ".env"
    path.write_text(f"{line}\n")

    values = read_env(path)

    assert values == expected


def test_a_file_that_is_not_there_holds_nothing(tmp_path):
    path = tmp_path / ".env"

    values = read_env(path)

    assert values == {}


def test_what_is_written_is_read_again_by_nobody_else(tmp_path):
    path = tmp_path / "local.env"
    path.write_text("OLD=1\n")
    path.chmod(0o644)

    write_env(path, {"SECRET_KEY": "abc", "REDIS_URL": "unix:///v.sock?db=0"})

    assert read_env(path) == {"SECRET_KEY": "abc", "REDIS_URL": "unix:///v.sock?db=0"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]
