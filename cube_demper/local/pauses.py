"""How long to wait before a dead program is started again."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pauses:
    """Pauses double from the first to the longest; a program that lived a while starts afresh."""

    first_s: float = 0.5
    longest_s: float = 15.0
    forgiven_after_s: float = 30.0

    def next(self, *, previous_s: float | None, lived_s: float) -> float:
        if previous_s is None or lived_s >= self.forgiven_after_s:
            return self.first_s
        return min(previous_s * 2, self.longest_s)
