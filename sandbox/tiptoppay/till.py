"""Where payers pay: in the widget, or at a payment link."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sandbox.tiptoppay import figures, shapes
from sandbox.tiptoppay.bank import card_of
from sandbox.tiptoppay.book import Asked, Link, Operation, Status
from sandbox.tiptoppay.payments import NotPossible, Payments
from sandbox.tiptoppay.schedules import Schedules
from sandbox.tiptoppay.world import World

_BEHAVIOURS: Final = {"CreateWeekly": "Week", "CreateMonthly": "Month"}
_PAID: Final = (Status.COMPLETED, Status.AUTHORIZED)


@dataclass(frozen=True, slots=True)
class Till:
    """Takes a card. `ways_back` are the addresses for who paid and for who did not."""

    world: World
    payments: Payments
    schedules: Schedules
    ways_back: dict[int, tuple[str, str]] = field(default_factory=dict)

    def link(self, link_id: str) -> Link:
        """A link by its id, or by the invoice it is for."""
        links = self.world.book.links
        for link in (links.get(link_id), *reversed(links.values())):
            if link is not None and link_id in (link.id, link.asked.invoice_id):
                return link
        raise NotPossible("Order not found")

    async def pay_link(self, link: Link, card: str) -> Operation:
        if link.status != "Created":
            raise NotPossible("Order is not awaiting payment")
        return await self._pay(link.asked, card, link.success_url, link.fail_url)

    async def pay_widget(self, widget: Mapping[str, Any], card: str) -> Operation:
        """Pay as a page asked the widget to be started."""
        success, fail = str(widget.get("successRedirectUrl") or ""), widget.get("failRedirectUrl")
        return await self._pay(read_widget(widget), card, success, str(fail or ""))

    async def authenticate(self, one: Operation, *, passes: bool) -> None:
        """The payer confirms at the bank, or does not."""
        await self.payments.authenticate(one, passes=passes)
        self._follow(one)

    def way_back(self, one: Operation) -> str:
        """Where the payer is sent afterwards; empty where nobody said."""
        success, fail = self.ways_back.get(one.id, ("", ""))
        return success if one.status in _PAID else fail

    async def _pay(self, asked: Asked, card: str, success_url: str, fail_url: str) -> Operation:
        one = await self.payments.by_card(asked, card_of(card))
        self.ways_back[one.id] = (success_url, fail_url)
        self._follow(one)
        return one

    def _follow(self, one: Operation) -> None:
        """Begin the schedule that a link brings with it."""
        link = self.world.book.links.get(one.asked.link_id)
        if link is None or one.status not in _PAID or not (link.behaviour and one.token):
            return
        interval = _BEHAVIOURS[link.behaviour]
        made = self.schedules.begin(
            token=one.token,
            asked=replace(link.asked, link_id="", invoice_id=""),
            interval=interval,
            period=1,
            starts_at=figures.later(self.world.clock.now(), interval, 1),
            max_periods=None,
        )
        made.asked = replace(made.asked, schedule_id=made.id)


def read_widget(widget: Mapping[str, Any]) -> Asked:
    """Understand the widget's parameters. Raises NotPossible."""
    amount = figures.read_amount(widget.get("amount"))
    user = widget.get("userInfo") or {}
    if amount is None or not isinstance(user, dict):
        raise NotPossible("amount is required")
    return Asked(
        amount=amount,
        currency=str(widget.get("currency") or "RUB"),
        invoice_id=str(widget.get("externalId") or ""),
        account_id=str(user.get("accountId") or ""),
        description=str(widget.get("description") or ""),
        email=str(widget.get("receiptEmail") or user.get("email") or ""),
        json_data=shapes.json_text(widget.get("metadata")),
        culture=str(widget.get("culture") or "ru-RU"),
        is_two_step=widget.get("paymentSchema") == "Dual",
        saves_card=widget.get("tokenize") is not False,
    )
