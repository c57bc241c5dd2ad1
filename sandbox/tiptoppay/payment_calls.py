"""The provider's calls about payments."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from sandbox.tiptoppay import figures, shapes
from sandbox.tiptoppay.bank import card_of
from sandbox.tiptoppay.book import Kind, Operation, Status
from sandbox.tiptoppay.params import BadParams
from sandbox.tiptoppay.payments import NotPossible, Payments
from sandbox.tiptoppay.routes import Call, Route, posts
from sandbox.tiptoppay.world import World
from sandbox.waha.wire import Answer

_PAGE: Final = 100
PASSED: Final = "passed"


@dataclass(frozen=True, slots=True)
class PaymentCalls:
    world: World
    payments: Payments

    def routes(self) -> list[Route]:
        return posts(
            {
                "/payments/cards/charge": self.charge_card,
                "/payments/cards/auth": self.authorize_card,
                "/payments/cards/post3ds": self.post_3ds,
                "/payments/tokens/charge": self.charge_token,
                "/payments/tokens/auth": self.authorize_token,
                "/payments/tokens/list": self.tokens,
                "/payments/confirm": self.confirm,
                "/payments/void": self.void,
                "/payments/refund": self.refund,
                "/payments/get": self.get,
                "/payments/find": self.find,
                "/v2/payments/find": self.find_anything,
                "/payments/list": self.of_day,
                "/v2/payments/list": self.of_time,
            }
        )

    async def charge_card(self, call: Call) -> Answer:
        return await self._by_card(call, is_two_step=False)

    async def authorize_card(self, call: Call) -> Answer:
        return await self._by_card(call, is_two_step=True)

    async def charge_token(self, call: Call) -> Answer:
        return await self._by_token(call, is_two_step=False)

    async def authorize_token(self, call: Call) -> Answer:
        return await self._by_token(call, is_two_step=True)

    async def post_3ds(self, call: Call) -> Answer:
        one = self._known(call)
        passes = call.params.some("PaRes") == PASSED
        await self.payments.authenticate(one, passes=passes)
        return self._outcome(one)

    async def tokens(self, call: Call) -> Answer:
        page = max(1, call.params.whole("PageNumber") or 1)
        saved = islice(self.world.book.saved.values(), (page - 1) * _PAGE, page * _PAGE)
        return shapes.envelope([shapes.saved_card(one) for one in saved])

    async def confirm(self, call: Call) -> Answer:
        await self.payments.confirm(self._known(call), call.params.amount())
        return shapes.envelope()

    async def void(self, call: Call) -> Answer:
        await self.payments.void(self._known(call))
        return shapes.envelope()

    async def refund(self, call: Call) -> Answer:
        back = await self.payments.refund(self._known(call), call.params.amount())
        return shapes.envelope({"TransactionId": back.id})

    async def get(self, call: Call) -> Answer:
        return self._looked_up(self.world.book.operations.get(call.params.transaction_id()))

    async def find(self, call: Call) -> Answer:
        invoice_id = call.params.some("InvoiceId")
        return self._looked_up(self.world.book.last_with(invoice_id, Kind.PAYMENT))

    async def find_anything(self, call: Call) -> Answer:
        invoice_id = call.params.some("InvoiceId")
        return self._looked_up(self.world.book.last_with(invoice_id, *Kind))

    async def of_day(self, call: Call) -> Answer:
        zones = {"ALMT": self.world.switches.almaty_h, "MSK": 3}
        zone_h = zones.get(call.params.text("TimeZone"), 0)
        bounds = figures.day_bounds(call.params.text("Date"), zone_h)
        if bounds is None:
            raise BadParams("Date is required")
        return self._listed(self.world.book.between(*bounds))

    async def of_time(self, call: Call) -> Answer:
        params = call.params
        since = figures.read_moment(params.text("CreatedDateGte"))
        until = figures.read_moment(params.text("CreatedDateLte"))
        if since is None or until is None:
            raise BadParams("CreatedDateGte and CreatedDateLte are required")
        statuses = params.given.get("Statuses") or list(Status)
        page = max(1, params.whole("PageNumber") or 1)
        found = (one for one in self.world.book.between(since, until) if one.status in statuses)
        return self._listed(islice(found, (page - 1) * _PAGE, page * _PAGE))

    async def _by_card(self, call: Call, *, is_two_step: bool) -> Answer:
        """Pay by card: the packet is the number of a test card, for nobody encrypts here."""
        params = call.params
        packet, _ = params.some("CardCryptogramPacket"), params.some("IpAddress")
        saves = params.flag("SaveCard") or "SaveCard" not in params.given
        asked = params.asked(is_two_step=is_two_step, saves_card=saves)
        return self._outcome(await self.payments.by_card(asked, card_of(packet)))

    async def _by_token(self, call: Call, *, is_two_step: bool) -> Answer:
        params = call.params
        token, _ = params.some("Token"), params.some("AccountId")
        if params.whole("TrInitiatorCode") not in {0, 1}:
            raise BadParams("TrInitiatorCode is required")
        asked = params.asked(is_two_step=is_two_step)
        one = await self.payments.by_token(asked, self.world.book.saved.get(token))
        return self._outcome(one)

    def _known(self, call: Call) -> Operation:
        one = self.world.book.operations.get(call.params.transaction_id())
        if one is None:
            raise NotPossible("Transaction not found")
        return one

    def _outcome(self, one: Operation) -> Answer:
        """What became of a payment: only one that went through is a success."""
        if one.status is Status.AWAITING:
            acs_url = f"{self.world.home}/acs/{one.id}"
            return shapes.envelope(
                shapes.challenge(one, acs_url=acs_url, pa_req=PASSED), success=False
            )
        return shapes.envelope(self._model(one), success=one.status is not Status.DECLINED)

    def _looked_up(self, one: Operation | None) -> Answer:
        if one is None:
            return shapes.refusal("Not found")
        is_fine = one.status is not Status.DECLINED or self.world.switches.declined_is_success
        return shapes.envelope(self._model(one), success=is_fine)

    def _listed(self, found: Iterator[Operation]) -> Answer:
        return shapes.envelope([self._model(one) for one in found])

    def _model(self, one: Operation) -> dict[str, Any]:
        world = self.world
        model = shapes.operation(one, public_id=world.environment.public_id, is_test=world.is_test)
        if not world.switches.refund_names_payment:
            model["OriginalTransactionId"] = None
        return model
