"""A Docker engine for the tests: the one that answers, else a private one, started and removed."""

import fcntl
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker  # type: ignore[import-untyped]  # the SDK ships no types

from tests.containers.room import roomy_folder

USUAL_ADDRESS = "unix:///var/run/docker.sock"
PROJECT = "com.docker.compose.project"
SERVICE = "com.docker.compose.service"
START_TIMEOUT_S = 20
STOP_TIMEOUT_S = 20
CALL_TIMEOUT_S = 300  # of one API call; the longest imports or builds an image


class NoEngineError(Exception):
    """No engine answers and none can be started; the text says why and what would help."""


@dataclass(frozen=True, kw_only=True)
class Engine:
    """An engine that answers, and the environment in which Docker's own tools find it."""

    client: Any  # docker.DockerClient
    environment: dict[str, str]

    def holds(self, image: str) -> bool:
        try:
            self.client.images.get(image)
        except docker.errors.ImageNotFound:
            return False
        return True

    def pulls(self, image: str) -> bool:
        """Pull an image, and say whether a registry gave it."""
        try:
            self.client.images.pull(image)
        except (docker.errors.DockerException, OSError):
            return False
        return True

    def containers(self, project: str, service: str | None = None) -> list[Any]:
        """List the containers of a compose project, or those of one service; stopped ones too."""
        labels = [f"{PROJECT}={project}"]
        if service is not None:
            labels.append(f"{SERVICE}={service}")
        return list(self.client.containers.list(all=True, filters={"label": labels}))

    def belongings(self, project: str) -> list[str]:
        """Name every container, volume and network of a compose project."""
        of_project = {"label": f"{PROJECT}={project}"}
        return sorted(
            item.name
            for item in (
                *self.containers(project),
                *self.client.volumes.list(filters=of_project),
                *self.client.networks.list(filters=of_project),
            )
        )


@contextmanager
def an_engine() -> Iterator[Engine]:
    """Lend the engine that the environment names, or one of our own."""
    present = client_of(os.environ.get("DOCKER_HOST", USUAL_ADDRESS))
    if present is not None:
        with closing(present):
            yield Engine(client=present, environment={})
        return
    with _private_daemon() as address, closing(_started(address)) as client:
        yield Engine(client=client, environment={"DOCKER_HOST": address})


def client_of(address: str) -> Any | None:
    if not _listens(address):
        return None
    try:
        client = docker.DockerClient(base_url=address, timeout=CALL_TIMEOUT_S)
    except docker.errors.DockerException:
        return None
    return client


def _listens(address: str) -> bool:
    """Knock before the SDK does: it leaves a socket open where nobody answers."""
    if not address.startswith("unix://"):
        return True
    with socket.socket(socket.AF_UNIX) as knock:
        return knock.connect_ex(address.removeprefix("unix://")) == 0


def _started(address: str) -> Any:
    give_up_at = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < give_up_at:
        client = client_of(address)
        if client is not None:
            return client
        time.sleep(0.1)  # dockerd announces readiness to systemd only
    raise NoEngineError(f"dockerd did not answer within {START_TIMEOUT_S} s")


@contextmanager
def _private_daemon() -> Iterator[str]:
    if shutil.which("dockerd") is None:
        raise NoEngineError(
            "no Docker engine answers and dockerd is not installed "
            "(Debian: apt-get install docker.io)"
        )
    if os.geteuid() != 0:
        raise NoEngineError("no Docker engine answers and only root can start dockerd")
    # One at a time on a machine: two would give out the same addresses on one bridge. The folder's
    # name is short because a socket's path may have 108 bytes.
    with (
        _alone_on_the_machine(),
        tempfile.TemporaryDirectory(prefix="engine-", dir=roomy_folder()) as folder,
        _forwarding_kept(),
        _dockerd(Path(folder)) as address,
    ):
        yield address


@contextmanager
def _alone_on_the_machine() -> Iterator[None]:
    with (Path(tempfile.gettempdir()) / "cube-demper-engine.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _dockerd(folder: Path) -> Iterator[str]:
    address = f"unix://{folder}/s"
    command = ["dockerd", "--host", address, "--data-root", f"{folder}/data", "--log-level", "warn"]
    command += ["--exec-root", f"{folder}/exec", "--pidfile", f"{folder}/pid"]
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True) as daemon,
    ):
        try:
            yield address
        finally:
            daemon.terminate()  # it stops its containers, unmounts and then ends
            try:
                daemon.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                daemon.kill()


@contextmanager
def _forwarding_kept() -> Iterator[None]:
    """Undo what dockerd leaves behind: a bridge, and a firewall that forwards nothing."""
    before = _forward_policy()
    had_bridge = Path("/sys/class/net/docker0").exists()
    try:
        yield
    finally:
        if before and before != _forward_policy():
            subprocess.run(["iptables", *before.split()], check=True)
        if not had_bridge:
            subprocess.run(["ip", "link", "delete", "docker0"], check=False, capture_output=True)


def _forward_policy() -> str:
    """Return the rule that sets the policy, as `iptables` takes it: `-P FORWARD ACCEPT`."""
    rules = subprocess.run(
        ["iptables", "-S", "FORWARD"], check=False, capture_output=True, text=True
    )
    return rules.stdout.partition("\n")[0]
