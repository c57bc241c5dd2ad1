"""What becomes of a payment: asked, checked, decided, told; held, taken, let go, given back."""

from dataclasses import dataclass, replace
from typing import Final

from sandbox.tiptoppay import bank, notices
from sandbox.tiptoppay.bank import Card
from sandbox.tiptoppay.book import Asked, Kind, Operation, SavedCard, Status
from sandbox.tiptoppay.world import World

_YEAR_S: Final = 365 * 86_400
_WHOLE: Final = 10_000  # the fee is in hundredths of a percent


class NotPossible(Exception):
    """The provider will not do this; the text is what it answers."""


@dataclass(frozen=True, slots=True)
class Payments:
    """The state machine of one terminal's operations."""

    world: World

    async def by_card(self, asked: Asked, card: Card) -> Operation:
        """Pay by card. One whose bank wants to see the payer stays AwaitingAuthentication."""
        one = self.world.book.begin(asked, card, now=self.world.clock.now())
        if not card.has_3ds:
            await self._decide(one, card.first)
        return one

    async def by_token(self, asked: Asked, saved: SavedCard | None) -> Operation:
        """Pay by a saved card; one that is another terminal's or payer's is declined."""
        world = self.world
        is_known = saved is not None and saved.account_id == asked.account_id
        card = saved.card if saved else bank.card_of("")
        one = world.book.begin(asked, card, now=world.clock.now())
        one.token = saved.token if saved else ""
        await self._decide(one, card.by_token if is_known else bank.FOREIGN_TOKEN)
        return one

    async def authenticate(self, one: Operation, *, passes: bool) -> None:
        """Go on with a payment whose payer the bank has seen, or has not."""
        if one.status is not Status.AWAITING:
            raise NotPossible("Transaction has already been processed")
        if passes:
            await self._decide(one, one.card.first)
        else:
            self._finish(one, bank.THREE_DS_FAILED)
            self._tell("fail", one)

    async def confirm(self, one: Operation, amount: int) -> None:
        if one.status is not Status.AUTHORIZED:
            raise NotPossible("Transaction is not authorized")
        if amount > one.amount:
            raise NotPossible("Amount is greater than the authorized one")
        one.amount, one.status = amount, Status.COMPLETED
        one.confirmed_at = self.world.clock.now()
        one.fee = self._fee(one)
        self._tell("confirm", one)

    async def void(self, one: Operation) -> None:
        if one.status is not Status.AUTHORIZED:
            raise NotPossible("Transaction is not authorized")
        self._let_go(one)

    async def refund(self, one: Operation, amount: int) -> Operation:
        """Give back all or a part of what was paid; gives the refund."""
        world = self.world
        now = world.clock.now()
        if one.kind is not Kind.PAYMENT or one.status is not Status.COMPLETED:
            raise NotPossible("Transaction is not completed")
        if now - one.created_at > _YEAR_S:
            raise NotPossible("Transaction is too old to be refunded")
        if one.refunded + amount > one.amount:
            raise NotPossible("Amount is greater than what is left of the payment")
        one.refunded += amount
        back = world.book.begin(replace(one.asked, amount=amount), one.card, now=now)
        back.kind, back.refunds_id, back.status = Kind.REFUND, one.id, Status.COMPLETED
        back.decided_at = back.confirmed_at = now
        world.outbox.announce("refund", notices.refund(back, at=now))
        return back

    def hold(self, one: Operation) -> None:
        """Let go of what is held, in so many days from when it was."""
        until = (one.decided_at or one.created_at) + self.world.switches.held_s
        self.world.agenda.at(until, lambda: self._let_go(one))

    async def _decide(self, one: Operation, code: int) -> None:
        """Ask the shop, then the bank, and tell what they said."""
        world = self.world
        ordered = world.declines.take(one)
        if ordered:
            code = ordered.code
        if ordered and ordered.retry_after_s is not None:
            one.retry_after = world.clock.now() + ordered.retry_after_s
        if code == bank.FINE and world.switches.early_pay == "check":
            self._finish(one, code)
            await world.outbox.announce_now("pay", self._written("pay", one))
            await world.outbox.ask(self._written("check", one))
            return
        refused = await world.outbox.ask(self._written("check", one))
        if world.switches.bank_s:
            await world.sleep(world.switches.bank_s)
        self._finish(one, refused or code)
        if one.reason_code:
            self._tell("fail", one)
        elif world.switches.early_pay == "call":
            await world.outbox.announce_now("pay", self._written("pay", one))
        else:
            self._tell("pay", one)

    def _finish(self, one: Operation, code: int) -> None:
        world = self.world
        one.reason_code, one.decided_at = code, world.clock.now()
        if code:
            one.status = Status.DECLINED
            return
        one.fee = self._fee(one)
        if one.asked.account_id and one.asked.saves_card and world.switches.saves_cards:
            one.token = world.book.save_card(one.card, one.asked.account_id)
        link = world.book.links.get(one.asked.link_id)
        if link is not None:
            link.status, link.paid_at = "Paid", one.decided_at
        if one.asked.is_two_step:
            one.status = Status.AUTHORIZED
            self.hold(one)
            return
        one.status, one.confirmed_at = Status.COMPLETED, one.decided_at

    def _let_go(self, one: Operation) -> None:
        """Cancel a payment that is held; one that was taken meanwhile stays."""
        if one.status is not Status.AUTHORIZED:
            return
        one.status = Status.CANCELLED
        now = self.world.clock.now()
        self.world.outbox.announce("cancel", notices.cancel(one, at=now))

    def _fee(self, one: Operation) -> int:
        return round(one.amount * self.world.switches.fee / _WHOLE)

    def _tell(self, kind: str, one: Operation) -> None:
        self.world.outbox.announce(kind, self._written(kind, one))

    def _written(self, kind: str, one: Operation) -> notices.Fields:
        world = self.world
        return notices.payment(kind, one, is_test=world.is_test, at=world.clock.now())
