from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from ai.errors import AllowanceSpent, DayBudgetSpent
from ai.models import CallState, DaySpending, MonthSpending
from ai.ports import Finish, Finished, Usage
from ai.prices import Price
from ai.services import budgets
from ai.services.budgets import Purse
from ai.words import Assistant
from cube_demper.kernel.errors import DomainError
from cube_demper.kernel.money import Money
from tests.factories import NOW, make_user

pytestmark = pytest.mark.db
ONE_A_TOKEN = Price(1_000_000, 1_000_000, 1_000_000)
CAP = Money(100)


def reserve(user, tokens, *, cap=CAP, now=NOW):
    return budgets.reserve(
        Purse(user, Assistant.LAWYER, "answer"),
        model="large",
        price=ONE_A_TOKEN,
        usage=Usage(prompt=tokens),
        cap=cap,
        now=now,
    )


def settle(call, tokens):
    usage = None if tokens is None else Usage(prompt=tokens)
    budgets.settle(call, Finished(Finish.STOP, (), usage, "large-2026"), now=NOW)


def sums(user):
    own, day = MonthSpending.rows.filter(user=user), DaySpending.objects.all()
    rows = [*own.values_list("spent", "reserved"), *day.values_list("spent", "reserved")]
    return [amount.tiyn for row in rows for amount in row] or [0, 0, 0, 0]


def test_what_is_reserved_becomes_what_was_used(seller):
    call = reserve(seller, 40)
    before = sums(seller)

    settle(call, 7)

    call.refresh_from_db()
    assert before == [0, 40, 0, 40]
    assert sums(seller) == [7, 0, 7, 0]
    assert (call.state, call.cost, call.answered_model) == (
        CallState.SETTLED,
        Money(7),
        "large-2026",
    )


def test_usage_that_nobody_told_is_charged_as_reserved(seller):
    settle(reserve(seller, 40), None)

    assert sums(seller) == [40, 0, 40, 0]


def test_a_call_that_nobody_took_up_costs_nothing(seller):
    budgets.release(reserve(seller, 40), error="model-busy", now=NOW)

    assert sums(seller) == [0, 0, 0, 0]


def test_of_a_call_that_broke_off_the_seller_pays_what_arrived_and_the_house_reckons_with_all(
    seller,
):
    delivered = Usage(prompt=5, completion=3)

    budgets.lose(reserve(seller, 40), delivered=delivered, error="left", now=NOW)

    assert sums(seller) == [8, 0, 40, 0]


def test_of_a_call_that_broke_off_at_once_the_seller_pays_nothing(seller):
    budgets.lose(reserve(seller, 40), delivered=Usage(prompt=40), error="left", now=NOW)

    assert sums(seller) == [0, 0, 40, 0]


def test_a_call_is_closed_once(seller):
    call = reserve(seller, 40)
    settle(call, 7)

    settle(call, 7)
    budgets.lose(call, delivered=Usage(), error="left", now=NOW)

    assert sums(seller) == [7, 0, 7, 0]


def test_a_month_that_is_spent_says_when_the_next_begins(seller):
    reserve(seller, 60)

    with pytest.raises(AllowanceSpent) as refused:
        reserve(seller, 41)

    assert refused.value.retry_at == datetime(2026, 3, 31, 19, tzinfo=UTC)  # Almaty's midnight
    assert sums(seller) == [0, 60, 0, 60]


def test_a_day_that_is_spent_says_when_the_next_begins(seller, stranger, settings):
    settings.AI_DAILY_TIYN = 100
    reserve(stranger, 60)

    with pytest.raises(DayBudgetSpent) as refused:
        reserve(seller, 41)

    assert refused.value.retry_at == datetime(2026, 3, 2, 19, tzinfo=UTC)


def test_a_new_month_begins_with_nothing_spent(seller):
    settle(reserve(seller, 100), 100)

    reserve(seller, 100, now=NOW + timedelta(days=31))

    assert MonthSpending.rows.filter(user=seller).count() == 2


def test_calls_of_dead_processes_are_closed_by_the_clock(seller):
    reserve(seller, 40)
    reserve(seller, 10, now=NOW + timedelta(minutes=14))

    swept = budgets.sweep(now=NOW + timedelta(minutes=16))

    assert swept == 1
    assert sums(seller) == [0, 10, 40, 10]


@pytest.mark.django_db(transaction=True)
def test_many_at_once_never_pass_the_cap():
    user = make_user()

    def attempt(_):
        try:
            call = reserve(user, 30)
            settle(call, 30)
        except DomainError:
            return 0
        finally:
            connection.close()
        return 30

    with ThreadPoolExecutor(8) as threads:
        spent = sum(threads.map(attempt, range(16)))

    assert (spent, sums(user)) == (90, [90, 0, 90, 0])


steps = st.lists(st.tuples(st.integers(1, 60), st.integers(0, 90), st.booleans()), max_size=25)


class Interleavings(TestCase):
    @hypothesis_settings(max_examples=25, deadline=None)
    @given(steps)
    def test_no_order_of_calls_passes_the_cap(self, told):
        user, under_way, most = make_user(), [], 0
        for guessed, used, is_closed_now in told:
            with suppress(AllowanceSpent):
                under_way.append((reserve(user, guessed), used))
            if is_closed_now and under_way:
                settle(*under_way.pop(0))
            spent, reserved, *_ = sums(user)
            most = max(most, spent + reserved)

        assert most <= CAP.tiyn
        assert sums(user)[1] == sum(call.reserved.tiyn for call, _ in under_way)
