"""Saved cards are charged: on our own timetable, each payment once, whatever dies on the way.

    READY ──claim, commit──► SENDING ──the call──► PAID | DECLINED | UNKNOWN
                                └─ no answer ─► ask by its invoice, or the same call again ─► …

A row that says SENDING may have been charged: it is never charged under another request id. Within
the hour in which the provider gives the same answer to the same request, the call is made again;
after that the provider is asked for the invoice, and one that it does not know is LOST.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from billing.errors import ProviderBusy, ProviderGone, ProviderKeyRefused
from billing.gateway import open_provider
from billing.models import (
    IN_FLIGHT_STATES,
    MoneyAlarm,
    Payment,
    PaymentState,
    Purpose,
    Subscription,
)
from billing.ports import (
    SAME_ANSWER_FOR,
    Authorised,
    Challenge,
    Charge,
    ChargeOutcome,
    Declined,
    Initiator,
    Paid,
    PaymentProvider,
    Refused,
    Transaction,
    TransactionStatus,
    Unknown,
)
from billing.services import ledger
from billing.services.buying import account_id, description_of
from billing.services.settling import Came, settle_declined, settle_paid
from billing.services.subscriptions import lock_of
from cube_demper.kernel.errors import DomainError

logger = structlog.get_logger("billing.charges")
Clock = Callable[[], datetime]
PARALLEL_MOST = 30  # calls at once, of all processes; a terminal in test mode takes five
PARALLEL_IN_TEST = 5
SENDING_FOR = timedelta(minutes=6)  # the provider's own limit is five
ASK_EVERY = timedelta(minutes=2)
_SAFE_TO_REPEAT = SAME_ANSWER_FOR - timedelta(minutes=5)
_PAUSE = timedelta(minutes=10)  # after a call that was not made
_LOCK = 0x42494C4C  # the advisory lock under which calls are counted; any number of our own
_3DS_ASKED, _REFUSED = 5206, 0


def charge_ready(*, clock: Clock, until: datetime) -> int:
    """Charge payments that are ready, one after another; say how many.

    Raises PaymentsOff where there is no provider.
    """
    provider = open_provider()
    done = 0
    while clock() < until:
        payment = _claim(clock())
        if payment is None:
            break
        if not _charge(provider, payment, clock):
            break
        done += 1
    return done


def _claim(now: datetime) -> Payment | None:
    """Take the payment that is ready for longest, and say so before anything is sent."""
    most = PARALLEL_IN_TEST if settings.TIPTOPPAY_TEST_MODE else PARALLEL_MOST
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        payments = Payment.objects.across_users(reason="the clock serves every seller")
        flying = payments.filter(state=PaymentState.SENDING, sent_at__gt=now - SENDING_FOR)
        if flying.count() >= most:
            return None
        row: Payment | None = (
            payments.filter(state=PaymentState.READY)
            .filter(Q(asked_at=None) | Q(asked_at__lte=now - _PAUSE))
            .select_for_update(skip_locked=True, of=("self",))
            .select_related("user", "card", "version__plan")
            .order_by("made_at", "pk")
            .first()
        )
        if row is None:
            return None
        row.state, row.sent_at, row.asked_at = PaymentState.SENDING, now, now
        row.save(update_fields=["state", "sent_at", "asked_at"])
    return row


def _charge(provider: PaymentProvider, payment: Payment, clock: Clock) -> bool:
    """Make the call and settle; ``False`` where the provider takes no more for now."""
    try:
        outcome = provider.charge(_order(payment), request_id=str(payment.request_id))
    except (ProviderGone, ProviderBusy, ProviderKeyRefused) as error:
        # Nothing was done: it is as if it had not been claimed.
        logger.warning("billing.charge.postponed", payment_id=str(payment.pk), reason=error.code)
        Payment.rows.filter(pk=payment.pk, state=PaymentState.SENDING).update(
            state=PaymentState.READY, sent_at=None, asked_at=clock()
        )
        return False
    settle(payment.pk, outcome, now=clock())
    return True


def _order(payment: Payment) -> Charge:
    if payment.card is None:
        raise ValueError(f"{payment} has no card")
    return Charge(
        token=payment.card.token.reveal(),
        account_id=account_id(payment.user_id),
        invoice_id=str(payment.pk),
        amount=payment.amount,
        description=description_of(payment),
        initiator=Initiator.SHOP if payment.purpose == Purpose.RENEWAL else Initiator.PAYER,
        is_scheduled=payment.purpose == Purpose.RENEWAL,
        email=payment.user.email,
    )


def settle(payment_id: UUID, outcome: ChargeOutcome, *, now: datetime) -> None:
    """Take up what a charge came to."""
    match outcome:
        case Paid(transaction=told):
            settle_paid(came(told), now=now)
        case Declined(code=code, message=message):
            settle_declined(payment_id, code=code, message=message, now=now)
        case Challenge():
            settle_declined(payment_id, code=_3DS_ASKED, message="", now=now)
        case Refused(message=message):
            logger.error("billing.charge.refused", payment_id=str(payment_id), detail=message)
            settle_declined(payment_id, code=_REFUSED, message="", now=now)
        case Authorised(transaction=told):
            _note_unknown(payment_id, now)
            ledger.raise_alarm(
                MoneyAlarm.Kind.DIFFERENT,
                key=f"transaction {told.transaction_id}",
                detail="Money is held and not taken: the terminal works in two steps.",
                payment_id=payment_id,
                now=now,
            )
        case Unknown(reason=reason):
            logger.warning("billing.charge.unknown", payment_id=str(payment_id), reason=reason)
            _note_unknown(payment_id, now)


def _note_unknown(payment_id: UUID, now: datetime) -> None:
    Payment.rows.filter(pk=payment_id, state__in=IN_FLIGHT_STATES).update(
        state=PaymentState.UNKNOWN, asked_at=now
    )


def came(told: Transaction) -> Came:
    """A transaction that was read, as money that came."""
    return Came(
        transaction_id=told.transaction_id,
        invoice_id=told.invoice_id,
        account_id=told.account_id,
        amount=told.amount,
        currency=told.currency,
        is_test=told.is_test,
        fee=told.fee,
        card=told.card,
    )


def resolve_unknown(*, clock: Clock, most: int = 50) -> int:
    """Ask what became of charges that nobody answered; say of how many it is known now."""
    now = clock()
    quiet = Payment.objects.across_users(reason="the clock serves every seller").filter(
        Q(state=PaymentState.UNKNOWN) | Q(sent_at__lte=now - SENDING_FOR),
        state__in=IN_FLIGHT_STATES,
        asked_at__lte=now - ASK_EVERY,
    )
    known = 0
    for payment_id in list(quiet.order_by("asked_at").values_list("pk", flat=True)[:most]):
        try:
            known += _resolve(payment_id, clock)
        except DomainError as error:
            logger.warning("billing.charge.unasked", payment_id=str(payment_id), reason=error.code)
    return known


def _resolve(payment_id: UUID, clock: Clock) -> bool:
    now = clock()
    with transaction.atomic():
        rows = Payment.rows.select_for_update(skip_locked=True, of=("self",))
        payment = rows.filter(
            pk=payment_id, state__in=IN_FLIGHT_STATES, asked_at__lte=now - ASK_EVERY
        ).first()
        if payment is None:
            return False
        Payment.rows.filter(pk=payment_id).update(asked_at=now)
    payment = Payment.rows.select_related("user", "card", "version__plan").get(pk=payment_id)
    provider = open_provider()
    told = provider.payment_by(str(payment_id))
    if told is not None:
        return _settle_told(payment, told, clock())
    if payment.sent_at is not None and now < payment.sent_at + _SAFE_TO_REPEAT:
        outcome = provider.charge(_order(payment), request_id=str(payment.request_id))
        settle(payment_id, outcome, now=clock())
        return not isinstance(outcome, Unknown | Authorised)
    if payment.sent_at is not None and now < payment.sent_at + SAME_ANSWER_FOR:
        return False
    _lose(payment, clock())
    return True


def _settle_told(payment: Payment, told: Transaction, now: datetime) -> bool:
    match told.status:
        case TransactionStatus.COMPLETED:
            settle_paid(came(told), now=now)
        case TransactionStatus.DECLINED | TransactionStatus.CANCELLED:
            settle_declined(payment.pk, code=told.reason_code, message=told.payer_message, now=now)
        case TransactionStatus.AWAITING | TransactionStatus.AUTHORISED:
            return False
    return True


def _lose(payment: Payment, now: datetime) -> None:
    """The provider never heard of it: another attempt, with an id of its own, may be made."""
    with transaction.atomic():
        subscription = lock_of(payment.user)
        Payment.rows.filter(pk=payment.pk, state__in=IN_FLIGHT_STATES).update(
            state=PaymentState.LOST, settled_at=now
        )
        if subscription is not None and payment.purpose == Purpose.RENEWAL:
            Subscription.rows.filter(pk=subscription.pk).update(charge_at=now)
    logger.warning("billing.charge.lost", payment_id=str(payment.pk))
