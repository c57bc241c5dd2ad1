"""Faults to order: what goes wrong, where, how often, and for which session."""

from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from typing import Any, Final

ANYWHERE: Final = "*"
STATUSES: Final = {"401": 401, "404": 404, "422": 422, "500": 500, "502": 502, "503": 503}
# A connection that breaks at once, or answers nothing for `timeout_s` and breaks then.
BROKEN: Final = ("reset", "hang")
KINDS: Final = (*STATUSES, *BROKEN, "slow", "truncated")
_LONG_S: Final = 60.0


class BadFault(ValueError):
    """A fault that cannot be ordered; the text says why."""


@dataclass(slots=True)
class Fault:
    """One ordered fault. `after` lets the request take effect and spoils only the answer."""

    endpoint: str
    kind: str
    count: int | None = None
    session: str | None = None
    # So many requests it would have struck go by first.
    skip: int = 0
    after: bool = False
    timeout_s: float = _LONG_S


@dataclass(slots=True)
class Faults:
    """The faults in force, in the order in which they were ordered."""

    ordered: list[Fault] = field(default_factory=list)

    def take(self, endpoint: str, session: str | None) -> Fault | None:
        """The fault that strikes this request, if one does; uses up one of its count."""
        for fault in self.ordered:
            if fault.endpoint in (endpoint, ANYWHERE) and fault.session in (None, session):
                if fault.skip:
                    fault.skip -= 1
                    continue
                self._use_up(fault)
                return fault
        return None

    def clear(self, endpoint: str | None = None) -> None:
        left = self.ordered if endpoint else []
        self.ordered = [fault for fault in left if fault.endpoint != endpoint]

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
