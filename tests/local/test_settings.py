import socket

import pytest

from cube_demper.local.errors import StartError
from cube_demper.local.settings import read_settings, refuse_taken_ports

pytestmark = pytest.mark.unit


def test_nothing_given_means_defaults(tmp_path):
    settings = read_settings(home=tmp_path, environ={})

    assert (settings.var, settings.web_port) == (tmp_path / "var", 8010)
    assert (settings.has_database, settings.has_redis, settings.has_marketplace) == (
        False,
        False,
        False,
    )
    assert settings.sandbox_urls == {
        "KASPI_IDENTITY_URL": "http://127.0.0.1:8021",
        "KASPI_CABINET_URL": "http://127.0.0.1:8022",
        "KASPI_SHOP_URL": "http://127.0.0.1:8023",
    }


def test_the_environment_wins_over_the_file(tmp_path):
    (tmp_path / ".env").write_text("WEB_PORT=1\nSANDBOX_PORT=2\nREDIS_HOST=cache\nDATABASE_URL=\n")

    settings = read_settings(home=tmp_path, environ={"WEB_PORT": "3", "POSTGRES_HOST": "db"})

    assert (settings.web_port, settings.sandbox_port) == (3, 2)
    assert (settings.has_database, settings.has_redis) == (True, True)
    assert settings.given == {
        "WEB_PORT": "3",
        "SANDBOX_PORT": "2",
        "REDIS_HOST": "cache",
        "POSTGRES_HOST": "db",
    }


def test_the_first_file_wins_and_ours_is_not_a_persons_word(tmp_path):
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "local.env").write_text("REDIS_URL=unix:///old\n")
    (tmp_path / "one").write_text("WEB_PORT=1\n")
    (tmp_path / "two").write_text("WEB_PORT=2\nSANDBOX_PORT=2\n")

    settings = read_settings(home=tmp_path, environ={"DEMPER_ENV_FILES": "one,two,var/local.env"})

    assert (settings.web_port, settings.sandbox_port, settings.has_redis) == (1, 2, False)


@pytest.mark.parametrize("value", ["abc", "0", "65536", "-1", "²"])
def test_a_port_that_is_none_is_named(tmp_path, value):
    with pytest.raises(StartError) as failure:
        read_settings(home=tmp_path, environ={"WEB_PORT": value})

    assert str(failure.value) == f"WEB_PORT is {value!r}: it must be a port number."


@pytest.mark.flow
def test_a_taken_port_is_named_with_its_setting(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        settings = read_settings(home=tmp_path, environ={"WEB_PORT": str(port)})

        with pytest.raises(StartError) as failure:
            refuse_taken_ports(settings)

    assert str(failure.value) == (
        f"Port {port} cannot be used (Address already in use): stop the program that has it, "
        "or choose another with WEB_PORT."
    )


@pytest.mark.flow
def test_ports_of_an_unused_sandbox_do_not_matter(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        web_port = free.getsockname()[1]
        free.close()
        settings = read_settings(
            home=tmp_path,
            environ={
                "WEB_PORT": str(web_port),
                "SANDBOX_PORT": str(other.getsockname()[1]),
                "KASPI_SHOP_URL": "https://kaspi.kz",
            },
        )

        refuse_taken_ports(settings)

        assert settings.has_marketplace
