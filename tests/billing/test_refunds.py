import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError

from accounts.models import AuditEntry
from billing.errors import NothingToRefund, RefundUnderWay
from billing.models import Account, MoneyAlarm, Payment, PaymentState, Refund
from billing.services import ledger
from billing.services.buying import subscribe
from billing.services.refunds import refund, repeat_refund
from cube_demper.kernel.money import Money
from tests.billing.buyers import basket, came_for, fresh, subscription_of
from tests.billing.selling import open_plans
from tests.factories import NOW

pytestmark = pytest.mark.db


@pytest.fixture
def paid(seller, provider) -> Payment:
    """A payment that was made at the stand-in."""
    open_plans()
    intent = subscribe(user=seller, basket=basket(), now=NOW)
    told = provider.pay(intent.widget)
    came_for(intent.payment, transaction_id=told.get("TransactionId", told.get("id")))
    return fresh(intent.payment.pk)


def give_back(paid, operator, tenge=21_990) -> Refund:
    return refund(
        payment_id=paid.pk,
        amount=Money.tenge(tenge),
        reason="The seller asked for it.",
        operator=operator,
        now=NOW,
    )


def test_a_part_is_given_back_and_access_stays(paid, operator, seller):
    row = give_back(paid, operator, 990)

    assert row.state == Refund.State.DONE
    assert fresh(paid.pk).refunded == Money.tenge(990)
    assert subscription_of(seller).state == "ACTIVE"
    assert ledger.balance(Account.REVENUE) == Money.tenge(-21_000)
    assert ledger.check_books(now=NOW) == []


def test_all_of_it_given_back_ends_what_it_bought(paid, operator, seller):
    give_back(paid, operator, 990)
    give_back(paid, operator, 21_000)

    row = subscription_of(seller)
    assert (row.state, row.access_until) == ("CANCELED", NOW)
    assert row.transitions.latest("pk").cause == "REFUNDED"


def test_it_is_audited_with_its_reason(paid, operator, seller):
    give_back(paid, operator)

    entry = AuditEntry.objects.for_user(seller).filter(action="payment.refunded").get()
    assert (entry.actor_email, entry.changes["reason"]) == (
        operator.email,
        [None, "The seller asked for it."],
    )


@pytest.mark.parametrize("tenge", [0, -1, 21_991])
def test_no_more_is_given_back_than_came(paid, operator, tenge):
    with pytest.raises(NothingToRefund):
        give_back(paid, operator, tenge)

    assert not paid.refunds.exists()


def test_what_was_not_paid_is_not_given_back(paid, operator):
    Payment.rows.filter(pk=paid.pk).update(state=PaymentState.DECLINED)

    with pytest.raises(NothingToRefund):
        give_back(paid, operator)


def test_a_refund_that_nobody_answered_is_asked_for_again_and_made_once(
    paid, operator, provider, settings
):
    settings.TIPTOPPAY_TIMEOUT_S = 0.5
    provider.order(
        "faults", endpoint="payments/refund", kind="hang", after=True, count=1, timeout_s=2
    )
    row = give_back(paid, operator)
    assert row.state == Refund.State.UNKNOWN
    with pytest.raises(RefundUnderWay):
        give_back(paid, operator, 1)

    again = repeat_refund(row, now=NOW)

    assert again.state == Refund.State.DONE
    assert fresh(paid.pk).refunded == paid.amount
    assert len(provider.operations(account=f"seller-{paid.user_id}")) == 2


@pytest.mark.parametrize(
    "attempt",
    [
        "UPDATE billing_ledgerentry SET amount = amount + 1",
        "DELETE FROM billing_ledgerentry",
    ],
)
def test_the_ledger_is_only_added_to(paid, attempt):
    with (
        pytest.raises(IntegrityError, match="only added to"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(attempt)


def test_books_that_tell_another_sum_than_the_payments_are_told_once(paid):
    Payment.rows.filter(pk=paid.pk).update(refunded=Money.tenge(1))

    first = ledger.check_books(now=NOW)
    ledger.check_books(now=NOW)

    assert [alarm.key for alarm in first] == [f"payment {paid.pk}"]
    assert MoneyAlarm.objects.count() == 1
