"""``kill -9`` of whoever serves a line, after each of its writes."""

from datetime import timedelta

import pytest

from kaspi import runtime
from products.models import Change, ChangeState
from tests.products.cutting import By, cut_everywhere
from tests.products.pushing import a_change, push, pushes, settle, shown

pytestmark = [pytest.mark.flow, pytest.mark.django_db(transaction=True)]
A_LEASE_LATER = timedelta(seconds=61)
CALLED_LOST = timedelta(minutes=4)
ENDS = {ChangeState.APPLIED, ChangeState.LOST}


class Pushed:
    """A change of a listing that is pushed, and then brought to its end."""

    def __init__(self, store, listing, sandbox):
        Change.rows.all().delete()
        store.products.all().delete()
        self.store, self.listing, self.sandbox = store, listing, sandbox
        listing.update(shown(sandbox, listing))
        self.sent_before = len(pushes(sandbox))
        self.change = a_change(store, listing, by=-1)
        runtime.close()  # the child opens its own

    def begin(self):
        push(self.store)

    def end(self):
        """What the next ones do: they serve the line, and read back what was sent."""
        push(self.store, later=A_LEASE_LATER)
        settle(self.change, self.sandbox, self.listing, later=A_LEASE_LATER)
        if self.change.state not in ENDS:
            settle(self.change, self.sandbox, self.listing, later=CALLED_LOST)

    @property
    def price(self):
        return shown(self.sandbox, self.listing)["price"]

    @property
    def sent(self):
        return len(pushes(self.sandbox)) - self.sent_before


def test_a_pusher_killed_after_any_write_sends_nothing_twice_and_loses_nothing(
    store, shelf, sandbox, broker
):
    left, ended = [], []
    for life in cut_everywhere(lambda: Pushed(store, shelf[0], sandbox), by=By.WORKER):
        life.change.refresh_from_db()
        left.append((life.change.state, life.sent))
        life.end()
        moved = life.price == life.change.price.whole_tenge
        ended.append((life.change.state, life.sent, moved))

    assert set(left) == {("PENDING", 0), ("SENDING", 0), ("SENDING", 1), ("SENT", 1)}
    assert set(ended) == {(ChangeState.APPLIED, 1, True), (ChangeState.LOST, 0, False)}
