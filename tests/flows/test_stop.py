"""Stopping, and starting on what was left."""

import pytest

from tests.flows.house import living
from tests.flows.patience import until


@pytest.fixture
def restarted(house, market, shelf):
    """Stop the house and start it again: exit code, who there was, who is left, what it said."""
    before = house.family()
    mark = len(house.lines)
    code = house.stop()
    # A browser's own children end with it, but not in the same moment.
    left = until(lambda: living(before), lambda some: not some, patience_s=10)
    house.start()
    market.be_quiet()
    return code, len(before), left, house.lines[mark:]


def test_a_stopped_house_leaves_no_process_and_goes_on_where_it_was(
    house, market, seller, shelf, restarted
):
    code, processes, left, said = restarted

    # Nothing outlives the stop.
    assert (code, left) == (0, set())
    assert processes > 15

    # The seller is still logged in, here and at the marketplace.
    assert seller.get("/auth/me")["email"] == seller.email
    assert seller.store()["is_connected"] is True
    assert [line for line in said if "session opened" in line] == []

    # And rivals are followed as before.
    article = shelf.take()
    assert article.follows(article.lowest - 40) is True
