"""What the stand-in is told: a handful of variables, read once."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

DEFAULT_PORT: Final = 8025
# What a terminal of no one in particular is opened by; make run and the tests bring their own.
_PUBLIC_ID: Final = "test_api_00000000000000000000000"
_SECRET: Final = "sandbox-secret"  # noqa: S105 -- opens nothing but this stand-in
_PORTS: Final = range(2**16)


class BadEnvironment(Exception):
    """A variable makes no sense; the text is one sentence for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """One terminal and where it is reached. Port 0 is any that is free."""

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    public_id: str = _PUBLIC_ID
    api_secret: str = field(default=_SECRET, repr=False)
    switches: Mapping[str, Any] = field(default_factory=dict)
    time_scale: float = 1.0
    # Where the book is kept from run to run; nowhere where none is named.
    state: Path | None = None
    # Where each kind of notifications goes while nobody says otherwise: this, and its name.
    hooks: str = ""


def read_environment(given: Mapping[str, str]) -> Environment:
    """Read the variables. Raises BadEnvironment."""
    has_state = bool(given.get("TIPTOPPAY_SANDBOX_STATE"))
    return Environment(
        host=given.get("TIPTOPPAY_SANDBOX_HOST", "127.0.0.1"),
        port=_port(given.get("PORT", str(DEFAULT_PORT))),
        public_id=given.get("TIPTOPPAY_PUBLIC_ID") or _PUBLIC_ID,
        api_secret=given.get("TIPTOPPAY_API_SECRET") or _SECRET,
        switches=_switches(given.get("TIPTOPPAY_SANDBOX_SETTINGS", "{}")),
        time_scale=_pace(given.get("TIPTOPPAY_SANDBOX_TIME_SCALE", "1")),
        hooks=given.get("TIPTOPPAY_SANDBOX_HOOKS", ""),
        state=Path(given["TIPTOPPAY_SANDBOX_STATE"]) if has_state else None,
    )


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) not in _PORTS:
        raise BadEnvironment(f"PORT is a whole number up to 65535, not {text!r}.")
    return int(text)


def _pace(text: str) -> float:
    try:
        pace = float(text)
    except ValueError:
        pace = 0.0
    if not 0 < pace < float("inf"):
        raise BadEnvironment(f"TIPTOPPAY_SANDBOX_TIME_SCALE is above zero, not {text!r}.")
    return pace


def _switches(text: str) -> Mapping[str, Any]:
    try:
        wanted = json.loads(text)
    except ValueError:
        wanted = None
    if not isinstance(wanted, dict):
        raise BadEnvironment("TIPTOPPAY_SANDBOX_SETTINGS is a JSON object.")
    return wanted
