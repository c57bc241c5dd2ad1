"""A browser that can be driven: found, or else installed."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from cube_demper.local.errors import StartError

_ON_PATH = ("chromium-headless-shell", "chromium", "google-chrome", "google-chrome-stable")
# The headless shell first: a quarter of the memory of the whole browser.
_PLAYWRIGHTS = (
    "chromium_headless_shell-*/*/chrome-headless-shell",
    "chromium_headless_shell-*/*/headless_shell",
    "chromium-*/chrome-linux*/chrome",
    "chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
)
_VERSION_WITHIN_S = 30
_REMEDIES = (
    "There is no Chromium and none could be installed: "
    "run `python -m playwright install --with-deps --only-shell chromium`, "
    "or as root `apt-get install chromium-headless-shell`, or set CHROMIUM_PATH."
)


def ensure_chromium(given: Mapping[str, str], *, say: Callable[[str], None]) -> Path:
    """Find a browser that starts, or install one. Raises StartError, naming what a person can do.

    ``say`` is told what is being installed, because that takes a while.
    """
    if (path := given.get("CHROMIUM_PATH")) and not _starts(Path(path)):
        raise StartError(f"CHROMIUM_PATH is {path}, which does not start as a browser.")
    if found := find_chromium(given):
        return found
    for command in _installations():
        say(f"Installing a browser: {' '.join(command)}")
        installed = subprocess.run(command, stdin=subprocess.DEVNULL, check=False)  # noqa: S603 -- our own
        if installed.returncode == 0 and (found := find_chromium(given)):
            return found
    raise StartError(_REMEDIES)


def find_chromium(given: Mapping[str, str]) -> Path | None:
    """Return the first browser of this machine that starts."""
    return next(filter(_starts, _candidates(given)), None)


def _candidates(given: Mapping[str, str]) -> Iterator[Path]:
    if path := given.get("CHROMIUM_PATH"):
        yield Path(path)
    folder = _playwright_folder(given)
    for pattern in _PLAYWRIGHTS:
        yield from sorted(folder.glob(pattern), key=_revision, reverse=True)
    for name in _ON_PATH:
        if found := shutil.which(name, path=given.get("PATH")):
            yield Path(found)


def _playwright_folder(given: Mapping[str, str]) -> Path:
    chosen = given.get("PLAYWRIGHT_BROWSERS_PATH")
    if chosen == "0":  # inside the package
        site_packages = sysconfig.get_path("purelib")
        return Path(site_packages, "playwright", "driver", "package", ".local-browsers")
    if chosen:
        return Path(chosen)
    home = Path(given.get("HOME") or "~").expanduser()
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "ms-playwright"
    return Path(given.get("XDG_CACHE_HOME") or home / ".cache") / "ms-playwright"


def _revision(path: Path) -> int:
    found = re.search(r"chromium(?:_headless_shell)?-(\d+)", str(path))
    return int(found.group(1)) if found else 0


def _starts(path: Path) -> bool:
    """Start it: a downloaded browser may lack the system's libraries."""
    try:
        answer = subprocess.run(  # noqa: S603 -- the path of a browser
            [path, "--version"],
            capture_output=True,
            check=False,
            timeout=_VERSION_WITHIN_S,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0


def _installations() -> Iterator[tuple[str, ...]]:
    yield (sys.executable, "-m", "playwright", "install", "--only-shell", "chromium")
    if os.geteuid() == 0 and shutil.which("apt-get"):
        update = "apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q install -y "
        # Playwright's driver needs libatomic1, which a minimal Debian lacks.
        packages = "--no-install-recommends chromium-headless-shell libatomic1"
        yield ("sh", "-c", update + packages)
