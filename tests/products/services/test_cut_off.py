"""Killed at any step of a change's life, with the worker or with the database.

What is left is what was before or all of it, and whoever comes when the lease has ended brings it
to the same end as if nothing had happened.
"""

from abc import ABC, abstractmethod
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from celery import Celery
from typing_extensions import override

from cube_demper.celery import app
from cube_demper.kernel.jobs import QueueUnavailable
from cube_demper.kernel.money import Money
from products.engine.model import PushReport, Ready, Shown
from products.errors import ProposalMissing
from products.models import (
    OPEN_CHANGE_STATES,
    Change,
    ChangeState,
    Market,
    Product,
    PushLine,
    TapeEntry,
)
from products.services.deadlines import LEASE_S
from products.services.dispatch import tick
from products.services.lines import lend_lines
from products.services.outcomes import record_report
from products.services.proposals import approve, reject
from products.services.reprice import record_round
from products.services.undo import undo
from products.services.waves import begin_sending, claim_wave, orders_of
from tests.factories import (
    NOW,
    make_change,
    make_decision,
    make_line,
    make_market,
    make_product,
    make_store,
    make_user,
)
from tests.products.cutting import By, cut_everywhere
from tests.products.engine.fakes import a_listing
from tests.products.verdicts import a_verdict, looked

pytestmark = [pytest.mark.db, pytest.mark.django_db(transaction=True)]
NEXT = NOW + timedelta(seconds=LEASE_S + 1)  # when what the dead one held is anybody's


class Life(ABC):
    """A product of a seller of its own, brought to where a step begins; the step; what is there."""

    def __init__(self, **fields: Any) -> None:
        self.store = make_store(user=make_user())
        self.market = make_market(next_look_at=NOW + timedelta(hours=1))
        self.product = make_product(
            store=self.store, market=self.market, anchor=Money.tenge(1000), **fields
        )

    def begin(self) -> None:
        """Take the step for the first time."""
        self.step(NOW)

    @abstractmethod
    def step(self, now: datetime) -> None: ...

    def rows(self) -> tuple[object, ...]:
        """Everything of the product that its seller and the marketplace would notice."""
        product = Product.rows.get(pk=self.product.pk)
        changes = Change.rows.filter(product=product, state__in=OPEN_CHANGE_STATES)
        line = PushLine.rows.filter(store=self.store).first()
        return (
            [*changes.values_list("state", "price", "hold", "is_own")],
            (product.price, product.wanted_price, product.anchor, product.push_after is None),
            product.rules,
            TapeEntry.objects.filter(market=self.market).count(),
            line is not None and (line.due_at is not None or line.lease != ""),
        )

    def _change(self, state: ChangeState, *, price: int = 989, **fields: Any) -> Change:
        decision = make_decision(product=self.product, wanted_price=Money.tenge(price))
        return make_change(decision=decision, state=state, **fields)


class Looked(Life):
    """A market is lent out and looked at, and a rival at 990 ₸ is seen."""

    RIVAL = 990

    def __init__(self) -> None:
        super().__init__()
        Market.objects.filter(pk=self.market.pk).update(next_look_at=NOW)

    @override
    def step(self, now: datetime) -> None:
        tick(now=now)
        market = Market.objects.get(pk=self.market.pk)
        outcome = looked(market, a_verdict(self.product, self.RIVAL))
        record_round(shard=market.shard, lease=market.lease, outcomes=[outcome], began=now, now=now)


class Leapt(Looked):
    """The same, and the price would leap: it is proposed."""

    RIVAL = 1400


class Approved(Life):
    def __init__(self) -> None:
        super().__init__()
        self._change(ChangeState.PROPOSED, price=1399, hold="leap")

    @override
    def step(self, now: datetime) -> None:
        approve(user=self.store.user, product_id=self.product.pk, now=now)


class Rejected(Approved):
    @override
    def step(self, now: datetime) -> None:
        reject(user=self.store.user, product_id=self.product.pk, now=now)


class Undone(Life):
    """Two hours ago the price was another, and it is to be that again."""

    def __init__(self) -> None:
        super().__init__()
        at = NOW - timedelta(hours=2)
        self._change(ChangeState.APPLIED, old_price=Money.tenge(1200), decided_at=at)

    @override
    def step(self, now: datetime) -> None:
        undo(self.store, hours=3, now=now)


class Claimed(Life):
    """A pending change is lent with its line, claimed, and marked as being sent."""

    def __init__(self) -> None:
        super().__init__()
        self._change(ChangeState.PENDING)
        make_line(store=self.store)

    @override
    def step(self, now: datetime) -> None:
        lend_lines(now=now, store_ids=[self.store.pk])
        lease = PushLine.rows.get(store=self.store).lease
        wave = claim_wave(store_id=self.store.pk, lease=lease, now=now)
        ready = [Ready(order.change_id, a_listing(order.sku)) for order in wave.orders]
        begin_sending(ready, store_id=self.store.pk, lease=lease, now=now)


class Shown989(Life):
    """What was being sent is read back, and Kaspi shows it."""

    def __init__(self) -> None:
        super().__init__(wanted_price=Money.tenge(989))
        self.change = self._change(ChangeState.SENDING)

    @override
    def step(self, now: datetime) -> None:
        [order] = orders_of([self.change])
        shown = Shown(order.change_id, order.price, is_settled=True, is_wanted=True)
        record_report(orders=[order], report=PushReport((shown,), {}), now=now)


STEPS = [Looked, Approved, Undone, Claimed, Shown989]
CUTS = [
    *[pytest.param(step, by, id=f"{step.__name__}-{by.value}") for step in STEPS for by in By],
    # These write as those above do; once is enough.
    pytest.param(Leapt, By.WORKER, id="Leapt-worker"),
    pytest.param(Rejected, By.WORKER, id="Rejected-worker"),
]


@pytest.fixture
def queue_gone():
    """Redis was killed: nobody takes an order."""
    Celery("gone", broker="redis+socket:///nonexistent/valkey.sock").set_current()
    yield
    app.set_current()


@pytest.mark.parametrize(("life_of", "by"), CUTS)
def test_who_is_killed_at_any_step_leaves_all_or_nothing_and_the_next_ends_it(life_of, by, broker):
    whole = life_of()
    before = whole.rows()
    whole.step(NOW)
    after = whole.rows()

    left, resumed = [], []
    for life in cut_everywhere(life_of, by=by):
        left.append(life.rows())
        with suppress(ProposalMissing):  # somebody's yes or no that had come through
            life.step(NEXT)
        resumed.append(life.rows())

    assert before != after
    assert [rows for rows in left if rows not in (before, after)] == []
    assert (before in left, after in left) == (True, True)
    assert [rows for rows in resumed if rows != after] == []


@pytest.mark.parametrize("life_of", [Approved, Undone])
def test_what_was_decided_while_redis_was_dead_is_pushed_by_the_next_tick_after_a_lease(
    life_of, broker, queue_gone
):
    life = life_of()

    with pytest.raises(QueueUnavailable):
        life.step(NOW)
    app.set_current()
    tick(now=NEXT)

    state = life.rows()[0][0][0]
    orders = [order.arguments for order in broker.take() if order.queue == "demper.push"]
    line = PushLine.rows.get(store=life.store)
    assert state == ChangeState.PENDING
    assert orders == [{"store_id": life.store.pk, "lease": line.lease}]
