"""Files of NAME=value lines, as `.env` is."""

import os
from collections.abc import Mapping
from pathlib import Path

_QUOTES = "'\""


def read_env(path: Path) -> dict[str, str]:
    """Read what is there; a file that is not there holds nothing."""
    try:
        lines = path.read_text().splitlines()
    except FileNotFoundError:
        return {}
    values = {}
    for line in lines:
        name, is_assignment, value = line.strip().removeprefix("export ").partition("=")
        if is_assignment and not name.startswith("#"):
            values[name.strip()] = _plain(value.strip())
    return values


def write_env(path: Path, values: Mapping[str, str]) -> None:
    """Write all at once, readable by us only: it may hold secrets."""
    making = path.with_name(f"{path.name}.new")
    making.unlink(missing_ok=True)
    with os.fdopen(os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.writelines(f"{name}={value}\n" for name, value in values.items())
    making.replace(path)


def _plain(value: str) -> str:
    for quote in _QUOTES:
        if value.startswith(quote) and quote in value[1:]:
            return value[1 : value.index(quote, 1)]
    return value.split(" #", maxsplit=1)[0].rstrip()
