"""Servers a person named: real ones, and stand-ins that answer as an old or closed one does."""

import os
import socket
import threading
from contextlib import contextmanager

import pytest

from cube_demper.local.errors import StartError
from cube_demper.local.folders import remove_var
from cube_demper.local.servers import check_database, check_redis, prepare_servers
from cube_demper.local.settings import read_settings

pytestmark = pytest.mark.flow


@contextmanager
def answering(*answers, hears=None):
    """Play a server that gives these answers, one for each of the things it hears."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            connection, _ = listener.accept()
            with connection:
                for place, answer in enumerate(answers):
                    if hears is None or place < hears:
                        connection.recv(4096)
                    connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        thread.join()


def nobody():
    """Return an address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"127.0.0.1:{listener.getsockname()[1]}"


def info(version):
    text = f"# Server\r\nredis_version:{version}\r\n".encode()
    return b"$%d\r\n%s\r\n" % (len(text), text)


def complaint(check, *arguments):
    with pytest.raises(StartError) as failure:
        check(*arguments)
    return str(failure.value)


def test_the_redis_of_the_tests_is_good_enough():
    url = os.environ["REDIS_URL"]

    check_redis(url)

    assert url


def test_a_redis_with_a_password_is_asked_after_logging_in():
    with answering(b"+OK\r\n", info("7.2.4")) as place:
        check_redis(f"redis://demper:s%20cret@{place}/0")

    assert place


def test_a_redis_that_answers_in_pieces_is_heard_out():
    whole = info("7.0.0")

    with answering(whole[:20], whole[20:], hears=1) as place:
        check_redis(f"redis://{place}")

    assert place


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        pytest.param(
            [info("6.2.14")], "The Redis at {} is 6.2.14: 7 or newer is needed.", id="old"
        ),
        pytest.param(
            [b"-NOAUTH Authentication required.\r\n"],
            "The Redis at {} refuses us: NOAUTH Authentication required..",
            id="closed",
        ),
        pytest.param(
            [b""],
            "No Redis answers at {} (the connection was closed): start it, or unset REDIS_URL and "
            "REDIS_HOST to have one started.",
            id="mute",
        ),
    ],
)
def test_a_redis_we_cannot_use_is_one_sentence(answers, sentence):
    with answering(*answers) as place:
        said = complaint(check_redis, f"redis://{place}")

    assert said == sentence.format(place)


def test_a_redis_that_is_not_there_is_named_without_its_password():
    place = nobody()

    said = complaint(check_redis, f"redis://:secret@{place}/0")

    assert said == (
        f"No Redis answers at {place} (Connection refused): start it, or unset REDIS_URL and "
        "REDIS_HOST to have one started."
    )


def test_a_missing_socket_is_named():
    said = complaint(check_redis, "unix:///nonexistent/redis.sock?db=0")

    assert said.startswith(
        "No Redis answers at /nonexistent/redis.sock (No such file or directory)"
    )


def test_something_that_does_not_speak_tls_is_no_redis():
    with answering(b"nonsense\r\n") as place:
        said = complaint(check_redis, f"rediss://{place}")

    assert said.startswith(f"No Redis answers at {place} (")


@pytest.mark.parametrize(
    "given",
    [
        lambda host, port: {"DATABASE_URL": f"postgres://demper:secret@{host}:{port}/demper"},
        lambda host, port: {"POSTGRES_HOST": host, "POSTGRES_PORT": port},
    ],
    ids=["address", "parts"],
)
def test_a_database_that_is_not_there_is_named_without_its_password(given):
    place = nobody()

    said = complaint(check_database, given(*place.split(":")))

    assert said == (
        f"No PostgreSQL answers at {place} (Connection refused): start it, or unset DATABASE_URL "
        "and POSTGRES_HOST to have one started."
    )


def test_given_servers_are_used(tmp_path):
    with answering() as database, answering(info("7.2.4")) as redis:
        host, port = redis.split(":")
        settings = read_settings(
            home=tmp_path,
            environ={
                "DEMPER_ENV_FILES": "",
                "DATABASE_URL": f"postgres://a@{database}/c",
                "REDIS_HOST": host,
                "REDIS_PORT": port,
            },
        )
        servers = prepare_servers(settings)

    assert (servers.steps, servers.environment) == ((), {})


def test_a_database_behind_a_socket_is_left_to_the_driver(tmp_path):
    settings = read_settings(
        home=tmp_path,
        environ={"POSTGRES_HOST": "/run/postgresql", "REDIS_URL": os.environ["REDIS_URL"]},
    )

    servers = prepare_servers(settings)

    assert servers.steps == ()


def test_missing_servers_are_private_ones(tmp_path):
    tmp_path.joinpath("var").mkdir()
    settings = read_settings(home=tmp_path, environ={})

    servers = prepare_servers(settings, is_fast=True)
    remove_var(settings.var)

    assert [step.name for step in servers.steps] == ["postgres", "valkey"]
    assert list(servers.environment) == ["DATABASE_URL", "REDIS_URL"]
