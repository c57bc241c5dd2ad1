"""What we ask of the engine that runs sellers' gateways, in our words.

Everything that crosses is frozen. Only what is ours by its labels is ever seen, and no name, image
or mount comes from a request: a caller says which connection. What may be raised is in
``errors.py``: EngineGone where no engine answers, ImageMissing, NameTaken and EngineRefused.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

import orjson


class ContainerState(StrEnum):
    """The engine's words for a container."""

    CREATED = "created"
    RUNNING = "running"
    RESTARTING = "restarting"
    PAUSED = "paused"
    EXITED = "exited"
    REMOVING = "removing"
    DEAD = "dead"

    @classmethod
    def read(cls, word: object) -> "ContainerState":
        """Understand the engine's word; one that is new to us is DEAD: it is made anew."""
        return next((state for state in cls if state == word), cls.DEAD)


@dataclass(frozen=True, slots=True)
class Blueprint:
    """What a connection's container is to be. ``environment`` holds a hash of its key."""

    connection_id: UUID
    tenant_id: str
    image: str
    environment: Mapping[str, str] = field(repr=False)
    port: int
    memory_mb: int
    cpus: float
    processes: int
    is_read_only: bool
    network: str
    is_published: bool  # on a port of the engine's own host, chosen by the engine

    @property
    def spec(self) -> str:
        """A hash of all that cannot be changed while a container stands."""
        said = [
            *(self.image, self.port, self.memory_mb, self.cpus, self.processes),
            *(self.is_read_only, self.network, self.is_published, dict(self.environment)),
        ]
        return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Container:
    """A container of ours as it stands. ``address`` is empty where it can't be reached.

    ``connection_id`` is None where the label says nothing that we understand. ``is_namesake``: it
    has the name that this connection's container has; another one is a stray copy.
    """

    container_id: str
    connection_id: UUID | None
    spec: str
    state: ContainerState
    address: str = ""
    is_namesake: bool = True


@dataclass(frozen=True, slots=True)
class Belongings:
    """All that is ours on the engine: containers, and whose logins are on a volume."""

    containers: tuple[Container, ...]
    logins: frozenset[UUID]


class Happening(StrEnum):
    STARTED = "start"
    ENDED = "die"
    OUT_OF_MEMORY = "oom"
    REMOVED = "destroy"


@dataclass(frozen=True, slots=True)
class HostEvent:
    """Something happened to a container of ours. ``exit_code`` where it ended."""

    connection_id: UUID
    what: Happening
    exit_code: int | None = None


class ContainerHost(Protocol):
    """The engine, as far as it is ours. Every call is a request, bounded in time."""

    def belongings(self) -> Belongings:
        """List what is ours."""

    def has_image(self, image: str) -> bool:
        """Say whether the engine has it."""

    def fetch_image(self, image: str) -> None:
        """Have the engine pull an image; takes minutes. Raises ImageMissing."""

    def create(self, blueprint: Blueprint) -> str:
        """Make a container, its volume and their network; return its id.

        What is there already, and ours, is taken as it is. Raises ImageMissing, and NameTaken where
        the name belongs to somebody else.
        """

    def start(self, connection_id: UUID) -> None:
        """Start it; one that runs is left as it is."""

    def restart(self, connection_id: UUID) -> None:
        """Stop and start it. What it has logged in to stays."""

    def stop(self, connection_id: UUID) -> None:
        """Let it end in good order; one that does not stand is no error."""

    def remove(self, container_id: str) -> None:
        """Remove a container, running or not; its login stays. One that is gone is no error."""

    def remove_login(self, connection_id: UUID) -> None:
        """Remove the volume with its login, for good. One that is gone is no error."""

    def events(self, *, since: datetime, until: datetime) -> Iterator[HostEvent]:
        """Tell what happens, as it happens, until then. What happened since is told first."""
