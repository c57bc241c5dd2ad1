from datetime import timedelta

import pytest

from billing.errors import FeatureNotInPlan, PlanLimitReached
from billing.models import FREE, SubscriptionAddon, SubscriptionState
from billing.services import entitlements
from billing.services.entitlements import Entitlement, check_feature, check_room, entitlement_of
from billing.terms import EVERYTHING, NOTHING, Feature, Limit
from cube_demper.kernel.problems import describe
from tests.billing.buyers import buy, make_subscription
from tests.billing.selling import addon, open_plans, plan_version
from tests.factories import NOW

pytestmark = pytest.mark.db


@pytest.fixture(autouse=True)
def house(db, settings):
    settings.BILLING_MODE = "on"
    open_plans()
    entitlements.forget_all()


def test_without_plans_everybody_may_do_everything(seller, settings):
    settings.BILLING_MODE = "off"

    assert entitlement_of(seller.pk, now=NOW) == Entitlement("unlimited", EVERYTHING)


def test_whoever_bought_nothing_has_the_free_plan(seller):
    assert entitlement_of(seller.pk, now=NOW) == Entitlement(FREE, plan_version(FREE).terms)


def test_where_no_plan_was_written_nobody_may_do_anything(seller):
    plan_version(FREE).delete()

    assert entitlement_of(seller.pk, now=NOW) == Entitlement(FREE, NOTHING)


def test_whoever_bought_has_the_plan_with_its_addons(seller, stranger):
    row = make_subscription(user=seller)
    SubscriptionAddon.rows.create(subscription=row, addon=addon("products-100"), quantity=2)
    SubscriptionAddon.rows.create(subscription=row, addon=addon("preorders"))
    theirs = make_subscription(user=stranger, plan="premium")
    SubscriptionAddon.rows.create(subscription=theirs, addon=addon("ai-salesman"))

    has = entitlement_of(seller.pk, now=NOW)

    assert (has.plan, has.until) == ("basic", row.access_until)
    assert has.terms.repriced_products == 250
    assert has.terms.features == {Feature.BACKTEST, Feature.PREORDERS}


def test_access_ends_by_itself_and_no_clock_has_to_tick(seller):
    row = make_subscription(user=seller)
    assert entitlement_of(seller.pk, now=row.access_until - timedelta(seconds=1)).plan == "basic"

    assert entitlement_of(seller.pk, now=row.access_until).plan == FREE


@pytest.mark.parametrize(
    ("state", "plan"),
    [
        (SubscriptionState.TRIALING, "basic"),
        (SubscriptionState.ACTIVE, "basic"),
        (SubscriptionState.PAST_DUE, "basic"),
        (SubscriptionState.SUSPENDED, FREE),
    ],
)
def test_what_rests_gives_no_access(seller, state, plan):
    make_subscription(user=seller, state=state)

    assert entitlement_of(seller.pk, now=NOW).plan == plan


def test_it_is_one_query_and_then_none(seller, django_assert_num_queries):
    make_subscription(user=seller)

    with django_assert_num_queries(1):
        entitlement_of(seller.pk, now=NOW)
    with django_assert_num_queries(0):
        entitlement_of(seller.pk, now=NOW)


def test_a_payment_is_seen_at_once(seller, provider):
    before = entitlement_of(seller.pk, now=NOW).plan

    buy(seller, "standard")

    assert (before, entitlement_of(seller.pk, now=NOW).plan) == (FREE, "standard")


def test_a_feature_that_is_not_there_names_what_has_it(seller):
    make_subscription(user=seller)

    with pytest.raises(FeatureNotInPlan) as refused:
        check_feature(seller.pk, Feature.WHATSAPP_ALERTS, now=NOW)

    problem = describe(refused.value)
    assert problem is not None
    assert problem.document() == {
        "type": "https://cube-demper.kz/problems/feature-not-in-plan",
        "title": "Your plan does not have this.",
        "status": 402,
        "detail": "whatsapp_alerts is not in your plan. "
        "See the plan standard or the add-on whatsapp.",
        "code": "feature-not-in-plan",
        "feature": "whatsapp_alerts",
        "plan": "standard",
        "addon": "whatsapp",
    }


def test_a_feature_that_is_there_opens_the_door(seller):
    make_subscription(user=seller)

    check_feature(seller.pk, Feature.BACKTEST, now=NOW)


@pytest.mark.parametrize(("taken", "more"), [(49, 1), (0, 50)])
def test_there_is_room_up_to_the_limit(seller, taken, more):
    make_subscription(user=seller)

    check_room(seller.pk, Limit.REPRICED_PRODUCTS, taken=taken, more=more, now=NOW)


def test_one_above_the_limit_names_what_has_more_room(seller):
    make_subscription(user=seller)

    with pytest.raises(PlanLimitReached) as refused:
        check_room(seller.pk, Limit.REPRICED_PRODUCTS, taken=50, now=NOW)

    assert refused.value.more == {
        "feature": "repriced_products",
        "limit": 50,
        "current": 50,
        "plan": "standard",
        "addon": "products-100",
    }


def test_where_nothing_sold_has_more_room_that_is_said(seller):
    make_subscription(user=seller, plan="premium")

    with pytest.raises(PlanLimitReached) as refused:
        check_room(seller.pk, Limit.STORES, taken=10, now=NOW)

    assert refused.value.detail == (
        "Your plan allows 10 of stores, and there are 10. Nothing that is sold has it."
    )
