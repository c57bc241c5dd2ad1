"""The engine's answers in our words."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from uuid import UUID

from whatsapp.clients.engine_words import Names
from whatsapp.host_ports import Container, ContainerState, Happening, HostEvent


def container_of(
    said: Mapping[str, Any], *, names: Names, port: int, is_published: bool
) -> Container:
    """Understand one container of the engine's list."""
    labels = said.get("Labels") or {}
    connection_id = _connection(labels)
    name = names.of(connection_id) if connection_id else ""
    state = ContainerState.read(said.get("State"))
    address = _published(said, port) if is_published else f"http://{name}:{port}"
    return Container(
        container_id=str(said["Id"]),
        connection_id=connection_id,
        spec=str(labels.get("spec", "")),
        state=state,
        address=address if state == ContainerState.RUNNING and connection_id else "",
        is_namesake=f"/{name}" in (said.get("Names") or []),
    )


def login_of(said: Mapping[str, Any]) -> UUID | None:
    """Whose login a volume holds."""
    return _connection(said.get("Labels") or {})


def event_of(said: Mapping[str, Any]) -> HostEvent | None:
    """Understand an event; ``None`` for one that is of no connection."""
    labels = said.get("Actor", {}).get("Attributes", {})
    connection_id = _connection(labels)
    what = next((one for one in Happening if one == said.get("Action")), None)
    if connection_id is None or what is None:
        return None
    code = str(labels.get("exitCode", ""))
    return HostEvent(connection_id, what, int(code) if code.isdigit() else None)


def _connection(labels: Mapping[str, str]) -> UUID | None:
    with suppress(ValueError):
        return UUID(labels.get("connection", ""))
    return None


def _published(said: Mapping[str, Any], port: int) -> str:
    """Where the engine's own host reaches it now; another port after each start."""
    for one in said.get("Ports") or []:
        if one.get("PrivatePort") == port and one.get("PublicPort"):
            return f"http://127.0.0.1:{one['PublicPort']}"
    return ""
