"""What is to run, as plain values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGTERM
from typing import Any

from cube_demper.local.service_user import ServiceUser


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A program to start once the steps named in ``after`` are ready (or, for errands, done)."""

    name: str
    command: tuple[str, ...]
    after: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    runs_as: ServiceUser | None = None
    folder: Path | None = None
    """Where it runs, if not in the project: another user may not enter that."""
    hears: Callable[[Mapping[str, Any]], None] | None = None
    """Is told the lines that are JSON objects; they are not shown then."""
    stop_signal: int = SIGTERM


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand(Step):
    """Runs once and must succeed, unless it is optional."""

    is_optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Service(Step):
    """Runs until we stop, and is started again when it dies.

    Ready when ``answers`` says so, or when it wrote a line that ``says`` accepts; at once if
    neither is given.
    """

    answers: Callable[[], bool] | None = None
    says: Callable[[str], bool] | None = None
    ready_within_s: float = 60.0
