"""The API of plans and payments: each door in its own words."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.models import PaymentState, TrialMark
from billing.services import entitlements
from tests.billing.buyers import (
    make_payment_card,
    make_subscription,
    make_waiting_payment,
    payment_of,
    subscription_of,
)
from tests.billing.selling import open_plans
from tests.factories import make_store, make_user

pytestmark = pytest.mark.db


@pytest.fixture(autouse=True)
def plans(db, provider, settings):
    settings.BILLING_MODE = "on"
    entitlements.forget_all()
    open_plans()


@pytest.fixture
def paid(seller):
    """A month that was paid for just now."""
    now = timezone.now()
    ends_at = now + timedelta(days=30)
    return make_subscription(
        user=seller, period_from=now, period_to=ends_at, access_until=ends_at, charge_at=ends_at
    )


def post(api, name, body=None, **parts):
    return api.post(reverse(name, kwargs=parts or None), body or {}, format="json")


def test_a_seller_orders_a_plan_pays_for_it_and_has_it(api, seller, provider):
    answer = post(api, "billing-subscribe", {"plan": "basic", "addons": {"preorders": 1}})

    body = answer.json()
    assert answer.status_code == 201
    assert body["payment"]["amount_tiyn"] == 3_199_000
    assert body["widget"]["amount"] == 31_990
    assert body["widget"]["externalId"] == body["payment"]["id"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"plan": "gold"}, 404, "plan-missing"),
        ({"plan": "free"}, 422, "plan-costs-nothing"),
        ({"plan": "basic", "addons": {"gold": 1}}, 404, "addon-missing"),
        ({"plan": "basic", "addons": {"preorders": 2}}, 422, "too-many-of-addon"),
        ({"plan": "basic", "addons": {"preorders": -1}}, 422, "invalid"),
        ({"plan": "basic", "addons": {"preorders": "1"}}, 422, "invalid"),
        ({"plan": "basic", "period": "week"}, 422, "invalid"),
        ({"plan": "basic", "promo": "NOBODYS"}, 422, "promo-unusable"),
        ({"plan": "basic", "price": 1}, 422, "unknown-field"),
        ({}, 422, "invalid"),
    ],
)
def test_what_is_not_sold_is_not_ordered(api, seller, body, status, code):
    answer = post(api, "billing-subscribe", body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not seller.payments.exists()


def test_a_trial_is_once_for_a_shop_and_a_number(api, seller, client_of):
    make_store(user=seller, merchant_id="30000001")
    other = make_user()
    make_store(user=other, merchant_id="30000002")
    asked = {"plan": "premium", "phone": "+77017654321"}

    first = post(api, "billing-trial", asked)
    second = post(client_of(other), "billing-trial", {**asked, "phone": "87017654321"})

    assert (first.status_code, first.json()["state"]) == (201, "trialing")
    assert (second.status_code, second.json()["code"]) == (409, "trial-spent")
    assert TrialMark.objects.for_user(seller).count() == 2
    assert not TrialMark.objects.for_user(other).exists()


def test_without_a_shop_nothing_is_tried(api):
    answer = post(api, "billing-trial", {"plan": "premium", "phone": "+77017654321"})

    assert answer.json()["code"] == "trial-needs-shop"


def test_the_standing_says_what_one_may_do(api, seller, paid, django_assert_num_queries):
    address = reverse("billing-subscription")
    api.get(address)
    entitlements.forget_all()

    with django_assert_num_queries(4):
        answer = api.get(address)

    body = answer.json()
    assert (body["plan"], body["limits"]["repriced_products"]) == ("basic", 50)
    assert (body["subscription"]["state"], body["subscription"]["addons"]) == ("active", [])


def test_whoever_bought_nothing_has_a_standing_too(api):
    body = api.get(reverse("billing-subscription")).json()

    assert (body["plan"], body["until"], body["subscription"]) == ("free", None, None)


def test_a_change_is_shown_before_it_is_made(api, seller, paid):
    shown = post(api, "billing-preview", {"plan": "premium"})

    assert shown.status_code == 200
    assert shown.json()["next_price_tiyn"] == 3_399_000
    assert 0 < shown.json()["due_now_tiyn"] <= 1_200_000
    assert not seller.payments.exists()


def test_addons_are_paid_for_and_the_saved_card_charged(api, seller, paid):
    make_payment_card(user=seller)

    answer = api.put(reverse("billing-addons"), {"addons": {"preorders": 1}}, format="json")

    assert answer.json()["intent"]["widget"] == {}
    assert payment_of(seller).state == PaymentState.READY


def test_a_cancellation_is_made_and_taken_back(api, seller, paid):
    cancelled = post(api, "billing-cancel")
    resumed = post(api, "billing-resume")

    assert (cancelled.json()["ends_with_period"], resumed.json()["ends_with_period"]) == (
        *(True, False),
    )
    assert subscription_of(seller).state == "ACTIVE"


def test_a_link_leads_to_the_provider(api, seller, provider):
    payment_id = post(api, "billing-subscribe", {"plan": "basic"}).json()["payment"]["id"]

    answer = post(api, "billing-link", {"language": "kk"}, payment_id=payment_id)

    assert answer.json()["url"].startswith(provider.url)


@pytest.mark.parametrize("rows", [1, 3])
def test_payments_are_listed_newest_first(
    api, seller, stranger, paid, rows, django_assert_num_queries
):
    for number in range(rows):
        make_waiting_payment(
            subscription=paid,
            state=PaymentState.CANCELED,
            made_at=timezone.now() - timedelta(days=number),
        )
    make_waiting_payment(subscription=make_subscription(user=stranger))
    address = reverse("billing-payments")
    api.get(address)

    with django_assert_num_queries(2):
        answer = api.get(address)

    times = [one["made_at"] for one in answer.json()["results"]]
    assert (len(times), times) == (rows, sorted(times, reverse=True))


def test_a_foreign_payment_is_not_there(api, stranger):
    theirs = make_waiting_payment(subscription=make_subscription(user=stranger))

    answer = api.get(reverse("billing-payment", kwargs={"payment_id": theirs.pk}))

    assert (answer.status_code, answer.json()["code"]) == (404, "payment-missing")
