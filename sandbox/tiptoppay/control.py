"""The stand-in's own API for tests and trials, under `/_control/`: payers, clock, mishaps."""

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from sandbox.tiptoppay import bank, shapes
from sandbox.tiptoppay.book import KINDS, Operation, Status
from sandbox.tiptoppay.declines import BadDecline, read_decline
from sandbox.tiptoppay.faults import BadFault, read_fault
from sandbox.tiptoppay.gate import Gate
from sandbox.tiptoppay.orders import BadOrder, Order, read_order
from sandbox.tiptoppay.outbox import MISHAPS, Mishap
from sandbox.tiptoppay.payments import NotPossible
from sandbox.tiptoppay.routes import Call, Handler, Route
from sandbox.tiptoppay.switches import BadSwitch
from sandbox.tiptoppay.till import Till
from sandbox.tiptoppay.world import World
from sandbox.waha.wire import Answer, json_answer

_BAD: Final = (BadOrder, BadFault, BadDecline, BadSwitch, NotPossible)


@dataclass(frozen=True, slots=True)
class Payers:
    """People who pay, and what the provider has in its books."""

    world: World
    till: Till

    def routes(self) -> list[Route]:
        return _ours(
            ("GET", "cards", self.cards),
            ("POST", "widget/pay", self.pay_widget),
            ("POST", "links/pay", self.pay_link),
            ("POST", "3ds", self.authenticate),
            ("GET", "operations", self.operations),
            ("GET", "links", self.links),
            ("GET", "schedules", self.schedules),
        )

    async def cards(self, _order: Order) -> Any:
        return {"cards": bank.listed()}

    async def pay_widget(self, order: Order) -> Any:
        """Pay as the widget would have been started: `widget` are its parameters."""
        widget = order.body.get("widget")
        if not isinstance(widget, dict):
            raise BadOrder("widget is an object: the widget's parameters.")
        one = await self.till.pay_widget(widget, order.text("card"))
        return await self._asked_by_bank(one, order)

    async def pay_link(self, order: Order) -> Any:
        """Pay at a link, named by its own id or by its invoice."""
        link = self.till.link(order.text("link"))
        return await self._asked_by_bank(await self.till.pay_link(link, order.text("card")), order)

    async def authenticate(self, order: Order) -> Any:
        """Answer the bank's question about a payment that waits for it."""
        one = self.world.book.operations.get(order.whole("transaction_id"))
        if one is None:
            raise BadOrder("There is no such transaction.")
        await self.till.authenticate(one, passes=order.flag("passes") is not False)
        return self._shown(one)

    async def operations(self, order: Order) -> Any:
        """Everything that moved money or was to move it, oldest first."""
        invoice_id, account_id = order.query.get("invoice"), order.query.get("account")
        found = [
            self._shown(one)
            for one in self.world.book.operations.values()
            if invoice_id in (None, one.asked.invoice_id)
            and account_id in (None, one.asked.account_id)
        ]
        return {"operations": found}

    async def links(self, _order: Order) -> Any:
        links = self.world.book.links.values()
        return {"links": [shapes.link(one, home=self.world.home) for one in links]}

    async def schedules(self, _order: Order) -> Any:
        return {"schedules": [shapes.schedule(one) for one in self.world.book.schedules.values()]}

    async def _asked_by_bank(self, one: Operation, order: Order) -> Any:
        """The payer answers the bank at once, unless `passes` is null: then nobody does."""
        if one.status is Status.AWAITING and order.body.get("passes", True) is not None:
            await self.till.authenticate(one, passes=order.flag("passes") is not False)
        return self._shown(one)

    def _shown(self, one: Operation) -> dict[str, Any]:
        world = self.world
        return shapes.operation(one, public_id=world.environment.public_id, is_test=world.is_test)


