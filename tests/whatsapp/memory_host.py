"""An engine in memory: containers and volumes of several installations, and one's view of them."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from typing import Final
from uuid import UUID

from typing_extensions import override

from whatsapp.errors import EngineGone, EngineRefused
from whatsapp.host_ports import (
    Belongings,
    Blueprint,
    Container,
    ContainerHost,
    ContainerState,
    HostEvent,
)

OURS: Final = "ours"


@dataclass
class Machine:
    """What stands on an engine: containers by their ids, with whose they are, and logins."""

    containers: dict[str, tuple[str, Container]] = field(default_factory=dict)
    logins: set[tuple[str, UUID]] = field(default_factory=set)
    numbers: Iterator[int] = field(default_factory=count)

    def put(self, container: Container, *, deployment: str = OURS) -> None:
        self.containers[container.container_id] = (deployment, container)

    def of(self, deployment: str) -> tuple[list[Container], set[UUID]]:
        mine = [one for owner, one in self.containers.values() if owner == deployment]
        return mine, {login for owner, login in self.logins if owner == deployment}


class MemoryHost(ContainerHost):
    """One installation's view. ``broken``: what the engine answers from now on to a call's name."""

    def __init__(self, machine: Machine | None = None, *, deployment: str = OURS) -> None:
        self.machine = machine or Machine()
        self.deployment = deployment
        self.broken: dict[str, Exception] = {}
        self.is_gone = False
        self.calls: list[str] = []
        self.images: set[str] = set()
        self.happened: list[HostEvent] = []

    @override
    def belongings(self) -> Belongings:
        self._called("belongings")
        containers, logins = self.machine.of(self.deployment)
        return Belongings(tuple(containers), frozenset(logins))

    @override
    def has_image(self, image: str) -> bool:
        self._called("has_image")
        return image in self.images

    @override
    def fetch_image(self, image: str) -> None:
        self._called("fetch_image")
        self.images.add(image)

    @override
    def create(self, blueprint: Blueprint) -> str:
        self._called("create")
        known = self.of(blueprint.connection_id)
        if known is not None:
            return known.container_id
        self.machine.logins.add((self.deployment, blueprint.connection_id))
        made = Container(
            container_id=f"c{next(self.machine.numbers)}",
            connection_id=blueprint.connection_id,
            spec=blueprint.spec,
            state=ContainerState.CREATED,
        )
        self.machine.put(made, deployment=self.deployment)
        return made.container_id

    @override
    def start(self, connection_id: UUID) -> None:
        self._called("start")
        self._set(connection_id, ContainerState.RUNNING)

    @override
    def restart(self, connection_id: UUID) -> None:
        self._called("restart")
        self._set(connection_id, ContainerState.RUNNING)

    @override
    def stop(self, connection_id: UUID) -> None:
        self._called("stop")
        if self.of(connection_id) is not None:
            self._set(connection_id, ContainerState.EXITED)

    @override
    def remove(self, container_id: str) -> None:
        self._called("remove")
        owner, _ = self.machine.containers.get(container_id, (self.deployment, None))
        assert owner == self.deployment
        self.machine.containers.pop(container_id, None)

    @override
    def remove_login(self, connection_id: UUID) -> None:
        self._called("remove_login")
        self.machine.logins.discard((self.deployment, connection_id))

    @override
    def events(self, *, since: datetime, until: datetime) -> Iterator[HostEvent]:
        self._called("events")
        yield from self.happened

    def of(self, connection_id: UUID) -> Container | None:
        """The container that has this connection's name."""
        containers, _ = self.machine.of(self.deployment)
        mine = (one for one in containers if one.is_namesake)
        return next((one for one in mine if one.connection_id == connection_id), None)

    def _set(self, connection_id: UUID, state: ContainerState) -> None:
        container = self.of(connection_id)
        if container is None:
            raise EngineRefused("no such container")
        is_up = state == ContainerState.RUNNING
        address = f"http://{connection_id.hex}:3000" if is_up else ""
        self.machine.put(
            replace(container, state=state, address=address), deployment=self.deployment
        )

    def _called(self, name: str) -> None:
        self.calls.append(name)
        if self.is_gone:
            raise EngineGone
        if name in self.broken:
            raise self.broken[name]
