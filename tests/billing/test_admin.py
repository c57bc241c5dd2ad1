import pytest
from django.urls import reverse

from billing.models import Payment
from billing.services.buying import subscribe
from cube_demper.kernel.money import Money
from tests.billing.buyers import (
    basket,
    buy,
    came_for,
    fresh,
    make_subscription,
    make_waiting_payment,
)
from tests.billing.selling import open_plans
from tests.factories import NOW, make_user

pytestmark = pytest.mark.db
PAGES = [
    *("addon", "ledgerentry", "moneyalarm", "payment", "paymentcard", "plan", "planversion"),
    *("promocode", "providerevent", "refund", "subscription", "transition", "trialmark"),
]


@pytest.fixture(autouse=True)
def plans(db, provider):
    open_plans()


@pytest.fixture
def paid(seller, provider) -> Payment:
    """A payment that was made at the stand-in."""
    intent = subscribe(user=seller, basket=basket(), now=NOW)
    told = provider.pay(intent.widget)
    came_for(intent.payment, transaction_id=told.get("TransactionId", told.get("id")))
    return fresh(intent.payment.pk)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_shows_what_there_is(admin_site, seller, page):
    buy(seller)

    answer = admin_site.get(reverse(f"admin:billing_{page}_changelist"))

    assert answer.status_code == 200


@pytest.mark.parametrize("rows", [1, 3])
def test_payments_are_listed_in_a_fixed_number_of_queries(
    admin_site, rows, django_assert_num_queries
):
    for _ in range(rows):
        make_waiting_payment(subscription=make_subscription(user=make_user()))

    with django_assert_num_queries(4):
        admin_site.get(reverse("admin:billing_payment_changelist"))


def give_back(admin_site, payment, **said):
    return admin_site.post(
        reverse("admin:billing_payment_changelist"),
        {"action": "refund", "_selected_action": [str(payment.pk)], **said},
        follow=True,
    )


def test_an_operator_gives_money_back_with_a_reason(admin_site, paid):
    answer = give_back(admin_site, paid, tenge="990", reason="Asked for it")

    assert "Given back" in answer.content.decode()
    assert fresh(paid.pk).refunded == Money.tenge(990)
    assert paid.refunds.get().reason == "Asked for it"


@pytest.mark.parametrize("said", [{"reason": ""}, {"reason": "x", "tenge": "-1"}])
def test_without_a_reason_or_a_sum_nothing_is_given_back(admin_site, paid, said):
    give_back(admin_site, paid, **said)

    assert not paid.refunds.exists()
