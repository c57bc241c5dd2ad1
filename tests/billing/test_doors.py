"""Doors of apps below billing, which ask by the gate."""

from datetime import timedelta

import pytest

from accounts.models import TeamRole
from accounts.services.team import invite
from billing.errors import PlanLimitReached
from billing.models import SubscriptionState, TrialMark
from billing.services import entitlements
from kaspi.models import Store
from kaspi.services.price_lists import claim_store
from tests.billing.buyers import make_subscription, steps_of, subscription_of
from tests.billing.selling import open_plans
from tests.factories import NOW, make_user

pytestmark = pytest.mark.db


@pytest.fixture(autouse=True)
def plans(db, settings):
    settings.BILLING_MODE = "on"
    open_plans()
    entitlements.forget_all()


def claim(user, merchant_id) -> Store:
    return claim_store(user=user, merchant_id=merchant_id, name="Electronics", now=NOW)


def test_a_shop_more_than_the_plan_allows_is_not_connected(seller):
    claim(seller, "30000001")

    with pytest.raises(PlanLimitReached) as refused:
        claim(seller, "30000002")

    assert (refused.value.more["limit"], refused.value.more["plan"]) == (1, "standard")
    assert Store.rows.filter(user=seller).count() == 1


def test_a_helper_more_than_the_plan_allows_is_not_invited(seller):
    make_subscription(user=seller)
    invite(seller=seller, email="one@example.kz", role=TeamRole.VIEWER, now=NOW)

    with pytest.raises(PlanLimitReached):
        invite(seller=seller, email="two@example.kz", role=TeamRole.VIEWER, now=NOW)

    assert seller.team.count() == 1


def test_without_plans_there_is_room_for_any_number(seller, settings):
    settings.BILLING_MODE = "off"

    stores = [claim(seller, f"3000000{number}") for number in range(3)]

    assert len(stores) == 3


def test_who_tries_with_a_shop_that_was_tried_with_tries_no_more(seller, stranger):
    TrialMark.rows.create(user=stranger, kind="MERCHANT", value="30000001", tried_at=NOW)
    make_trial(seller)

    claim(seller, "30000001")

    assert steps_of(subscription_of(seller)) == [("SUSPENDED", "TRIAL_TWICE")]


def test_a_shop_that_is_connected_in_a_trial_is_tried_with(seller):
    make_trial(seller)

    claim(seller, "30000001")

    assert subscription_of(seller).state == SubscriptionState.TRIALING
    assert TrialMark.rows.get(value="30000001").user == seller


def make_trial(user) -> None:
    ends_at = NOW + timedelta(days=7)
    make_subscription(
        user=user,
        state=SubscriptionState.TRIALING,
        period_to=ends_at,
        access_until=ends_at,
        charge_at=None,
    )


def test_every_seller_has_room_of_their_own(seller):
    claim(seller, "30000001")

    assert claim(make_user(), "30000002").merchant_id == "30000002"