@dataclass(frozen=True, slots=True)
class Control:
    """The stand-in itself: clock, switches, faults, and what it heard and told."""

    world: World
    gate: Gate

    def routes(self) -> list[Route]:
        return _ours(
            ("GET", "health", self.health),
            ("POST", "quiet", self.quiet),
            ("POST", "reset", self.reset),
            ("GET", "clock", self.clock),
            ("POST", "clock", self.change_clock),
            ("GET", "settings", self.settings),
            ("POST", "settings", self.change_settings),
            ("GET", "faults", self.faults),
            ("POST", "faults", self.order_fault),
            ("DELETE", "faults", self.clear_faults),
            ("GET", "declines", self.declines),
            ("POST", "declines", self.order_decline),
            ("DELETE", "declines", self.clear_declines),
            ("GET", "requests", self.requests),
            ("DELETE", "requests", self.forget_requests),
            ("GET", "notifications", self.notifications),
            ("POST", "notifications", self.spoil_notifications),
            ("POST", "notifications/repeat", self.repeat_notification),
        )

    async def health(self, _order: Order) -> Any:
        world = self.world
        return {
            "ok": True,
            "pid": os.getpid(),
            "now": world.clock.now(),
            "operations": len(world.book.operations),
            "under_way": world.business.count,
            "at_once": self.gate.at_once,
            "most_at_once": self.gate.most_at_once,
        }

    async def quiet(self, order: Order) -> Any:
        """Wait until everything that is due was done and told."""
        await self.world.business.wait()
        return await self.health(order)

    async def reset(self, order: Order) -> Any:
        """Forget everything but the time."""
        await self.world.begin_anew()
        self.gate.forget()
        return await self.health(order)

    async def clock(self, _order: Order) -> Any:
        return {"now": self.world.clock.now(), "scale": self.world.clock.scale}

    async def change_clock(self, order: Order) -> Any:
        """Jump ahead and do what fell due, or run at another pace."""
        scale = order.amount("scale")
        if scale:
            self.world.clock.run_at(scale)
        self.world.clock.advance(order.amount("advance_s"))
        self.world.agenda.settle()
        return await self.clock(order)

    async def settings(self, _order: Order) -> Any:
        return self.world.switches.as_dict()

    async def change_settings(self, order: Order) -> Any:
        self.world.switches.change(order.body)
        return self.world.switches.as_dict()

    async def faults(self, _order: Order) -> Any:
        endpoints = sorted(self.gate.routes.names())
        return {"faults": self.world.faults.listed(), "endpoints": endpoints}

    async def order_fault(self, order: Order) -> Any:
        fault = read_fault(order.body, endpoints=self.gate.routes.names())
        self.world.faults.ordered.append(fault)
        return await self.faults(order)

    async def clear_faults(self, order: Order) -> Any:
        self.world.faults.ordered.clear()
        return await self.faults(order)

    async def declines(self, _order: Order) -> Any:
        return {"declines": self.world.declines.listed()}

    async def order_decline(self, order: Order) -> Any:
        self.world.declines.ordered.append(read_decline(order.body))
        return await self.declines(order)

    async def clear_declines(self, order: Order) -> Any:
        self.world.declines.ordered.clear()
        return await self.declines(order)

    async def requests(self, order: Order) -> Any:
        """Calls after `since`, oldest first."""
        since = order.query.get("since", "0")
        found = self.world.journal.since(
            int(since) if since.isdigit() else 0, endpoint=order.query.get("endpoint")
        )
        return {"requests": list(found), "next": self.world.journal.latest}

    async def forget_requests(self, _order: Order) -> Any:
        self.world.journal.forget()
        return {"next": self.world.journal.latest}

    async def notifications(self, _order: Order) -> Any:
        return {"tries": self.world.outbox.listed()}

    async def spoil_notifications(self, order: Order) -> Any:
        """The next ones of a kind are lost, or come twice or late."""
        what = order.one_of("what", MISHAPS)
        kind = order.one_of("kind", (*KINDS, "*"), usual="*")
        count = int(order.amount("count", usual=1))
        self.world.outbox.mishaps.append(Mishap(what, kind, max(1, count)))
        return await self.notifications(order)

    async def repeat_notification(self, order: Order) -> Any:
        """Send one again, by the number that its tries have."""
        if not self.world.outbox.repeat(order.whole("number")):
            raise BadOrder("There is no such notification.")
        return await self.notifications(order)


def _ours(*rows: tuple[str, str, Callable[[Order], Awaitable[Any]]]) -> list[Route]:
    return [Route(method, f"/_control/{path}", _answered(order)) for method, path, order in rows]


def _answered(handler: Callable[[Order], Awaitable[Any]]) -> Handler:
    """Answer JSON: 400 with a sentence when the order makes no sense."""

    async def answered(call: Call) -> Answer:
        try:
            return json_answer(await handler(read_order(call.request)))
        except _BAD as bad:
            return json_answer({"error": str(bad)}, status=400)

    return answered
