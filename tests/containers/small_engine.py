"""A private engine that a test may stop and start: the one of all tests holds others' things."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import docker  # type: ignore[import-untyped]  # the SDK ships no types

from tests.containers.engine import STOP_TIMEOUT_S, Engine, NoEngineError, client_of
from tests.containers.room import roomy_folder
from tests.flows.patience import until

# Beside another engine of the tests: it leaves firewall and addresses to that one. As it is to do
# without the usual bridge, it removes it when it starts; the other gets it back.
_APART = ("--bridge=none", "--iptables=false", "--default-address-pool=base=10.213.0.0/16,size=24")
_BRIDGE = "docker0"


class SmallEngine:
    """dockerd on a folder; what it holds outlives a stop."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._daemon: subprocess.Popen[bytes] | None = None
        self.address = f"unix://{folder}/s"

    def start(self) -> None:
        folder = self._folder
        command = ["dockerd", "--host", self.address, "--data-root", f"{folder}/data", *_APART]
        command += ["--exec-root", f"{folder}/exec", "--pidfile", f"{folder}/pid"]
        with (folder / "log").open("ab") as log, _bridge_kept():
            self._daemon = subprocess.Popen(
                [*command, "--log-level", "warn"], stdout=log, stderr=log, start_new_session=True
            )
            until(self._answers, bool)

    def stop(self) -> None:
        """End it as a reboot does: it ends its containers first."""
        if self._daemon is None:
            return
        self._daemon.terminate()
        try:
            self._daemon.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._daemon.kill()
            self._daemon.wait()
        self._daemon = None

    @contextmanager
    def lent(self) -> Iterator[Engine]:
        """A client of it for as long as it stands."""
        with closing(self._client()) as client:
            yield Engine(client=client, environment={"DOCKER_HOST": self.address})

    def _client(self) -> Any:
        return docker.DockerClient(base_url=self.address, timeout=60)

    def _answers(self) -> bool:
        client = client_of(self.address)
        if client is None:
            return False
        client.close()
        return True


@contextmanager
def a_small_engine() -> Iterator[SmallEngine]:
    """Lend one that runs. Raises NoEngineError where none can be started."""
    if shutil.which("dockerd") is None or os.geteuid() != 0:
        raise NoEngineError("only root with dockerd can start an engine of one's own")
    with tempfile.TemporaryDirectory(prefix="engine-", dir=roomy_folder()) as folder:
        engine = SmallEngine(Path(folder))
        try:
            engine.start()
            yield engine
        finally:
            engine.stop()


@contextmanager
def _bridge_kept() -> Iterator[None]:
    """Make the usual bridge again, with the address that it had, if it is gone afterwards."""
    shown = ["ip", "-4", "-o", "address", "show", "dev", _BRIDGE]
    before = subprocess.run(shown, check=False, capture_output=True, text=True).stdout.split()
    yield
    if before and not Path(f"/sys/class/net/{_BRIDGE}").exists():
        address = before[before.index("inet") + 1]
        for words in (
            f"link add {_BRIDGE} type bridge",
            f"address add {address} dev {_BRIDGE}",
            f"link set {_BRIDGE} up",
        ):
            subprocess.run(["ip", *words.split()], check=True)
