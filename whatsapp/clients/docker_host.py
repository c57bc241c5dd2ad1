"""The engine that runs gateways: Docker's API through its SDK. Facts: Engine API 1.41, SDK 7.2.

The client is opened at the first call, since opening asks the engine for its version, and serves
all threads of the process. Names and labels are made here and nowhere else.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import UUID

import docker  # type: ignore[import-untyped]  # the SDK ships no types
import requests
from typing_extensions import override

from whatsapp.clients.engine_answers import container_of, event_of, login_of
from whatsapp.clients.engine_words import Names, creation
from whatsapp.errors import EngineGone, EngineRefused, ImageMissing, NameTaken
from whatsapp.host_ports import Belongings, Blueprint, ContainerHost, HostEvent

_SOCKET = "unix://"


@dataclass(frozen=True, slots=True)
class HostConfig:
    """Where the engine is, what there is ours, and how containers are reached.

    ``port`` is the one on which a gateway listens inside. ``is_published``: on a port of the
    engine's own host, for a process there; else by name, from inside the network.
    """

    url: str
    names: Names
    port: int
    is_published: bool
    call_s: float = 20.0
    stop_s: int = 30  # it puts its session in order: some three seconds
    pull_s: float = 900.0


class DockerHost(ContainerHost):
    """One engine, and of it only what has our labels."""

    def __init__(self, config: HostConfig) -> None:
        self._config = config
        self._names = config.names
        self._opening = threading.Lock()
        self._networking = threading.Lock()  # the engine lets two networks have one name
        self._client: Any = None

    def close(self) -> None:
        """Let go of the engine. The next call opens it anew."""
        with self._opening:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    @override
    def belongings(self) -> Belongings:
        with self._spoken() as engine:
            containers = engine.containers(all=True, filters=self._ours)
            volumes = engine.volumes(filters=self._ours).get("Volumes") or []
        return Belongings(
            containers=tuple(
                container_of(
                    said,
                    names=self._names,
                    port=self._config.port,
                    is_published=self._config.is_published,
                )
                for said in containers
            ),
            logins=frozenset(filter(None, map(login_of, volumes))),
        )

    @override
    def has_image(self, image: str) -> bool:
        with self._spoken() as engine:
            try:
                engine.inspect_image(image)
            except docker.errors.ImageNotFound:
                return False
        return True

    @override
    def fetch_image(self, image: str) -> None:
        repository, _, tag = image.partition("@" if "@" in image else ":")
        client = self._open(timeout_s=self._config.pull_s)
        try:
            with _understood(missing=ImageMissing):
                client.pull(repository, tag=tag or "latest")
        finally:
            client.close()

    @override
    def create(self, blueprint: Blueprint) -> str:
        name = self._names.of(blueprint.connection_id)
        labels = self._names.labels(blueprint.connection_id, tenant_id=blueprint.tenant_id)
        with self._spoken() as engine:
            self._have_network(engine, blueprint.network)
            self._have_login(engine, name, labels)
            body = creation(blueprint, name=name, labels=labels)
            with _understood(missing=ImageMissing):
                try:
                    made = engine.create_container_from_config(body, name)
                except docker.errors.APIError as error:
                    if error.status_code != HTTPStatus.CONFLICT:
                        raise
                    return self._adopted(engine, name)
        return str(made["Id"])

    @override
    def start(self, connection_id: UUID) -> None:
        with self._spoken() as engine:
            engine.start(self._names.of(connection_id))

    @override
    def restart(self, connection_id: UUID) -> None:
        with self._spoken() as engine:
            engine.restart(self._names.of(connection_id), timeout=self._config.stop_s)

    @override
    def stop(self, connection_id: UUID) -> None:
        with self._spoken() as engine, suppress(docker.errors.NotFound):
            engine.stop(self._names.of(connection_id), timeout=self._config.stop_s)

    @override
    def remove(self, container_id: str) -> None:
        with self._spoken() as engine, _gone_already():
            engine.remove_container(container_id, v=True, force=True)

    @override
    def remove_login(self, connection_id: UUID) -> None:
        with self._spoken() as engine, suppress(docker.errors.NotFound):
            engine.remove_volume(self._names.of(connection_id))

    @override
    def events(self, *, since: datetime, until: datetime) -> Iterator[HostEvent]:
        labels = {"type": ["container"], "event": ["start", "die", "oom", "destroy"], **self._ours}
        with self._spoken() as engine:
            stream = engine.events(
                since=since.timestamp(), until=until.timestamp(), filters=labels, decode=True
            )
        # The engine ends it by itself at that time; one that hangs is not waited for.
        patience = (until - since).total_seconds() + self._config.call_s
        watchdog = threading.Timer(patience, stream.close)
        watchdog.start()
        try:
            with _understood():
                yield from filter(None, map(event_of, stream))
        finally:
            watchdog.cancel()
            stream.close()

    @property
    def _ours(self) -> dict[str, list[str]]:
        return {"label": [f"{name}={value}" for name, value in self._names.ours.items()]}

    @contextmanager
    def _spoken(self) -> Iterator[Any]:
        """The open client; what it raises, in our words. One that failed is opened anew."""
        try:
            with _understood():
                yield self._opened()
        except EngineGone:
            self.close()
            raise

    def _opened(self) -> Any:
        url = self._config.url
        # The SDK leaves a socket open where nobody listens.
        if url.startswith(_SOCKET) and not Path(url.removeprefix(_SOCKET)).exists():
            raise EngineGone
        with self._opening:
            if self._client is None:
                # A stop may take as long as it may, and then the call.
                patience = self._config.call_s + self._config.stop_s
                self._client = self._open(timeout_s=patience)
            return self._client

    def _open(self, *, timeout_s: float) -> Any:
        with _understood():
            return docker.APIClient(base_url=self._config.url, version="auto", timeout=timeout_s)

    def _have_network(self, engine: Any, name: str) -> None:
        with self._networking:
            if any(one["Name"] == name for one in engine.networks(names=[name])):
                return
            with suppress(_Conflict), _conflicts():
                engine.create_network(
                    name, driver="bridge", labels=self._names.ours, check_duplicate=True
                )

    def _have_login(self, engine: Any, name: str, labels: Mapping[str, str]) -> None:
        """The volume of a name is made once; whoever made it, it must be ours."""
        made = engine.create_volume(name, labels=dict(labels))
        if not self._names.are_ours(made.get("Labels") or {}):
            raise NameTaken

    def _adopted(self, engine: Any, name: str) -> str:
        """The container that has this name already: ours, from a start that was cut off."""
        known = engine.inspect_container(name)
        if not self._names.are_ours(known["Config"].get("Labels") or {}):
            raise NameTaken
        return str(known["Id"])


class _Conflict(Exception):
    """It is there already, or on its way out."""


@contextmanager
def _conflicts() -> Iterator[None]:
    try:
        yield
    except docker.errors.APIError as error:
        if error.status_code == HTTPStatus.CONFLICT:
            raise _Conflict from None
        raise


@contextmanager
def _gone_already() -> Iterator[None]:
    """A removal of what is gone, or is being removed just now, is a removal."""
    with suppress(docker.errors.NotFound, _Conflict), _conflicts():
        yield


@contextmanager
def _understood(
    *, missing: type[EngineRefused] | type[ImageMissing] = EngineRefused
) -> Iterator[None]:
    """What the SDK raises, in our words. The engine's own go along: they are about us alone."""
    try:
        yield
    except docker.errors.NotFound as error:
        raise missing(_said(error)) from None
    except docker.errors.APIError as error:
        if error.status_code in {HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE}:
            raise EngineGone from None
        raise EngineRefused(_said(error)) from None
    except (docker.errors.DockerException, requests.RequestException, OSError):
        raise EngineGone from None


def _said(error: Any) -> str:
    return f"The engine said: {error.explanation or error}"[:300]
