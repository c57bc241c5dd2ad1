"""An engine, Compose, and the whole of docker-compose.yml up and running."""

import base64
import os
import secrets
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, NoReturn

import httpx
import pytest

from sandbox.waha.image import NoPython, import_image
from tests.containers.compose import (
    Compose,
    ComposeError,
    NoComposeError,
    compose_binary,
    tools_environment,
)
from tests.containers.engine import Engine, NoEngineError, an_engine
from tests.containers.images import NoImagesError, image_settings

# Two minutes in all on two free cores; several times that beside other work.
BUILD_TIMEOUT_S = 400
UP_TIMEOUT_S = 240
PORTS = ("WEB_PORT", "SANDBOX_IDENTITY_PORT", "SANDBOX_CABINET_PORT", "SANDBOX_SHOP_PORT")


@dataclass(frozen=True, kw_only=True)
class Stack:
    """Every service of the compose file, up."""

    compose: Compose
    engine: Engine
    web: httpx.Client

    def container(self, service: str) -> Any:
        """Return the one container of a service."""
        (found,) = self.engine.containers(self.compose.project, service)
        return found

    def shell(self, service: str, script: str) -> tuple[int, str]:
        """Run a script in a service's container; return its exit code and what it printed."""
        done = self.container(service).exec_run(["sh", "-c", script])
        return done.exit_code, done.output.decode().strip()


def unavailable(reason: str) -> NoReturn:
    """Skip; but fail where an engine was promised, as in CI."""
    if os.environ.get("REQUIRE_ENGINE") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    with ExitStack() as lent:
        try:
            found = lent.enter_context(an_engine())
        except NoEngineError as error:
            unavailable(str(error))
        yield found


@pytest.fixture(scope="session")
def a_project(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Compose]:
    """Make a compose project of its own name, ports and secrets."""
    try:
        binary = compose_binary()
    except NoComposeError as error:
        unavailable(str(error))

    def make(*, engine: Engine | None = None, **settings: str) -> Compose:
        env_file = tmp_path_factory.mktemp("project") / "settings.env"
        project = f"demper-{secrets.token_hex(4)}"
        named = {"ENV_FILE": str(env_file), "WAHA_NETWORK": f"{project}-waha"}
        values = {**secret_settings(), **settings, **named}
        env_file.write_text("".join(f"{name}={value}\n" for name, value in values.items()))
        return Compose(
            binary=binary,
            project=project,
            env_file=env_file,
            environment=tools_environment(engine.environment if engine else {}),
        )

    return make


@pytest.fixture(scope="session")
def images(engine: Engine) -> dict[str, str]:
    try:
        return image_settings(engine)
    except NoImagesError as error:
        unavailable(str(error))


@pytest.fixture(scope="session")
def waha_image(engine: Engine) -> str:
    """The WAHA stand-in as an image of the engine, made here and now."""
    try:
        return import_image(engine.client, tag="cube-demper-test-waha:latest")
    except NoPython as error:
        unavailable(str(error))


@pytest.fixture(scope="session")
def stack(
    engine: Engine, images: dict[str, str], a_project: Callable[..., Compose]
) -> Iterator[Stack]:
    ports = free_ports()
    tag = f"test-{secrets.token_hex(4)}"
    compose = a_project(engine=engine, DEMPER_TAG=tag, **images, **ports)
    try:
        compose.run("build", timeout_s=BUILD_TIMEOUT_S)
        try:
            compose.run("up", "--detach", "--wait", timeout_s=UP_TIMEOUT_S)
        except ComposeError as error:
            raise ComposeError(f"{error}\n{last_words(engine, compose.project)}") from None
        with web_client(port=ports["WEB_PORT"]) as web:
            yield Stack(compose=compose, engine=engine, web=web)
    finally:
        compose.run("down", "--volumes", "--remove-orphans", "--timeout", "5")
        for name in ("cube-demper", "cube-demper-browser", "cube-demper-sandbox"):
            if engine.holds(f"{name}:{tag}"):
                engine.client.images.remove(f"{name}:{tag}", force=True)


def web_client(*, port: str, **options: Any) -> httpx.Client:
    """Return a client that opens a connection for each request: tests may lie a minute apart."""
    alone = httpx.Limits(max_keepalive_connections=0)
    return httpx.Client(base_url=f"http://127.0.0.1:{port}", limits=alone, timeout=60, **options)


def last_words(engine: Engine, project: str) -> str:
    """Return the end of the log of every container that is not up and well."""
    unwell = (
        one
        for one in engine.containers(project)
        if one.attrs["State"].get("Health", {}).get("Status") != "healthy"
    )
    return "\n".join(f"-- {one.name}\n{one.logs(tail=12).decode()}" for one in unwell)


def secret_settings() -> dict[str, str]:
    return {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "ENCRYPTION_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "POSTGRES_PASSWORD": secrets.token_urlsafe(16),
        "ALLOWED_HOSTS": "127.0.0.1",
    }


def free_ports() -> dict[str, str]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in PORTS]
    try:
        return {name: str(one.getsockname()[1]) for name, one in zip(PORTS, held, strict=True)}
    finally:
        for one in held:
            one.close()
