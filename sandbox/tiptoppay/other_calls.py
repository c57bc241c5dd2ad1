"""The provider's calls about payment links, schedules, addresses, and whether it is there."""

import secrets
import uuid
from dataclasses import dataclass, replace
from typing import Any, Final

from sandbox.tiptoppay import figures, shapes
from sandbox.tiptoppay.book import KINDS, Link, Schedule, told
from sandbox.tiptoppay.params import BadParams, Params
from sandbox.tiptoppay.payments import NotPossible
from sandbox.tiptoppay.routes import Call, Handler, Route, posts
from sandbox.tiptoppay.schedules import Schedules
from sandbox.tiptoppay.world import World
from sandbox.waha.wire import Answer

_INTERVALS: Final = ("Day", "Week", "Month")
_BEHAVIOURS: Final = ("", "CreateWeekly", "CreateMonthly")
_LONGEST: Final = {"Day": 366, "Week": 53, "Month": 12}


@dataclass(frozen=True, slots=True)
class OtherCalls:
    world: World
    schedules: Schedules

    def routes(self) -> list[Route]:
        addresses: dict[str, Handler] = {}
        for kind in KINDS:
            for word in (kind, kind.capitalize()):
                addresses[f"/site/notifications/{word}/get"] = self.address
                addresses[f"/site/notifications/{word}/update"] = self.change_address
        return posts(
            {
                "/test": self.test,
                "/orders/create": self.make_link,
                "/orders/cancel": self.cancel_link,
                "/subscriptions/create": self.make_schedule,
                "/subscriptions/get": self.schedule,
                "/subscriptions/find": self.schedules_of,
                "/subscriptions/update": self.change_schedule,
                "/subscriptions/cancel": self.cancel_schedule,
                **addresses,
            }
        )

    async def test(self, _call: Call) -> Answer:
        return shapes.envelope(message=str(uuid.uuid4()))

    async def make_link(self, call: Call) -> Answer:
        params, world = call.params, self.world
        behaviour = params.text("SubscriptionBehavior")
        params.some("Description")
        if behaviour not in _BEHAVIOURS:
            raise BadParams("SubscriptionBehavior is invalid")
        link_id = secrets.token_hex(8)
        asked = params.asked(is_two_step=params.flag("RequireConfirmation"), link_id=link_id)
        link = Link(
            link_id,
            world.book.next_link_number(),
            asked,
            world.clock.now(),
            phone=params.text("Phone"),
            success_url=params.text("SuccessRedirectUrl"),
            fail_url=params.text("FailRedirectUrl"),
            behaviour=behaviour,
        )
        world.book.links[link.id] = link
        return shapes.envelope(shapes.link(link, home=world.home))

    async def cancel_link(self, call: Call) -> Answer:
        link = self.world.book.links.get(call.params.some("Id"))
        if link is None:
            raise NotPossible("Order not found")
        if link.status != "Created":
            raise NotPossible("Order is not awaiting payment")
        link.status = "Canceled"
        return shapes.envelope()

    async def make_schedule(self, call: Call) -> Answer:
        params = call.params
        for name in ("Token", "AccountId", "Description", "Currency", "RequireConfirmation"):
            params.some(name)
        starts_at = self._start(params)
        interval, period = _timetable(params.text("Interval"), params.whole("Period"))
        made = self.schedules.begin(
            token=params.some("Token"),
            asked=params.asked(is_two_step=params.flag("RequireConfirmation")),
            interval=interval,
            period=period,
            starts_at=starts_at,
            max_periods=params.whole("MaxPeriods"),
        )
        made.asked = replace(made.asked, schedule_id=made.id)
        return shapes.envelope(shapes.schedule(made))

    async def schedule(self, call: Call) -> Answer:
        return shapes.envelope(shapes.schedule(self._known(call)))

    async def schedules_of(self, call: Call) -> Answer:
        account_id = call.params.some("AccountId")
        found = self.world.book.schedules.values()
        return shapes.envelope(
            [shapes.schedule(one) for one in found if one.asked.account_id == account_id]
        )

    async def change_schedule(self, call: Call) -> Answer:
        """Change what is named, and begin one anew that was over, as the original does."""
        params, one = call.params, self._known(call)
        changed: dict[str, Any] = {}
        if "Amount" in params.given:
            changed["amount"] = params.amount()
        for name, ours in (("Currency", "currency"), ("Description", "description")):
            if params.text(name):
                changed[ours] = params.text(name)
        timetable = _timetable(
            params.text("Interval") or one.interval, params.whole("Period") or one.period
        )
        starts_at = self._start(params) if params.text("StartDate") else one.starts_at
        one.asked = replace(one.asked, **changed)
        one.interval, one.period = timetable
        one.starts_at = starts_at
        one.max_periods = params.whole("MaxPeriods") or one.max_periods
        self.schedules.revive(one)
        return shapes.envelope(shapes.schedule(one))

    async def cancel_schedule(self, call: Call) -> Answer:
        self.schedules.cancel(self._known(call))
        return shapes.envelope()

    async def address(self, call: Call) -> Answer:
        return shapes.envelope(told(self.world.book.addresses[_kind(call)]))

    async def change_address(self, call: Call) -> Answer:
        params, address = call.params, self.world.book.addresses[_kind(call)]
        if "IsEnabled" in params.given:
            address.IsEnabled = params.flag("IsEnabled")
        address.Address = params.text("Address") or address.Address
        address.HttpMethod = params.text("HttpMethod").upper() or "GET"
        address.Encoding = params.text("Encoding") or address.Encoding
        address.Format = params.text("Format") or address.Format
        return shapes.envelope()

    def _known(self, call: Call) -> Schedule:
        one = self.world.book.schedules.get(call.params.some("Id"))
        if one is None:
            raise NotPossible("Not found")
        return one

    def _start(self, params: Params) -> float:
        starts_at = figures.read_moment(params.some("StartDate"))
        if starts_at is None or starts_at <= self.world.clock.now():
            raise BadParams("StartDate must be in the future")
        return starts_at


def _timetable(interval: str, period: int | None) -> tuple[str, int]:
    if interval not in _INTERVALS:
        raise BadParams("Interval is invalid")
    if period is None or not 1 <= period <= _LONGEST[interval]:
        raise BadParams("Period is invalid")
    return interval, period


def _kind(call: Call) -> str:
    """The kind that a path names: /site/notifications/pay/get."""
    return call.request.steps[2].lower()
