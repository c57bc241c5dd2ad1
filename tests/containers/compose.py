"""Docker's Compose, on the files of this checkout."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LAST_LINES = 60


class NoComposeError(Exception):
    """Compose v2 is nowhere on this machine; the text says what would help."""


class ComposeError(AssertionError):
    """A compose command ended badly; the text holds the end of what it said."""


@dataclass(frozen=True, kw_only=True)
class Compose:
    """One project, run with its own variables: those of the file and these, none of the shell's."""

    binary: Sequence[str]
    project: str
    env_file: Path
    environment: dict[str, str]

    def run(self, *arguments: str, timeout_s: float = 180) -> str:
        done = self.attempt(*arguments, timeout_s=timeout_s)
        if done.returncode != 0:
            end = "\n".join((done.stdout + done.stderr).splitlines()[-LAST_LINES:])
            raise ComposeError(f"compose {' '.join(arguments)}: exit {done.returncode}\n{end}")
        return done.stdout

    def attempt(
        self, *arguments: str, timeout_s: float = 180
    ) -> "subprocess.CompletedProcess[str]":
        command = [*self.binary, "--ansi", "never", "--project-directory", str(ROOT)]
        command += ["--project-name", self.project, "--env-file", str(self.env_file)]
        return subprocess.run(
            [*command, "--env-file", str(ROOT / "deploy/sandbox.env"), *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )


def compose_binary() -> Sequence[str]:
    """Find Compose v2: the plugin of Docker's CLI, or the program of its own."""
    for candidate in (("docker", "compose"), ("docker-compose",)):
        if shutil.which(candidate[0]) and _speaks_v2(candidate):
            return candidate
    raise NoComposeError("Docker Compose v2 is not installed (neither plugin nor docker-compose)")


def _speaks_v2(candidate: Sequence[str]) -> bool:
    version = subprocess.run(
        [*candidate, "version", "--short"], check=False, capture_output=True, text=True
    )
    return version.returncode == 0 and int(version.stdout.lstrip("v").split(".")[0] or 0) > 1


def tools_environment(extra: dict[str, str]) -> dict[str, str]:
    """Keep of this process's environment what tools need, so that no setting of ours leaks in."""
    kept = ("PATH", "HOME", "DOCKER_HOST", "DOCKER_CONFIG", "SSL_CERT_FILE", "XDG_RUNTIME_DIR")
    return {name: os.environ[name] for name in kept if name in os.environ} | extra
