from datetime import timedelta

import pytest
from django.db import connection

from kaspi.models import SessionState, Store
from products.models import ChangeState, Market, PushLine, Round
from products.services import dispatch
from products.services.deadlines import LEASE_S
from tests.factories import (
    NOW,
    make_change,
    make_decision,
    make_line,
    make_market,
    make_product,
    make_session,
    make_store,
)

pytestmark = pytest.mark.db


@pytest.fixture
def orders(django_capture_on_commit_callbacks, broker):
    """Run one tick and return what it ordered: (task, queue, arguments)."""

    def tick(now=NOW):
        with django_capture_on_commit_callbacks(execute=True):
            dispatch.tick(now=now)
        return broker.take()

    return tick


def test_a_due_market_is_leased_and_its_batch_ordered_on_its_shard(db, orders):
    market = make_market()

    [order] = orders()

    market.refresh_from_db()
    assert order.task == "products.reprice_batch"
    assert order.queue == f"demper.{market.shard}"
    assert order.arguments == {
        "shard": market.shard,
        "market_ids": [market.pk],
        "lease": market.lease,
    }
    assert market.leased_until == NOW + timedelta(seconds=LEASE_S)


def test_a_message_expires_with_its_lease(db, orders):
    make_market()

    [order] = orders()

    assert order.expires_s == LEASE_S


@pytest.mark.parametrize(
    "state",
    [
        pytest.param({"next_look_at": NOW + timedelta(seconds=1)}, id="not due yet"),
        pytest.param({"is_watched": False}, id="nobody watches it"),
        pytest.param({"lease": "x", "leased_until": NOW + timedelta(seconds=1)}, id="lent out"),
    ],
)
def test_a_market_is_left_alone_while(db, orders, state):
    make_market(**state)

    assert orders() == []


def test_a_lease_that_ran_out_is_given_to_somebody_else(db, orders):
    market = make_market(lease="dead", leased_until=NOW - timedelta(seconds=1))

    [order] = orders()

    market.refresh_from_db()
    assert order.arguments["lease"] == market.lease != "dead"


def test_two_ticks_at_once_lend_nothing_twice(db, orders):
    make_market()

    first, second = orders(), orders()

    assert (len(first), second) == (1, [])


def test_no_more_is_lent_than_a_shard_can_finish_oldest_debt_first(db, orders, settings):
    settings.KASPI_OFFERS_RPS = 0.4  # 0.1 looks a second for a shard: three in half a lease
    due = [make_market(shard=2, next_look_at=NOW - timedelta(minutes=n)) for n in range(5)]

    lent = orders()

    oldest = [market.pk for market in reversed(due)][:3]
    assert [id_ for order in lent for id_ in order.arguments["market_ids"]] == oldest
    assert orders() == []


def quiet_market():
    return make_market(next_look_at=NOW + timedelta(hours=1))


def a_change(user, **fields):
    product = make_product(store=make_store(user=user), market=quiet_market())
    return make_change(decision=make_decision(product=product), **fields)


def test_a_line_that_is_due_is_ordered_by_a_tick(seller, orders):
    store = make_store(user=seller)
    make_line(store=store)

    [order] = orders()

    line = PushLine.rows.get()
    assert (order.task, order.queue) == ("products.push_changes", "demper.push")
    assert order.arguments == {"store_id": store.pk, "lease": line.lease}


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"leased_until": NOW + timedelta(seconds=1)}, id="lent out"),
        pytest.param({"next_step_at": NOW + timedelta(seconds=1)}, id="not its time"),
    ],
)
@pytest.mark.parametrize("state", [ChangeState.SENDING, ChangeState.SENT])
def test_a_change_is_left_alone_while(seller, orders, state, fields):
    a_change(seller, state=state, lease="x", **fields)

    assert orders() == []


@pytest.mark.parametrize("state", [ChangeState.SENDING, ChangeState.SENT])
def test_a_change_that_was_sent_or_cut_off_is_lent_to_a_reading(seller, orders, state):
    a_change(seller, state=state)

    [order] = orders()

    assert (order.task, order.queue) == ("products.settle_changes", "demper.push")


def test_each_store_has_its_changes_read_by_a_job_of_its_own(seller, stranger, orders):
    own, other = make_store(user=seller), make_store(user=stranger)
    changes = [
        make_change(
            decision=make_decision(
                product=make_product(store=store, market=quiet_market(), sku=f"SKU-{number}")
            ),
            state=ChangeState.SENT,
        )
        for number, store in enumerate((own, other, own))
    ]

    jobs = [order.arguments["change_ids"] for order in orders()]

    assert jobs == [[changes[0].pk, changes[2].pk], [changes[1].pk]]


@pytest.mark.parametrize(
    "state",
    [
        *(ChangeState.PENDING, ChangeState.APPLIED, ChangeState.REFUSED),
        *(ChangeState.LOST, ChangeState.SUPERSEDED),
    ],
)
def test_a_change_that_was_not_sent_or_has_ended_is_not_read(seller, orders, state):
    a_change(seller, state=state)

    assert orders() == []


def test_sent_changes_of_a_store_without_a_session_wait(seller, stranger, orders):
    make_session(user=seller, state=SessionState.NEEDS_REAUTH)
    a_change(seller, state=ChangeState.SENT)
    live = a_change(stranger, state=ChangeState.SENT)

    [order] = orders()

    assert order.arguments["change_ids"] == [live.pk]


def test_sent_changes_of_a_paused_store_are_read(seller, orders):
    sent = a_change(seller, state=ChangeState.SENT)
    Store.rows.update(is_paused=True)

    [order] = orders()

    assert (order.task, order.arguments["change_ids"]) == ("products.settle_changes", [sent.pk])


@pytest.mark.django_db(transaction=True)
def test_a_tick_that_meets_another_on_a_shard_leaves_it_to_that_one(broker):
    market = make_market()
    space, shard = dispatch._LOCK_SPACE, market.shard
    with connection.copy().cursor() as other:
        other.execute("SELECT pg_advisory_lock(%s, %s)", [space, shard])

        dispatch.tick(now=NOW)
        other.execute("SELECT pg_advisory_unlock(%s, %s)", [space, shard])
        other.connection.close()

    assert broker.take() == []
    assert Market.objects.get().lease == ""


def test_old_rounds_are_forgotten(db):
    counts = {"shard": 0, "looks": 1, "failures": 0, "decisions": 1, "changes": 0}
    old = NOW - timedelta(days=3)
    Round.objects.create(started_at=old, finished_at=old, **counts)
    young = Round.objects.create(started_at=NOW, finished_at=NOW, **counts)

    dispatch.forget_rounds(now=NOW)

    assert list(Round.objects.all()) == [young]
