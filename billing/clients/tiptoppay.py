"""TipTopPay over HTTP: CloudPayments' platform under another name.

Facts: the developer pages of both, 2024-2026.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

from typing_extensions import override

from billing.clients import answers, requests
from billing.clients.answers import Envelope
from billing.clients.wire import Unanswered, Wire
from billing.errors import (
    LinkUnanswered,
    ProviderBroken,
    ProviderGone,
    ProviderRefused,
    ScheduleEnded,
    ScheduleUnanswered,
)
from billing.ports import (
    Charge,
    ChargeOutcome,
    Done,
    Hook,
    NotificationKind,
    Operation,
    PaymentLink,
    PaymentProvider,
    PaymentRequest,
    RefundOutcome,
    Refused,
    Schedule,
    ScheduleRequest,
    ScheduleStatus,
    StepOutcome,
    Transaction,
    Unknown,
)
from cube_demper.kernel.money import Money

_ALIVE = (ScheduleStatus.ACTIVE, ScheduleStatus.PAST_DUE)
_NONSENSE = "answered in words that we don't understand"


class TipTopPay(PaymentProvider):
    """One terminal at TipTopPay."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    @override
    def ping(self) -> None:
        self._done("/test", {})

    @override
    def widget(self, request: PaymentRequest) -> Mapping[str, object]:
        return requests.widget(request, public_id=self._wire.terminal.public_id)

    @override
    def charge(self, charge: Charge, *, request_id: str) -> ChargeOutcome:
        return self._charged("/payments/tokens/charge", charge, request_id)

    @override
    def authorise(self, charge: Charge, *, request_id: str) -> ChargeOutcome:
        return self._charged("/payments/tokens/auth", charge, request_id)

    @override
    def confirm(self, transaction_id: int, amount: Money, *, request_id: str) -> StepOutcome:
        body = {"TransactionId": transaction_id, "Amount": requests.amount(amount)}
        return self._stepped("/payments/confirm", body, request_id)

    @override
    def void(self, transaction_id: int, *, request_id: str) -> StepOutcome:
        return self._stepped("/payments/void", {"TransactionId": transaction_id}, request_id)

    @override
    def refund(self, transaction_id: int, amount: Money, *, request_id: str) -> RefundOutcome:
        body = {"TransactionId": transaction_id, "Amount": requests.amount(amount)}
        try:
            said = self._wire.ask("/payments/refund", body, request_id=request_id)
            return answers.refund_outcome(said)
        except Unanswered as silence:
            return Unknown(str(silence))
        except ProviderBroken:
            return Unknown(_NONSENSE)

    @override
    def transaction(self, transaction_id: int) -> Transaction | None:
        return self._found("/payments/get", {"TransactionId": transaction_id})

    @override
    def payment_by(self, invoice_id: str) -> Transaction | None:
        found = self._found("/v2/payments/find", {"InvoiceId": invoice_id})
        if found is None or found.operation is Operation.PAYMENT:
            return found
        # The last operation is a refund: what was asked for is the payment that it gives back.
        if found.refunded_id is not None:
            return self.transaction(found.refunded_id)
        return self._found("/payments/find", {"InvoiceId": invoice_id})

    @override
    def operations_of(self, day: date) -> Sequence[Transaction]:
        # Named by UTC: what the provider takes Almaty's offset to be since 2024, nobody says.
        said = self._read("/payments/list", {"Date": day.isoformat(), "TimeZone": "UTC"})
        return answers.each(said, answers.transaction)

    @override
    def make_link(self, request: PaymentRequest, *, request_id: str) -> PaymentLink:
        try:
            said = self._wire.ask("/orders/create", requests.link(request), request_id=request_id)
        except Unanswered:
            raise LinkUnanswered from None
        return answers.payment_link(_granted(said).model)

    @override
    def cancel_link(self, link_id: str) -> None:
        self._done("/orders/cancel", {"Id": link_id})

    @override
    def make_schedule(self, request: ScheduleRequest, *, request_id: str) -> Schedule:
        body = requests.schedule(request)
        try:
            said = self._wire.ask("/subscriptions/create", body, request_id=request_id)
        except Unanswered:
            raise ScheduleUnanswered from None
        return answers.schedule(_granted(said).model)

    @override
    def schedule(self, schedule_id: str) -> Schedule | None:
        said = self._read("/subscriptions/get", {"Id": schedule_id})
        return None if said.says_not_found else answers.schedule(_granted(said).model)

    @override
    def schedules_of(self, account_id: str) -> Sequence[Schedule]:
        said = self._read("/subscriptions/find", {"accountId": account_id})
        return answers.each(said, answers.schedule)

    @override
    def change_schedule(self, schedule_id: str, *, amount: Money, description: str) -> Schedule:
        known = self.schedule(schedule_id)
        if known is None or known.status not in _ALIVE:
            raise ScheduleEnded
        body = {
            "Id": schedule_id,
            "Amount": requests.amount(amount),
            "Currency": known.currency,
            "Description": description,
        }
        return answers.schedule(_granted(self._read("/subscriptions/update", body)).model)

    @override
    def cancel_schedule(self, schedule_id: str) -> None:
        self._done("/subscriptions/cancel", {"Id": schedule_id})

    @override
    def hook(self, kind: NotificationKind) -> Hook:
        return answers.hook(_granted(self._read(f"/site/notifications/{kind}/get", {})).model)

    @override
    def set_hook(self, kind: NotificationKind, url: str) -> None:
        body = {
            "IsEnabled": True,
            "Address": url,
            "HttpMethod": "POST",  # the provider's own default is GET
            "Encoding": "UTF8",
            "Format": "CloudPayments",
        }
        self._done(f"/site/notifications/{kind}/update", body)

    def _charged(self, path: str, charge: Charge, request_id: str) -> ChargeOutcome:
        try:
            said = self._wire.ask(path, requests.charge(charge), request_id=request_id)
            return answers.charge_outcome(said)
        except Unanswered as silence:
            return Unknown(str(silence))
        except ProviderBroken:
            return Unknown(_NONSENSE)

    def _stepped(self, path: str, body: Mapping[str, Any], request_id: str) -> StepOutcome:
        try:
            said = self._wire.ask(path, body, request_id=request_id)
        except Unanswered as silence:
            return Unknown(str(silence))
        except ProviderBroken:
            return Unknown(_NONSENSE)
        return Done() if said.is_success else Refused(said.message)

    def _found(self, path: str, body: Mapping[str, Any]) -> Transaction | None:
        """Look an operation up: only what the provider does not find is none, not any trouble."""
        said = self._read(path, body)
        if said.model is not None:
            return answers.transaction(said.model)
        if said.says_not_found:
            return None
        raise ProviderBroken

    def _done(self, path: str, body: Mapping[str, Any]) -> None:
        _granted(self._read(path, body))

    def _read(self, path: str, body: Mapping[str, Any]) -> Envelope:
        """Ask for what may be asked for twice."""
        with _silence_is_absence():
            return self._wire.ask(path, body)


def _granted(said: Envelope) -> Envelope:
    if not said.is_success:
        raise ProviderRefused(said.message)
    return said


@contextmanager
def _silence_is_absence() -> Iterator[None]:
    try:
        yield
    except Unanswered:
        raise ProviderGone from None
