from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from cube_demper.kernel.money import Money
from products.models import Change, ChangeState, DecisionRecord
from products.pricing.model import Reason
from products.services.verdicts import record_verdicts
from tests.factories import (
    NOW,
    make_change,
    make_decision,
    make_market,
    make_product,
    make_store,
)
from tests.products.verdicts import a_verdict

pytestmark = pytest.mark.db


@pytest.fixture
def product(seller):
    return make_product(store=make_store(user=seller), market=make_market())


def record(*verdicts, now=NOW):
    with transaction.atomic():
        return record_verdicts(verdicts, now=now)


def test_a_decision_and_the_change_it_is_worth_are_written_together(product):
    recorded = record(a_verdict(product, 990))

    change = Change.rows.get()
    decision = DecisionRecord.rows.get()
    assert recorded.change_ids == [change.pk]
    assert recorded.moved == {product.pk}
    assert (change.state, change.price, change.old_price) == (
        ChangeState.PENDING,
        Money.tenge(989),
        Money.tenge(1000),
    )
    assert change.decision == decision
    assert (decision.reason, decision.wanted_price, decision.rival_price) == (
        Reason.UNDERCUT,
        Money.tenge(989),
        Money.tenge(990),
    )
    product.refresh_from_db()
    assert (product.wanted_price, product.reason, product.position) == (
        Money.tenge(989),
        Reason.UNDERCUT,
        1,
    )
    assert product.price == Money.tenge(1000)  # in force is what Kaspi shows, not what we want


def test_the_same_decision_again_is_not_history(product):
    record(a_verdict(product, 990))

    recorded = record(a_verdict(product, 990))

    assert (recorded.moved, recorded.change_ids) == (frozenset(), [])
    assert (DecisionRecord.rows.count(), Change.rows.count()) == (1, 1)


def test_a_price_that_is_in_force_already_makes_no_change(product):
    recorded = record(a_verdict(product, 1001))

    assert recorded.change_ids == []
    assert DecisionRecord.rows.get().wanted_price == Money.tenge(1000)


def test_a_later_decision_overtakes_a_change_that_was_not_sent(product):
    record(a_verdict(product, 990))

    record(a_verdict(product, 980), now=NOW + timedelta(seconds=5))

    first, second = Change.rows.order_by("pk")
    assert (first.state, second.state) == (ChangeState.SUPERSEDED, ChangeState.PENDING)
    assert second.price == Money.tenge(979)


def test_a_change_that_became_needless_is_dropped(product):
    record(a_verdict(product, 990))

    record(a_verdict(product, 1001))

    assert Change.rows.get().state == ChangeState.SUPERSEDED


@pytest.mark.parametrize("state", [ChangeState.SENDING, ChangeState.SENT])
def test_nothing_new_is_sent_while_a_change_is_on_its_way(product, state):
    decision = make_decision(product=product)
    make_change(decision=decision, state=state)

    recorded = record(a_verdict(product, 980))

    assert recorded.change_ids == []
    assert Change.rows.get().state == state
    assert DecisionRecord.rows.count() == 2


def test_a_refused_product_rests_before_it_is_tried_again(product):
    product.push_after = NOW + timedelta(minutes=1)
    product.save()

    resting = record(a_verdict(product, 990))
    rested = record(a_verdict(product, 990), now=NOW + timedelta(minutes=2))

    assert (resting.change_ids, len(rested.change_ids)) == ([], 1)


def test_a_price_changed_by_hand_in_the_cabinet_is_noticed(product):
    record(a_verdict(product, 990, shown=950))

    product.refresh_from_db()
    assert product.price == Money.tenge(950)
    assert Change.rows.get().old_price == Money.tenge(950)


def test_a_storefront_that_lags_behind_our_own_change_is_not_believed(product):
    decision = make_decision(product=product)
    make_change(decision=decision, state=ChangeState.APPLIED, settled_at=NOW)
    product.price = Money.tenge(989)
    product.save()

    recorded = record(a_verdict(product, 990, shown=1000), now=NOW + timedelta(seconds=10))

    product.refresh_from_db()
    assert (product.price, recorded.change_ids) == (Money.tenge(989), [])


def test_a_verdict_for_a_corridor_that_was_changed_meanwhile_is_void(product):
    verdict = a_verdict(product, 990)
    product.floor = Money.tenge(995)
    product.save()

    recorded = record(verdict)

    assert (recorded.change_ids, DecisionRecord.rows.count()) == ([], 0)


def test_the_database_itself_refuses_a_change_outside_its_corridor(product):
    decision = make_decision(product=product)

    with pytest.raises(IntegrityError, match="change_stays_in_corridor"):
        make_change(decision=decision, price=Money.tenge(899))


def test_the_database_itself_refuses_a_second_open_change(product):
    make_change(decision=make_decision(product=product))

    with pytest.raises(IntegrityError, match="one_open_change_per_product"):
        make_change(decision=make_decision(product=product), state=ChangeState.SENT)


def test_two_sellers_on_a_card_each_get_their_own_rows(seller, stranger):
    market = make_market()
    ours = make_product(store=make_store(user=seller), market=market)
    theirs = make_product(store=make_store(user=stranger), market=market, floor=Money.tenge(995))

    record(a_verdict(ours, 990), a_verdict(theirs, 990))

    assert Change.objects.for_user(seller).get().price == Money.tenge(989)
    assert Change.objects.for_user(stranger).get().price == Money.tenge(995)


@pytest.mark.parametrize("number", [1, 3])
def test_the_number_of_queries_does_not_grow_with_the_verdicts(
    seller, number, django_assert_num_queries
):
    store = make_store(user=seller)
    products = [
        make_product(store=store, market=make_market(), sku=f"SKU-{place}")
        for place in range(number)
    ]

    with django_assert_num_queries(11):
        record(*[a_verdict(product, 990) for product in products])


def test_what_rests_is_told_with_its_reason_and_drops_what_was_not_sent(product):
    record(a_verdict(product, 990))
    product.refresh_from_db()

    recorded = record(a_verdict(product, 980, margin_floor=Money.tenge(2000)))

    [change] = Change.rows.all()
    newest = DecisionRecord.rows.latest("pk")
    product.refresh_from_db()
    assert recorded.change_ids == []
    assert change.state == ChangeState.SUPERSEDED
    assert (newest.reason, newest.wanted_price, newest.position) == (Reason.EMPTY, None, None)
    assert (product.reason, product.wanted_price, product.position) == (Reason.EMPTY, None, None)
    assert product.price == Money.tenge(1000)


def test_a_change_carries_the_floor_of_costs_past_its_last_gate(product):
    record(a_verdict(product, 990, margin_floor=Money.tenge(950)))

    change = Change.rows.get()
    assert (change.floor, change.ceiling) == (Money.tenge(950), Money.tenge(1500))


def test_rules_that_changed_since_the_look_void_its_verdict(product):
    verdict = a_verdict(product, 990)
    product.rules = {"strategy": "CREEP"}
    product.save(update_fields=["rules"])

    recorded = record(verdict)

    assert recorded.moved == frozenset()
    assert not DecisionRecord.rows.exists()


def test_what_was_learned_is_kept(product):
    record(a_verdict(product, 990))

    product.refresh_from_db()
    assert product.memory == {"moved_at": NOW.isoformat()}


def test_a_record_tells_its_sentence_in_three_languages(product):
    record(a_verdict(product, 990))

    explanation = DecisionRecord.rows.get().explanation
    assert sorted(explanation) == ["en", "kk", "ru"]
    assert len(set(explanation.values())) == 3
