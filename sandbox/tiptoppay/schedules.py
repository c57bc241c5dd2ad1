"""Charges by the provider's own timetable."""

import secrets
from dataclasses import dataclass
from functools import partial
from typing import Final

from sandbox.tiptoppay import figures, notices
from sandbox.tiptoppay.book import Asked, Schedule
from sandbox.tiptoppay.payments import Payments
from sandbox.tiptoppay.world import World

ALIVE: Final = ("Active", "PastDue")
_FAILURES_MOST: Final = 3


@dataclass(frozen=True, slots=True)
class Schedules:
    """Plans charges, makes them, and tells when a schedule changed its state."""

    world: World
    payments: Payments

    def begin(
        self,
        *,
        token: str,
        asked: Asked,
        interval: str,
        period: int,
        starts_at: float,
        max_periods: int | None,
    ) -> Schedule:
        made = Schedule(
            id=f"sc_{secrets.token_hex(15)}",
            token=token,
            asked=asked,
            interval=interval,
            period=period,
            starts_at=starts_at,
            max_periods=max_periods,
        )
        self.world.book.schedules[made.id] = made
        self.plan(made, starts_at)
        return made

    def plan(self, one: Schedule, when: float) -> None:
        """Charge at a time, and not at any that was planned before."""
        one.plan += 1
        one.next_at = when
        self.world.agenda.at(when, partial(self._fall_due, one, one.plan))

    def resume(self) -> None:
        """Plan anew what was planned when the stand-in was stopped."""
        for one in self.world.book.schedules.values():
            if one.status in ALIVE and one.next_at is not None:
                self.plan(one, one.next_at)

    def cancel(self, one: Schedule) -> None:
        self._end(one, "Cancelled")

    def revive(self, one: Schedule) -> None:
        """Go on, also after the end: what the original does on every update, without a word."""
        now = self.world.clock.now()
        if one.status not in ALIVE:
            one.status, one.failed_in_a_row = "Active", 0
        self.plan(one, _first_after(one, now))

    def _fall_due(self, one: Schedule, plan: int) -> None:
        if one.plan == plan and one.status in ALIVE:
            self.world.launch(self._charge(one, plan))

    async def _charge(self, one: Schedule, plan: int) -> None:
        world = self.world
        due_at = one.next_at or world.clock.now()
        payment = await self.payments.by_token(one.asked, world.book.saved.get(one.token))
        one.last_at = world.clock.now()
        if payment.reason_code:
            one.failed, one.failed_in_a_row = one.failed + 1, one.failed_in_a_row + 1
        else:
            one.charged, one.failed_in_a_row = one.charged + 1, 0
        if one.plan != plan:  # somebody changed or ended it meanwhile
            return
        if one.failed_in_a_row >= _FAILURES_MOST:
            self._end(one, "Rejected")
        elif one.failed_in_a_row:
            self._become(one, "PastDue")
            self.plan(one, world.clock.now() + world.switches.retry_s)
        elif one.max_periods is not None and one.charged >= one.max_periods:
            self._end(one, "Expired")
        else:
            self._become(one, "Active")
            self.plan(one, _first_after(one, due_at))

    def _end(self, one: Schedule, status: str) -> None:
        one.plan += 1
        one.next_at = None
        self._become(one, status)

    def _become(self, one: Schedule, status: str) -> None:
        if one.status != status:
            one.status = status
            self.world.outbox.announce("recurrent", notices.recurrent(one))


def _first_after(one: Schedule, moment: float) -> float:
    """The first time of a schedule's timetable that is later than a moment."""
    periods = 0
    while (due_at := figures.later(one.starts_at, one.interval, one.period * periods)) <= moment:
        periods += 1
    return due_at
