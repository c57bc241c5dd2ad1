"""The WAHA stand-in as a container of a real engine."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from typing import Any

import docker  # type: ignore[import-untyped]  # the SDK ships no types
import httpx
import pytest

from sandbox.waha.image import TITLE
from tests.containers.engine import Engine

pytestmark = [pytest.mark.containers, pytest.mark.flow]

KEY = "k" * 32
PATIENCE_S = 30
ENVIRONMENT = {
    "WHATSAPP_DEFAULT_ENGINE": "GOWS",
    "WAHA_API_KEY": KEY,
    "WAHA_NAMESPACE": "all",
    "WHATSAPP_START_SESSION": "default",
    "WHATSAPP_RESTART_ALL_SESSIONS": "True",
}


@pytest.fixture
def volume(engine: Engine) -> Iterator[Callable[[], str]]:
    """Make volumes that are gone after the test."""
    made: list[Any] = []

    def make() -> str:
        made.append(engine.client.volumes.create())
        return str(made[-1].name)

    yield make
    for one in made:
        one.remove(force=True)


@pytest.fixture
def start(
    engine: Engine, waha_image: str, volume: Callable[[], str]
) -> Iterator[Callable[..., tuple[Any, httpx.Client]]]:
    """Start a container with a volume, which outlives it, and give a client that speaks to it."""
    with ExitStack() as ended:

        def start(*, volume: str) -> tuple[Any, httpx.Client]:
            container = engine.client.containers.run(
                waha_image,
                detach=True,
                environment=ENVIRONMENT,
                ports={"3000/tcp": ("127.0.0.1", None)},
                volumes={volume: {"bind": "/app/.sessions", "mode": "rw"}},
                mem_limit="128m",
                memswap_limit="128m",
                read_only=True,
                tmpfs={"/tmp": ""},  # noqa: S108 -- a folder of the container's own
                cap_drop=["ALL"],
                security_opt=["no-new-privileges"],
            )
            ended.callback(removed, container)
            client = client_of(container)
            ended.callback(client.close)
            return container, client

        yield start


def removed(container: Any) -> None:
    with suppress(docker.errors.NotFound):
        container.remove(force=True)


def client_of(container: Any) -> httpx.Client:
    """Wait until a container answers; its port is another one after every start."""
    give_up_at = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up_at:
        container.reload()
        bound = container.ports.get("3000/tcp")
        if bound:
            client = httpx.Client(
                base_url=f"http://127.0.0.1:{bound[0]['HostPort']}",
                headers={"X-Api-Key": KEY},
                timeout=PATIENCE_S,
            )
            with suppress(httpx.TransportError):
                client.get("/ping")
                return client
            client.close()
        time.sleep(0.02)  # nothing tells when a port begins to answer
    pytest.fail(f"no answer: {container.logs().decode()}")


def working(client: httpx.Client) -> str:
    """Ask for something that waits for a session to work, and say in which state it is then."""
    client.get("/api/contacts/check-exists", params={"session": "default", "phone": "77010000001"})
    return str(client.get("/api/sessions/default").json()["status"])


def test_a_container_answers_and_shows_a_code(start, volume, engine, waha_image):
    _, client = start(volume=volume())

    pong = client.get("/ping").json()
    picture = client.get("/api/default/auth/qr")

    assert pong == {"message": "pong"}
    assert (picture.headers["content-type"], picture.content[:4]) == ("image/png", b"\x89PNG")
    labels = engine.client.images.get(waha_image).labels
    assert labels["org.opencontainers.image.title"] == TITLE


def test_a_login_lives_on_its_volume_and_nowhere_else(start, volume):
    kept = volume()
    first, client = start(volume=kept)
    client.get("/api/default/auth/qr")
    client.post("/_control/sessions/scan", json={"phone": "77019999999"})
    assert working(client) == "WORKING"
    first.stop(timeout=10)
    first.remove()

    _, again = start(volume=kept)
    _, elsewhere = start(volume=volume())

    assert working(again) == "WORKING"
    assert elsewhere.get("/api/default/auth/qr").status_code == 200
    assert elsewhere.get("/api/sessions/default").json()["status"] == "SCAN_QR_CODE"


def test_more_memory_than_it_may_have_ends_it(start, volume):
    container, client = start(volume=volume())

    with pytest.raises(httpx.TransportError):
        client.post("/_control/memory", json={"megabytes": 400})
    container.wait()
    container.reload()

    assert container.attrs["State"]["OOMKilled"] is True


def test_told_to_stop_it_ends_at_once_and_well(start, volume):
    container, _ = start(volume=volume())

    container.stop(timeout=10)

    assert container.wait()["StatusCode"] == 0
