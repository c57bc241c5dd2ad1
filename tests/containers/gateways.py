"""One installation's gateways on the engine of the tests, and what is done to them by others."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import docker  # type: ignore[import-untyped]  # the SDK ships no types
import httpx
from django.utils import timezone

from tests.containers.engine import USUAL_ADDRESS, Engine
from tests.flows.patience import until
from whatsapp.clients.docker_host import DockerHost, HostConfig
from whatsapp.clients.engine_words import Names
from whatsapp.models import Connection, Phase
from whatsapp.services.greeting import greet
from whatsapp.services.planning import Plan
from whatsapp.services.reconciler import reconcile

PORT = 3000


class Gateways:
    """What one installation has on the engine."""

    def __init__(self, engine: Engine, deployment: str) -> None:
        self.engine = engine
        self.address = engine_address(engine)
        self.names = Names(deployment)
        self.host = self.opened()

    def opened(self, kind: type[DockerHost] = DockerHost) -> DockerHost:
        """Another client of the same engine."""
        config = HostConfig(
            url=self.address,
            names=self.names,
            port=PORT,
            is_published=True,
            stop_s=5,
        )
        return kind(config)

    def round(self) -> Plan:
        return reconcile(host=self.host, now=timezone.now())

    def ready(self, connection: Connection) -> Connection:
        """Do rounds until a connection's gateway answers and its session is prepared."""

        def is_ready() -> bool:
            self.round()
            greet(connection_id=connection.pk, patience_s=5, now=timezone.now())
            connection.refresh_from_db()
            return connection.phase == Phase.READY

        until(is_ready, bool)
        return connection

    def container(self, connection: Connection) -> Any:
        """The container, with all that the engine knows of it."""
        return self.engine.client.containers.get(self.names.of(connection.pk))

    def left(self, connection: Connection) -> list[str]:
        """What the engine has of a connection: containers and volumes, by kind."""
        of_it = {"label": f"connection={connection.pk}"}
        containers = self.engine.client.containers.list(all=True, filters=of_it)
        volumes = self.engine.client.volumes.list(filters=of_it)
        return ["container" for _ in containers] + ["volume" for _ in volumes]

    def clear(self) -> None:
        """Remove all that this installation ever made."""
        self.host.close()
        ours = {"label": [f"{name}={value}" for name, value in self.names.ours.items()]}
        for container in self.engine.client.containers.list(all=True, filters=ours):
            with suppress(docker.errors.APIError):
                container.remove(force=True)
        for kind in (self.engine.client.volumes, self.engine.client.networks):
            for one in kind.list(filters=ours):
                one.remove()


def engine_address(engine: Engine) -> str:
    usual = os.environ.get("DOCKER_HOST", USUAL_ADDRESS)
    return engine.environment.get("DOCKER_HOST", usual)


@contextmanager
def installation(engine: Engine) -> Iterator[Gateways]:
    """Lend an installation of its own name; in the end nothing of it is left."""
    gateways = Gateways(engine, f"t{secrets.token_hex(4)}")
    try:
        yield gateways
    finally:
        gateways.clear()


def scan(connection: Connection, *, phone: str) -> None:
    """A person scans the code that a connection's gateway shows."""
    order(connection, "sessions/scan", session="default", phone=phone, name="Shop")


def order(connection: Connection, path: str, **said: Any) -> Any:
    """Give an order to the stand-in's control side."""
    url = f"{connection.address}/_control/{path}"
    return httpx.post(url, json=said, timeout=30).raise_for_status().json()
