"""Preorders whose writer is killed after any of its writes."""

from abc import ABC, abstractmethod
from datetime import timedelta

import pytest
from typing_extensions import override

from news.models import Event
from preorders.models import Preorder
from preorders.services import keeping
from preorders.services.keeping import Terms
from preorders.services.steering import steer_due
from products.models import PreorderChange, PushLine
from tests.factories import NOW, make_market, make_product, make_store, make_user
from tests.preorders.pushing import send, show
from tests.products.cutting import By, cut_everywhere

pytestmark = [pytest.mark.db, pytest.mark.django_db(transaction=True)]
NEXT = NOW + timedelta(minutes=2)
TERMS = Terms(days=14)


class Life(ABC):
    def __init__(self) -> None:
        points = [{"id": "PP1", "yes": True}]
        self.store = make_store(user=make_user())
        self.product = make_product(store=self.store, market=make_market(), points=points)

    def begin(self) -> None:
        self.step(NOW)

    @abstractmethod
    def step(self, now): ...

    def rows(self):
        """Everything that its seller and the marketplace would notice."""
        own = {"product": self.product}
        line = PushLine.rows.filter(store=self.store).first()
        return (
            [*Preorder.rows.filter(**own).values_list("state", "shown_days", "ending")],
            [*PreorderChange.rows.filter(**own).values_list("state", "days")],
            Event.rows.filter(user=self.store.user).count(),
            line is not None and line.due_at is not None,
        )

    def _begin_preorder(self) -> Preorder:
        return keeping.begin(
            user=self.store.user,
            product_id=self.product.pk,
            point_id="PP1",
            terms=TERMS,
            now=NOW,
        )


class Steered(Life):
    """A preorder that was begun is ordered by the clock."""

    def __init__(self) -> None:
        super().__init__()
        self._begin_preorder()

    @override
    def step(self, now):
        steer_due(now=now)


class ShownDays(Life):
    """Kaspi shows it, and that is written down."""

    def __init__(self) -> None:
        super().__init__()
        self._begin_preorder()
        steer_due(now=NOW)
        self.sent = send(self.store)

    @override
    def step(self, now):
        if PreorderChange.rows.filter(product=self.product, settled_at=None).exists():
            show(self.sent, now=now)


@pytest.mark.parametrize("by", By)
@pytest.mark.parametrize("life_of", [Steered, ShownDays])
def test_who_is_killed_at_any_step_leaves_all_or_nothing_and_the_next_ends_it(life_of, by, broker):
    whole = life_of()
    before = whole.rows()
    whole.step(NOW)
    after = whole.rows()

    left, resumed = [], []
    for life in cut_everywhere(life_of, by=by):
        left.append(life.rows())
        life.step(NEXT)
        resumed.append(life.rows())

    assert before != after
    assert [rows for rows in left if rows not in (before, after)] == []
    assert (before in left, after in left) == (True, True)
    assert [rows for rows in resumed if rows != after] == []
