"""Postings: money that moved, written in two sides, once; and the proof that they add up."""

import uuid
from collections.abc import Mapping
from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from billing.models import (
    Account,
    LedgerEntry,
    MoneyAlarm,
    Payment,
    PaymentState,
    PostingKind,
    Refund,
)
from cube_demper.kernel.money import Money

logger = structlog.get_logger("billing.money")


def post_paid(payment: Payment, *, buys: bool, now: datetime) -> None:
    """Write that a payment came and, where it buys something, that it did."""
    amount = payment.amount.tiyn
    _post(payment, PostingKind.PAID, {Account.PROVIDER: amount, Account.SELLER: -amount}, now)
    if buys:
        _post(payment, PostingKind.SOLD, {Account.SELLER: amount, Account.REVENUE: -amount}, now)


def post_fee(payment: Payment, fee: Money, *, now: datetime) -> None:
    """Write what the provider keeps of a payment, the first time that it tells."""
    if not fee.tiyn or payment.ledger.filter(kind=PostingKind.FEE).exists():
        return
    sides = {Account.FEES: fee.tiyn, Account.PROVIDER: -fee.tiyn}
    _post(payment, PostingKind.FEE, sides, now)


def post_refund(refund: Refund, *, now: datetime) -> None:
    """Write that money was given back: of what was sold, or of what had bought nothing."""
    payment, amount = refund.payment, refund.amount.tiyn
    source = Account.SELLER if payment.is_credited else Account.REVENUE
    sides = {source: amount, Account.PROVIDER: -amount}
    _post(payment, PostingKind.REFUNDED, sides, now, refund=refund)


def _post(
    payment: Payment,
    kind: PostingKind,
    sides: Mapping[Account, int],
    now: datetime,
    refund: Refund | None = None,
) -> None:
    posting = uuid.uuid4()
    LedgerEntry.rows.bulk_create(
        LedgerEntry(
            posting=posting,
            kind=kind,
            account=account,
            amount=Money(amount),
            payment=payment,
            refund=refund,
            at=now,
        )
        for account, amount in sides.items()
    )


def balance(account: Account, *, user_id: int | None = None) -> Money:
    """What an account holds, of one seller or of all."""
    entries = LedgerEntry.objects.across_users(reason="the books are of all sellers").filter(
        account=account
    )
    if user_id is not None:
        entries = entries.filter(payment__user=user_id)
    total: Money | None = entries.aggregate(sum=Sum("amount"))["sum"]
    return total or Money(0)


def check_books(*, now: datetime) -> list[MoneyAlarm]:
    """Prove that the ledger adds up and tells what the payments tell; alarm where it doesn't."""
    with transaction.atomic():
        return [
            *(_alarm(f"posting {pk}", "Its two sides differ.", None, now) for pk in _lopsided()),
            *(
                _alarm(f"payment {pk}", "The ledger tells another sum than the payment.", pk, now)
                for pk in _untold()
            ),
        ]


def _lopsided() -> list[uuid.UUID]:
    entries = LedgerEntry.objects.across_users(reason="the books are of all sellers")
    sums = entries.order_by().values("posting").annotate(sum=Sum("amount"))
    return list(sums.exclude(sum=0).values_list("posting", flat=True))


def _untold() -> list[uuid.UUID]:
    """Payments whose sum at the provider is another in the ledger than in their row."""
    told = (
        LedgerEntry.objects.across_users(reason="the books are of all sellers")
        .filter(payment=OuterRef("pk"), account=Account.PROVIDER)
        .exclude(kind=PostingKind.FEE)
        .order_by()
        .values("payment")
        .annotate(sum=Sum("amount"))
        .values("sum")
    )
    payments = Payment.objects.across_users(reason="the books are of all sellers").annotate(
        told=Coalesce(Subquery(told), 0), kept=F("amount") - F("refunded")
    )
    paid = payments.filter(state=PaymentState.PAID).exclude(told=F("kept"))
    unpaid = payments.exclude(state=PaymentState.PAID).exclude(told=0)
    return [*paid.values_list("pk", flat=True), *unpaid.values_list("pk", flat=True)]


def _alarm(key: str, detail: str, payment_id: uuid.UUID | None, now: datetime) -> MoneyAlarm:
    return raise_alarm(
        MoneyAlarm.Kind.UNBALANCED, key=key, detail=detail, payment_id=payment_id, now=now
    )


def raise_alarm(
    kind: MoneyAlarm.Kind,
    *,
    key: str,
    detail: str,
    now: datetime,
    payment_id: uuid.UUID | None = None,
) -> MoneyAlarm:
    """Tell operators that money and rows disagree; of one thing once."""
    row, is_new = MoneyAlarm.objects.get_or_create(
        kind=kind,
        key=key[:100],
        defaults={"detail": detail[:500], "payment_id": payment_id, "found_at": now},
    )
    if is_new:
        logger.error("billing.money.disagrees", kind=str(kind), key=key, alarm_id=row.pk)
    return row
