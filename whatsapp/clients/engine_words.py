"""What we tell the engine: names, labels, and a container in its own words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from whatsapp.host_ports import Blueprint

LOGINS: Final = "/app/.sessions"  # the one folder that must outlive a container
_PRODUCT: Final = "cube-demper"
_SCRATCH: Final = {"/tmp": "", "/app/.media": ""}  # noqa: S108 -- folders of the container's own
_LOG: Final = {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "3"}}
_BILLION: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Names:
    """How what is ours is called. ``deployment`` tells apart installations that share an engine."""

    deployment: str

    def of(self, connection_id: UUID) -> str:
        """The name of a connection's container, and of its volume: nothing but a row decides it.

        It is a host name as well, so it must not be longer than 63 characters.
        """
        return f"{self.deployment}-waha-{connection_id.hex}"

    @property
    def ours(self) -> dict[str, str]:
        """The labels by which we know what is ours, and touch nothing else."""
        return {"app": _PRODUCT, "env": self.deployment}

    def labels(self, connection_id: UUID, *, tenant_id: str) -> dict[str, str]:
        """The labels of what belongs to a connection. Anybody may read them: no secrets."""
        return {**self.ours, "connection": str(connection_id), "tenant": tenant_id}

    def are_ours(self, labels: Mapping[str, str]) -> bool:
        return self.ours.items() <= labels.items()


def creation(blueprint: Blueprint, *, name: str, labels: Mapping[str, str]) -> dict[str, Any]:
    """The body that creates a container.

    Memory includes swap: a gateway that wants more is ended, not slow. No ulimits: an engine with
    lower limits of its own would refuse to start it.
    """
    port = f"{blueprint.port}/tcp"
    host: dict[str, Any] = {
        "Mounts": [{"Type": "volume", "Source": name, "Target": LOGINS}],
        "NetworkMode": blueprint.network,
        "RestartPolicy": {"Name": "unless-stopped"},
        "Memory": blueprint.memory_mb << 20,
        "MemorySwap": blueprint.memory_mb << 20,
        "NanoCpus": int(blueprint.cpus * _BILLION),
        "PidsLimit": blueprint.processes,
        "CapDrop": ["ALL"],
        "SecurityOpt": ["no-new-privileges"],
        "ReadonlyRootfs": blueprint.is_read_only,
        "Tmpfs": _SCRATCH,
        "LogConfig": _LOG,
    }
    if blueprint.is_published:
        # No port of our choice: the engine takes a free one, another after each start.
        host["PortBindings"] = {port: [{"HostIp": "127.0.0.1", "HostPort": ""}]}
    return {
        "Image": blueprint.image,
        "Env": [f"{variable}={value}" for variable, value in blueprint.environment.items()],
        "Labels": {**labels, "spec": blueprint.spec},
        "ExposedPorts": {port: {}},
        "HostConfig": host,
    }
