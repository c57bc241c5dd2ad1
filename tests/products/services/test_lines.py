from datetime import timedelta

import pytest
from django.db import connection

from accounts.models import User
from cube_demper.kernel.money import Money
from kaspi.models import Channel, SessionState, Store
from products.models import PushLine
from products.services import lines
from products.services.lines import (
    join_lines,
    keep_line,
    leave_line,
    lend_lines,
    order_pushes,
)
from tests.factories import (
    NOW,
    make_change,
    make_decision,
    make_line,
    make_market,
    make_product,
    make_session,
    make_store,
    make_user,
)

pytestmark = pytest.mark.db
MINE = {"lease": "mine", "leased_until": NOW + timedelta(seconds=60), "due_at": None}
SOON = NOW + timedelta(seconds=9)


@pytest.fixture
def store(seller):
    return make_store(user=seller)


@pytest.fixture
def lent(django_capture_on_commit_callbacks, broker):
    """Lend what is due and return the stores whose pushes were ordered, in that order."""

    def lend(now=NOW, **which):
        with django_capture_on_commit_callbacks(execute=True):
            lend_lines(now=now, **which)
        return [order.arguments["store_id"] for order in broker.take()]

    return lend


def line_of(store):
    line = PushLine.rows.get(store=store)
    return line.due_at, line.lease, line.leased_until


def a_change(store, **fields):
    product = make_product(store=store, market=make_market(), sku="SKU-9")
    return make_change(decision=make_decision(product=product), **fields)


def test_a_change_makes_its_stores_line_due_and_has_it_served(
    store, broker, django_capture_on_commit_callbacks
):
    change = a_change(store)

    with django_capture_on_commit_callbacks(execute=True):
        order_pushes([change.pk], now=NOW)

    [order] = broker.take()
    due_at, lease, leased_until = line_of(store)
    assert (order.task, order.queue) == ("products.push_changes", "demper.push")
    assert order.arguments == {"store_id": store.pk, "lease": lease}
    assert order.expires_s == 60
    assert (due_at, leased_until) == (None, NOW + timedelta(seconds=60))


def test_a_line_is_lent_to_one(store, lent):
    make_line(store=store)

    assert (lent(), lent()) == ([store.pk], [])


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"due_at": NOW + timedelta(seconds=1)}, id="not its time"),
        pytest.param({"due_at": None}, id="nobody waits"),
        pytest.param({**MINE, "due_at": NOW}, id="lent out"),
    ],
)
def test_a_line_is_left_alone_while(store, lent, fields):
    make_line(store=store, **fields)

    assert lent() == []


def pause(store):
    Store.rows.filter(pk=store.pk).update(is_paused=True)


def end_session(store):
    store.session.state = SessionState.RENEWING
    store.session.save()


def go_by_list(store):
    Store.rows.filter(pk=store.pk).update(channel=Channel.PRICE_LIST)


def block_seller(store):
    User.objects.filter(pk=store.user_id).update(is_active=False)


@pytest.mark.parametrize("happen", [pause, end_session, go_by_list, block_seller])
def test_a_store_that_may_not_push_keeps_its_place(store, lent, happen):
    make_line(store=store)
    happen(store)

    assert lent() == []
    assert line_of(store) == (NOW, "", None)


def test_a_line_whose_worker_died_is_taken_up_when_the_lease_ends(store, lent):
    make_line(store=store, **MINE)

    assert (lent(), lent(now=NOW + timedelta(seconds=60))) == ([], [store.pk])


def test_lines_are_lent_the_longest_due_first_and_no_more_than_can_be_served(db, lent, monkeypatch):
    monkeypatch.setattr(lines, "LINES_HELD", 2)
    stores = [make_store(user=make_user()) for _ in range(3)]
    for number, store in enumerate(stores):
        make_line(store=store, due_at=NOW - timedelta(seconds=number))

    assert (lent(), lent()) == ([stores[2].pk, stores[1].pk], [])


def test_only_the_lines_that_were_asked_for_are_lent(store, stranger, lent):
    make_session(user=stranger)
    make_line(store=make_store(user=stranger))
    make_line(store=store)

    assert lent(store_ids=[store.pk]) == [store.pk]


def test_who_joins_a_line_that_is_due_does_not_put_it_back(store):
    make_line(store=store, due_at=NOW - timedelta(minutes=1))

    join_lines([store.pk], now=NOW)

    assert line_of(store)[0] == NOW - timedelta(minutes=1)


@pytest.mark.parametrize(
    ("due_in_s", "hurried", "due"),
    [
        pytest.param(10, False, False, id="for seconds: it waits with the others"),
        pytest.param(11, False, True, id="for longer: it may be worth more than they"),
        pytest.param(10, True, True, id="for seconds, and is in a hurry"),
    ],
)
def test_who_joins_a_line_that_waits_for_quota(store, due_in_s, hurried, due):
    due_at = NOW + timedelta(seconds=due_in_s)
    make_line(store=store, due_at=due_at)

    join_lines([store.pk], now=NOW, hurried=[store.pk] if hurried else [])

    assert line_of(store)[0] == (NOW if due else due_at)


@pytest.mark.parametrize(
    ("fields", "due"),
    [
        pytest.param({}, False, id="a win"),
        pytest.param({"is_own": True}, True, id="the seller's own edit"),
        pytest.param({"old_price": Money.tenge(899)}, True, id="a loss that is being made"),
    ],
)
def test_what_can_not_wait_hurries_its_line(store, fields, due):
    make_line(store=store, due_at=SOON)
    change = a_change(store, **fields)

    order_pushes([change.pk], now=NOW)

    assert line_of(store)[0] == (None if due else SOON)


def test_a_line_is_due_again_when_its_worker_says_so(store):
    make_line(store=store, **MINE)

    leave_line(store_id=store.pk, lease="mine", due_at=SOON)

    assert line_of(store) == (SOON, "", None)


def test_who_joins_while_the_line_is_served_is_not_forgotten(store):
    make_line(store=store, **MINE)
    join_lines([store.pk], now=NOW)

    leave_line(store_id=store.pk, lease="mine", due_at=None)

    assert line_of(store) == (NOW, "", None)


def test_whoever_asks_what_waits_has_seen_all_that_joined_before(store):
    make_line(store=store, **MINE)
    join_lines([store.pk], now=NOW)

    kept = keep_line(store_id=store.pk, lease="mine", now=SOON)

    assert kept is True
    assert line_of(store) == (None, "mine", SOON + timedelta(seconds=60))


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"lease": "another"}, id="is another's"),
        pytest.param({"leased_until": NOW}, id="is over"),
    ],
)
def test_a_line_is_not_kept_by_whose_lease(store, fields):
    make_line(store=store, **{**MINE, **fields})

    assert keep_line(store_id=store.pk, lease="mine", now=NOW) is False


def test_a_line_is_not_left_by_whose_lease_is_over(store):
    make_line(store=store, **{**MINE, "lease": "another"})

    leave_line(store_id=store.pk, lease="mine", due_at=SOON)

    assert line_of(store) == (None, "another", MINE["leased_until"])


@pytest.mark.django_db(transaction=True)
def test_a_line_that_another_is_lending_right_now_is_passed_over(store, broker):
    make_line(store=store)
    with connection.copy().cursor() as other:
        other.execute("BEGIN")
        other.execute("SELECT 1 FROM products_pushline FOR UPDATE")

        lend_lines(now=NOW)
        other.execute("ROLLBACK")
        other.connection.close()

    assert broker.take() == []
