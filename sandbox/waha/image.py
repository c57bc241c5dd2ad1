"""The stand-in as an image for a Docker engine, made in a second from this machine's Python.

No registry is asked and nothing is downloaded: the image is Debian's own Python, the libraries it
is linked with, this package and the one that draws codes. `python -m sandbox.waha.image TAG` makes
one in the engine that the environment names.
"""

import importlib.util
import io
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import docker  # type: ignore[import-untyped]  # the SDK ships no types

TITLE: Final = "WAHA stand-in"
USUAL_TAG: Final = "cube-demper-waha:stand-in"
PYTHON: Final = Path("/usr/bin/python3")
CHANGES: Final = (
    f'LABEL org.opencontainers.image.title="{TITLE}"',
    "ENV PATH=/usr/bin PYTHONPATH=/app PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1",
    "WORKDIR /app",
    "EXPOSE 3000",
    'CMD ["python3", "-m", "sandbox.waha"]',
)
_OLDEST: Final = (3, 11)
# Of the standard library, what no server needs.
_LEFT_OUT: Final = frozenset(
    {"test", "tests", "idlelib", "tkinter", "lib2to3", "ensurepip", "distutils", "turtledemo"}
)
_LEFT_OUT_START: Final = ("config-", "pydoc_data", "sitecustomize", "EXTERNALLY-MANAGED")
_COMPILED: Final = re.compile(
    r"_(asyncio|contextvars|hashlib|json|multiprocessing|posixshmem|queue|ssl|typing|uuid)\."
)
_LIBRARY: Final = re.compile(r"(/\S+) \(0x")
# The stand-in uses of the sandbox for the marketplace no more than these.
_BORROWED: Final = ("__init__.py", "clock.py", "dice.py")
_FILES: Final = {
    "etc/nsswitch.conf": "hosts: files dns\n",
    "etc/passwd": "root:x:0:0:root:/root:/usr/bin/python3\nnobody:x:65534:65534::/:\n",
    "etc/group": "root:x:0:\nnogroup:x:65534:\n",
}


class NoPython(Exception):
    """This machine has no Python that can be copied; the text says what would help."""


def import_image(client: Any, *, tag: str = USUAL_TAG) -> str:
    """Make the image in the engine of an SDK's client; give its tag. Raises NoPython."""
    repository, _, version = tag.partition(":")
    with tempfile.NamedTemporaryFile(suffix=".tar") as archive:
        write_archive(Path(archive.name))
        client.api.import_image_from_file(
            archive.name, repository=repository, tag=version or "latest", changes=list(CHANGES)
        )
    return tag


def write_archive(path: Path) -> None:
    """Write the file system of the image. Raises NoPython."""
    library = _library_folder()
    with tarfile.open(path, "w", dereference=True) as archive:
        archive.add(PYTHON.resolve(), "usr/bin/python3")
        for source in _standard_library(library):
            archive.add(source, str(source).lstrip("/"))
        for linked in _linked_with(library):
            archive.add(linked, linked.lstrip("/"))
        for source, name in _packages():
            archive.add(source, f"app/{name}", filter=_without_caches)
        for name, text in _FILES.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
        archive.addfile(_folder("tmp", mode=0o1777))


def _library_folder() -> Path:
    """Where Debian keeps the standard library of its Python."""
    question = "import sys, os; print(*sys.version_info[:2], os.path.dirname(os.__file__))"
    try:
        asked = subprocess.run(  # noqa: S603 -- a fixed path and a fixed question
            [PYTHON, "-I", "-c", question], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        raise NoPython(f"there is no {PYTHON} (Debian: apt-get install python3)") from None
    major, minor, folder = asked.stdout.split()
    if (int(major), int(minor)) < _OLDEST:
        raise NoPython(f"{PYTHON} is {major}.{minor}, older than {_OLDEST[0]}.{_OLDEST[1]}")
    return Path(folder)


def _standard_library(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        first = path.relative_to(folder).parts[0]
        if first in _LEFT_OUT or first.startswith(_LEFT_OUT_START) or not path.is_file():
            continue
        if path.suffix != ".so" or _COMPILED.match(path.name):
            yield path


def _linked_with(folder: Path) -> list[str]:
    """Ask for the shared libraries of the interpreter and of its compiled modules."""
    compiled = [str(path) for path in folder.rglob("*.so") if _COMPILED.match(path.name)]
    told = subprocess.run(  # noqa: S603 -- our own arguments
        ["/usr/bin/ldd", str(PYTHON), *compiled], capture_output=True, text=True, check=True
    )
    return sorted(set(_LIBRARY.findall(told.stdout)))


def _packages() -> Iterator[tuple[Path, str]]:
    here = Path(__file__).resolve().parent
    yield here, "sandbox/waha"
    for name in _BORROWED:
        yield here.parent / name, f"sandbox/{name}"
    found = importlib.util.find_spec("segno")
    if found is None or found.origin is None:
        raise NoPython("the package segno is not installed")
    yield Path(found.origin).parent, "segno"


def _without_caches(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if "__pycache__" in entry.name else entry


def _folder(name: str, *, mode: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode = tarfile.DIRTYPE, mode
    return entry


def main(arguments: list[str]) -> int:
    """Make the image; 2 with one sentence where it cannot be made."""
    try:
        client = docker.from_env()
        tag = import_image(client, tag=arguments[0] if arguments else USUAL_TAG)
    except (NoPython, docker.errors.DockerException) as trouble:
        sys.stderr.write(f"{trouble}\n")
        return 2
    sys.stdout.write(f"{tag}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
