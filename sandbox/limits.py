"""The marketplace's limiters: too fast means locked out for a while."""

from collections import deque
from dataclasses import dataclass, field

from sandbox.settings import Settings


@dataclass(slots=True)
class Lock:
    """Recent uses of one thing by one caller, and until when the caller is shut out."""

    used_at: deque[float] = field(default_factory=deque)
    until: float = 0.0

    def take(self, *, now: float, cost: int, most: float, window_s: float, ban_s: float) -> bool:
        """Count `cost` uses; False while shut out, or when `most` in the window is reached."""
        if now < self.until:
            return False
        while self.used_at and self.used_at[0] <= now - window_s:
            self.used_at.popleft()
        if len(self.used_at) + cost >= most:
            self.until = now + ban_s
            self.used_at.clear()
            return False
        self.used_at.extend([now] * cost)
        return True


class Limits:
    """Reads per address; pushes a second and changes per half hour per merchant."""

    def __init__(self, *, settings: Settings) -> None:
        self._settings = settings
        self.reads: dict[str, Lock] = {}
        self.rates: dict[str, Lock] = {}
        self.quotas: dict[str, Lock] = {}

    def may_read_offers(self, *, address: str, now: float) -> bool:
        settings = self._settings
        if not settings.offers_rps:
            return True
        return self.reads.setdefault(address, Lock()).take(
            now=now, cost=1, most=settings.offers_rps, window_s=1.0, ban_s=settings.offers_ban_s
        )

    def may_push(self, *, merchant_id: str, changes: int, now: float) -> bool:
        """Ask both limiters; a merchant locked by either is locked."""
        return self._rate_allows(merchant_id, now) and self._quota_allows(merchant_id, changes, now)

    def forget(self) -> None:
        """Open every lock and forget every count."""
        for locks in (self.reads, self.rates, self.quotas):
            locks.clear()

    def _rate_allows(self, merchant_id: str, now: float) -> bool:
        settings = self._settings
        if not settings.push_rps:
            return True
        return self.rates.setdefault(merchant_id, Lock()).take(
            now=now,
            cost=1,
            most=settings.push_rps * settings.push_window_s,
            window_s=settings.push_window_s,
            ban_s=settings.push_ban_s,
        )

    def _quota_allows(self, merchant_id: str, changes: int, now: float) -> bool:
        settings = self._settings
        if not settings.quota:
            return True
        return self.quotas.setdefault(merchant_id, Lock()).take(
            now=now,
            cost=1 if settings.quota_counts == "requests" else changes,
            # The quota's last change is still allowed; the one after it is not.
            most=settings.quota + 1,
            window_s=settings.quota_window_s,
            ban_s=settings.quota_ban_s,
        )
