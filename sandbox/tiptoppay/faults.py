"""Faults to order: what goes wrong, at which endpoint, how often, and for whom."""

from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from typing import Any, Final

ANYWHERE: Final = "*"
STATUSES: Final = {
    "301": 301,
    "401": 401,
    "404": 404,
    "429": 429,
    "500": 500,
    "502": 502,
    "503": 503,
}
# A connection that breaks at once, or answers nothing for `timeout_s` and breaks then.
BROKEN: Final = ("reset", "hang")
KINDS: Final = (*STATUSES, *BROKEN, "slow", "truncated")
_LONG_S: Final = 300.0


class BadFault(ValueError):
    """A fault that cannot be ordered; the text says why."""


@dataclass(slots=True)
class Fault:
    """One ordered fault. `after` lets the call do its work and spoils only the answer."""

    endpoint: str
    kind: str
    count: int | None = None
    # The account or the invoice that it strikes; anybody's where it names none.
    whose: str | None = None
    # So many calls that it would have struck go by first.
    skip: int = 0
    after: bool = False
    timeout_s: float = _LONG_S

    @property
    def does_work(self) -> bool:
        return self.after or self.kind in ("slow", "truncated")


@dataclass(slots=True)
class Faults:
    """The faults in force, in the order in which they were ordered."""

    ordered: list[Fault] = field(default_factory=list)

    def take(self, endpoint: str, names: Collection[str]) -> Fault | None:
        """The fault that strikes this call, if one does; uses up one of its count."""
        for fault in self.ordered:
            is_meant = fault.whose is None or fault.whose in names
            if fault.endpoint not in (endpoint, ANYWHERE) or not is_meant:
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            self._use_up(fault)
            return fault
        return None

    def listed(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self.ordered]

    def _use_up(self, fault: Fault) -> None:
        if fault.count is not None:
            fault.count -= 1
            if fault.count <= 0:
                self.ordered.remove(fault)


def read_fault(wanted: dict[str, Any], *, endpoints: Collection[str]) -> Fault:
    """Read an ordered fault. Raises BadFault."""
    unknown = set(wanted) - set(Fault.__slots__)
    if unknown:
        raise BadFault(f"A fault has no {', '.join(sorted(unknown))}.")
    fault = Fault(**{"endpoint": "", "kind": "", **wanted})
    if fault.endpoint not in {*endpoints, ANYWHERE}:
        raise BadFault(f"endpoint is one of *, {', '.join(sorted(endpoints))}.")
    if fault.kind not in KINDS:
        raise BadFault(f"kind is one of {', '.join(KINDS)}.")
    if fault.count is not None and (type(fault.count) is not int or fault.count < 1):
        raise BadFault("count is a whole number above zero.")
    if type(fault.skip) is not int or fault.skip < 0:
        raise BadFault("skip is a whole number not below zero.")
    if type(fault.timeout_s) not in {int, float} or fault.timeout_s < 0:
        raise BadFault("timeout_s is a number not below zero.")
    if not isinstance(fault.after, bool):
        raise BadFault("after is true or false.")
    return fault
