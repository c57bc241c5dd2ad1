"""Faults to order: what goes wrong, where, how often, and for whom."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import asdict, dataclass, field
from random import Random
from typing import Any, Final

from aiohttp import web

from sandbox.dice import dice

ANYWHERE: Final = "*"

# What is answered instead of the truth. The request takes no effect, unless `after` is set.
INSTEAD: Final = (
    *("302", "401", "403html", "403json", "405", "429", "500", "502", "503", "504"),
    *("html200", "empty", "errors", "reset", "timeout"),
)
# What becomes of a true answer on its way.
BODIES: Final = ("truncated", "bom", "extra", "missing", "nulls", "renamed", "nested", "floats")
PAGES: Final = ("text", "duplicates", "drift")
ENCODED: Final = ("gzip", "br", "zstd")
SENDING: Final = ("stall", "slow", "cut", "abroad")
# What becomes of a push that was accepted.
JOBS: Final = ("lostjob", "silentjob", "late", "twice")
KINDS: Final = (*INSTEAD, *BODIES, *PAGES, *ENCODED, *SENDING, *JOBS)

_DEFAULT_TIMEOUT_S = 60.0
_DEFAULT_DELAY_S = 600.0
_PUSHES: Final = ("push", "batch")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class BadFault(ValueError):
    """A fault that cannot be ordered; the text says why."""


@dataclass(slots=True)
class Fault:
    """One ordered fault. `after` lets the request take effect and spoils only the answer."""

    endpoint: str
    kind: str
    count: int | None = None
    probability: float = 1.0
    merchant_id: str | None = None
    # So many requests it would have struck go by first.
    skip: int = 0
    after: bool = False
    # How long a connection hangs, stalls or drips.
    timeout_s: float = _DEFAULT_TIMEOUT_S
    # How much later a push is applied, or applied again, on the sandbox's clock.
    delay_s: float = _DEFAULT_DELAY_S
    retry_after_s: int | None = None
    # Which fields are missing or null.
    fields: tuple[str, ...] = ()


@dataclass(slots=True)
class Faults:
    """The faults in force, by endpoint."""

    by_endpoint: dict[str, list[Fault]] = field(default_factory=dict)
    chance: Random = field(default_factory=lambda: dice("faults"))

    def order(self, fault: Fault) -> None:
        self.by_endpoint.setdefault(fault.endpoint, []).append(fault)

    def clear(self, endpoint: str | None = None) -> None:
        if endpoint is None:
            self.by_endpoint.clear()
        else:
            self.by_endpoint.pop(endpoint, None)

    def listed(self) -> list[dict[str, Any]]:
        return [asdict(fault) for faults in self.by_endpoint.values() for fault in faults]

    def take(self, endpoint: str, merchant_ids: Collection[str | None]) -> Fault | None:
        """The fault that strikes this request, if one does; uses up one of its count."""
        for name in (endpoint, ANYWHERE):
            for fault in self.by_endpoint.get(name, ()):
                if self._strikes(fault, endpoint, merchant_ids):
                    if fault.count is not None:
                        self._use_up(fault)
                    return fault
        return None

    def _strikes(self, fault: Fault, endpoint: str, merchant_ids: Collection[str | None]) -> bool:
        if fault.merchant_id is not None and fault.merchant_id not in merchant_ids:
            return False
        if fault.kind in JOBS and endpoint not in _PUSHES:
            return False
        if fault.probability < 1 and self.chance.random() >= fault.probability:
            return False
        if fault.skip:
            fault.skip -= 1
            return False
        return True

    def _use_up(self, fault: Fault) -> None:
        fault.count = (fault.count or 0) - 1
        if fault.count <= 0:
            self.by_endpoint[fault.endpoint].remove(fault)
            if not self.by_endpoint[fault.endpoint]:
                del self.by_endpoint[fault.endpoint]


def read_fault(wanted: Any, *, endpoints: frozenset[str]) -> Fault:
    """Read an ordered fault. Raises BadFault."""
    if not isinstance(wanted, dict):
        raise BadFault("A fault is an object.")
    unknown = set(wanted) - set(Fault.__slots__)
    if unknown:
        raise BadFault(f"A fault has no {', '.join(sorted(unknown))}.")
    fault = Fault(**{"endpoint": "", "kind": "", **wanted})
    if fault.endpoint not in {*endpoints, ANYWHERE}:
        raise BadFault(f"endpoint is one of *, {', '.join(sorted(endpoints))}.")
    if fault.kind not in KINDS:
        raise BadFault(f"kind is one of {', '.join(KINDS)}.")
    if fault.kind in JOBS and fault.endpoint not in {*_PUSHES, ANYWHERE}:
        raise BadFault(f"Only push and batch can have a {fault.kind}.")
    _check_amounts(fault)
    _check_scope(fault)
    return fault


def _check_amounts(fault: Fault) -> None:
    if fault.count is not None and not _is_whole(fault.count, lowest=1):
        raise BadFault("count is a whole number above zero.")
    if not _is_whole(fault.skip, lowest=0):
        raise BadFault("skip is a whole number not below zero.")
    if fault.retry_after_s is not None and not _is_whole(fault.retry_after_s, lowest=0):
        raise BadFault("retry_after_s is a whole number of seconds.")
    for name in ("probability", "timeout_s", "delay_s"):
        value = getattr(fault, name)
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise BadFault(f"{name} is a number not below zero.")
    if fault.probability > 1:
        raise BadFault("probability is from 0 to 1.")


def _check_scope(fault: Fault) -> None:
    if not isinstance(fault.after, bool):
        raise BadFault("after is true or false.")
    if fault.merchant_id is not None and not isinstance(fault.merchant_id, str):
        raise BadFault("merchant_id is text.")
    names: Any = fault.fields
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise BadFault("fields is a list of names.")
    fault.fields = tuple(names)


def _is_whole(value: Any, *, lowest: int) -> bool:
    return type(value) is int and value >= lowest
