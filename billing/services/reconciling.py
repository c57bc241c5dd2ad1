"""A day at the provider, laid beside our rows: whatever stands on one side only is told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Q

from billing.gateway import open_provider
from billing.models import MoneyAlarm, Payment, PaymentState, Refund
from billing.ports import NotificationKind, Operation, Transaction, TransactionStatus
from billing.services.ledger import raise_alarm
from cube_demper.kernel.money import Money

_MIDNIGHT_MARGIN = timedelta(hours=1)  # what we settle after midnight may be theirs of before


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What was compared, and what did not fit."""

    operations: int
    alarms: tuple[MoneyAlarm, ...]


def reconcile(*, day: date, now: datetime) -> Reconciled:
    """Compare a day, by UTC, with the provider's list. Raises what the provider raises."""
    told = [
        one
        for one in open_provider().operations_of(day)
        if one.status is TransactionStatus.COMPLETED and one.operation is not Operation.PAYOUT
    ]
    ours = _ours(told)
    alarms = [_strange(one, ours, now) for one in told]
    alarms += _missing_there(day, {one.transaction_id for one in told}, now)
    return Reconciled(len(told), tuple(alarm for alarm in alarms if alarm is not None))


def _ours(told: list[Transaction]) -> Mapping[int, Money]:
    """What our rows say of these transactions, by their numbers."""
    numbers = [one.transaction_id for one in told]
    payments = Payment.objects.across_users(reason="a day of all sellers is compared")
    refunds = Refund.objects.across_users(reason="a day of all sellers is compared")
    paid = payments.filter(transaction_id__in=numbers, state=PaymentState.PAID)
    back = refunds.filter(transaction_id__in=numbers, state=Refund.State.DONE)
    return dict(
        [
            *paid.values_list("transaction_id", "amount"),
            *back.values_list("transaction_id", "amount"),
        ]
    )


def _strange(one: Transaction, ours: Mapping[int, Money], now: datetime) -> MoneyAlarm | None:
    said = ours.get(one.transaction_id)
    if said == one.amount:
        return None
    kind = MoneyAlarm.Kind.MISSING_HERE if said is None else MoneyAlarm.Kind.DIFFERENT
    return raise_alarm(
        kind,
        key=f"transaction {one.transaction_id}",
        detail=f"{one.operation} of {one.amount.tiyn} hundredths of {one.currency}"
        f" under {one.invoice_id!r}; here: {said.tiyn if said else 'nothing'}",
        now=now,
    )


def _missing_there(day: date, numbers: set[int], now: datetime) -> list[MoneyAlarm]:
    begins_at = datetime.combine(day, time(), tzinfo=UTC)
    ends_at = begins_at + timedelta(days=1)
    settled = Q(
        settled_at__gte=begins_at + _MIDNIGHT_MARGIN, settled_at__lt=ends_at - _MIDNIGHT_MARGIN
    )
    payments = Payment.objects.across_users(reason="a day of all sellers is compared")
    missing = payments.filter(settled, state=PaymentState.PAID).exclude(transaction_id__in=numbers)
    return [
        raise_alarm(
            MoneyAlarm.Kind.MISSING_THERE,
            key=f"transaction {payment.transaction_id}",
            detail=f"{payment.amount.tiyn} tiyn, settled at {payment.settled_at}",
            payment_id=payment.pk,
            now=now,
        )
        for payment in missing.order_by("settled_at")
    ]


def register_webhooks(*, base_url: str) -> list[str]:
    """Have the provider tell us of everything, one address a kind; return the addresses.

    Raises what the provider raises.
    """
    provider = open_provider()
    addresses = []
    for kind in NotificationKind:
        url = f"{base_url.rstrip('/')}/billing/webhooks/{kind}"
        provider.set_hook(kind, url)
        addresses.append(url)
    return addresses
