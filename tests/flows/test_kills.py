"""``kill -9`` of what may be killed, while it works: nothing is lost, nothing is done twice."""

import re
from collections import defaultdict
from dataclasses import dataclass

import pytest
from redis import Redis

from tests.flows.market import doubled
from tests.flows.patience import until
from tests.flows.shelf import STEP, Article

_PUSH = re.compile(r"push (\d+) (\S+) (\d+) tenge")
_HANGS_S = 9  # below the time that a call may take, so that no worker gives up by itself


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What came of the kills: of whom they cut off, and of rivals moved right afterwards."""

    pushed: Article
    pushed_price: int
    state_at_kill: str
    looked_at: Article
    followed: dict[str, bool]


@pytest.fixture(scope="module")
def pushes_seen(house):
    """Tell every price that the marketplace accepted, by merchant and sku, in order."""

    def read() -> dict[tuple[str, str], list[int]]:
        prices = defaultdict(list)
        for line in house.heard("| push "):
            push = _PUSH.search(line)
            assert push is not None, line
            merchant_id, sku, price = push.groups()
            prices[merchant_id, sku].append(int(price))
        return prices

    return read


@pytest.fixture(scope="module")
def aftermath(house, market, shelf, ledger, queues):
    """Kill a worker within a push, another within a look, the database and the queue's server."""
    by_shard: dict[int, list[Article]] = defaultdict(list)
    while len(by_shard) < 2:
        article = shelf.take()
        by_shard[ledger.shard_of(article.product_id)].append(article)
    (first, (pushed, *_)), (second, (looked_at, *_)) = by_shard.items()
    witness = shelf.take()
    for article in (pushed, looked_at, witness):
        article.until_settled()
    followed: dict[str, bool] = {}

    # A worker, while the marketplace holds its push back. The push itself takes effect.
    price = pushed.lowest - 50
    hold = {"after": True, "timeout_s": _HANGS_S, "count": 1, "merchant_id": pushed.merchant_id}
    market.order_fault("push", "timeout", **hold)
    pushed.move_rival(price)
    until(market.faults, lambda faults: faults == [])
    cut_off = ledger.changes_of(pushed.product_id)[-1]
    house.kill(f"demper-{first}")

    # Another, while the marketplace holds its looks back.
    market.order_fault("offers", "timeout", timeout_s=_HANGS_S)
    until(
        lambda: ledger.lease_on(looked_at.product_id),
        lambda lease: lease and not queues.holds(f"demper.{second}", lease),
    )
    house.kill(f"demper-{second}")
    market.clear_faults()
    looked_at.move_rival(looked_at.lowest - 60)
    followed["worker"] = witness.follows(witness.lowest - 70)

    for number, server in enumerate(("postgres", "valkey"), start=8):
        house.kill(server)
        followed[server] = witness.follows(witness.lowest - number * 10)

    # And the limiter's memory, as if Redis had come back without it.
    with Redis.from_url(house.address_of("REDIS_URL")) as redis:
        redis.delete(*redis.scan_iter("limit:*"))
    followed["memory"] = witness.follows(witness.lowest - 100)
    return Aftermath(pushed, price - STEP, cut_off["state"], looked_at, followed)


def test_a_moved_rival_is_followed_after_each_kill(aftermath):
    assert aftermath.followed == dict.fromkeys(("worker", "postgres", "valkey", "memory"), True)


def test_a_push_that_was_cut_off_is_found_in_force_and_not_sent_again(
    aftermath, ledger, pushes_seen
):
    article = aftermath.pushed

    article.until_priced(aftermath.pushed_price)

    last = ledger.changes_of(article.product_id)[-1]
    assert aftermath.state_at_kill == "SENDING"
    assert (last["state"], last["tenge"]) == ("APPLIED", aftermath.pushed_price)
    assert pushes_seen()[article.merchant_id, article.sku].count(aftermath.pushed_price) == 1


def test_a_look_that_was_cut_off_comes_again_when_its_lease_has_ended(aftermath):
    article = aftermath.looked_at

    decision = article.until_priced(article.lowest - 60 - STEP)

    assert article.listing()["price"] == article.lowest - 60 - STEP
    assert (decision["reason"], decision["change"]["state"]) == ("undercut", "applied")


def test_no_change_that_was_open_then_stays_open(aftermath, ledger):
    then = {change["id"] for change in ledger.open_changes()}

    left = until(lambda: then & {change["id"] for change in ledger.open_changes()}, lambda s: not s)

    assert left == set()


def test_no_product_has_two_open_changes(aftermath, ledger):
    products = [change["product_id"] for change in ledger.open_changes()]

    assert len(products) == len(set(products))


def test_no_price_was_sent_twice_in_a_row(aftermath, pushes_seen):
    twice = {offer: doubled(prices) for offer, prices in pushes_seen().items()}

    assert {offer: prices for offer, prices in twice.items() if prices} == {}


def test_no_accepted_price_lies_outside_its_corridor(aftermath, ledger, pushes_seen):
    corridors = ledger.corridors()

    outside = [
        (offer, price)
        for offer, prices in pushes_seen().items()
        for price in prices
        if not corridors[offer][0] <= price <= corridors[offer][1]
    ]

    assert len(pushes_seen()) > 10
    assert outside == []
