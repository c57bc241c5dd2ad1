"""The images that ours are built on and run beside: pulled, or made where no registry answers."""

import os
import shutil
import ssl
import subprocess
import tempfile
from pathlib import Path

from tests.containers.engine import Engine
from tests.containers.room import roomy_folder

STAND_INS = Path(__file__).parent / "images"
BASE = "python:3.12-slim-bookworm"
SUITE = "bookworm"
AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"
MAKE_TIMEOUT_S = 300


class NoImagesError(Exception):
    """No registry answers and no base can be made here; the text says what would help."""


def image_settings(engine: Engine) -> dict[str, str]:
    """Return the compose variables that name images to be had here; none means the defaults."""
    if engine.holds(BASE) or engine.pulls(BASE):
        return {}
    with tempfile.TemporaryDirectory(dir=roomy_folder()) as folder:
        base = _debian(engine, Path(folder))
    return {
        "PYTHON_IMAGE": base,
        "POSTGRES_IMAGE": _stand_in(engine, "postgres", base),
        "REDIS_IMAGE": _stand_in(engine, "redis", base),
    }


def _debian(engine: Engine, folder: Path) -> str:
    """Make a Debian with Python from packages, trusting whom this machine trusts."""
    if shutil.which("mmdebstrap") is None:
        raise NoImagesError(
            f"no registry gives {BASE} and mmdebstrap is not installed "
            "(Debian: apt-get install mmdebstrap)"
        )
    archive = folder / "debian.tar"
    command = ["mmdebstrap", "--quiet", "--variant=apt", *_own_authorities()]
    command += ["--include=python3,python3-venv,ca-certificates", SUITE, str(archive)]
    made = subprocess.run(
        command,
        env={**os.environ, "TMPDIR": str(folder)},
        check=False,
        capture_output=True,
        text=True,
        timeout=MAKE_TIMEOUT_S,
    )
    if made.returncode != 0:
        raise NoImagesError(f"no registry gives {BASE}, and mmdebstrap failed: {made.stderr}")
    engine.client.api.import_image_from_file(
        str(archive),
        repository="cube-demper-test-base",
        tag="latest",
        changes=[f"ENV SSL_CERT_FILE={AUTHORITIES} PIP_CERT={AUTHORITIES}", 'CMD ["bash"]'],
    )
    return "cube-demper-test-base:latest"


def _own_authorities() -> list[str]:
    """Take this machine's certificate authorities along: its registries may need one of its own."""
    bundle = os.environ.get("SSL_CERT_FILE") or ssl.get_default_verify_paths().cafile
    return [f"--customize-hook=upload {bundle} {AUTHORITIES}"] if bundle else []


def _stand_in(engine: Engine, name: str, base: str) -> str:
    tag = f"cube-demper-test-{name}:latest"
    engine.client.images.build(
        path=str(STAND_INS), target=name, tag=tag, buildargs={"BASE": base}, rm=True
    )
    return tag
