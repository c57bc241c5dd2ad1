"""Changes on their way, from the row through the sandbox's cabinet and back, cut off anywhere."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone
from structlog.testing import capture_logs

from cube_demper.kernel.money import Money
from kaspi import runtime
from kaspi.services.sessions import ticket_for
from products.engine.model import Ready
from products.engine.push import read_all
from products.models import Change, ChangeState, PushLine
from products.services.waves import begin_sending, claim_wave
from tests.factories import make_change, make_decision, make_market, make_product
from tests.flows.patience import until
from tests.products.pushing import (
    AIGERIM,
    LEASE,
    a_change,
    but_the_price,
    push,
    pushes,
    settle,
    shown,
)

pytestmark = pytest.mark.flow


def close_a_point(store, sandbox, listing):
    """Take the listing off one of its points, as Kaspi would if it read a statement otherwise."""
    until(lambda: shown(sandbox, listing)["pending"], lambda pending: not pending)
    before = shown(sandbox, listing)["points"]
    ticket = ticket_for(store)

    async def close(gateway):
        async with gateway.open_cabinet(ticket) as cabinet:
            now = await cabinet.listing(listing["sku"])
            open_point = next(point for point in now.points if point.is_available)
            points = tuple(
                replace(point, is_available=point.is_available and point is not open_point)
                for point in now.points
            )
            await cabinet.push(replace(now, points=points), now.price)

    runtime.run(close, timeout_s=10)
    until(lambda: shown(sandbox, listing)["points"], lambda points: points != before)


def test_a_listing_and_one_of_its_cities_move_with_one_push(store, sandbox):
    listing = next(
        one for one in sandbox.listings(AIGERIM) if one["on_sale"] and len(one["city_prices"]) > 2
    )
    home, city_id, other = sorted(listing["city_prices"], key=lambda city: city != store.city_id)[
        :3
    ]
    wide = a_change(store, listing)
    row = make_product(
        store=store,
        market=make_market(card=wide.product.market.card, city_id=city_id),
        sku=listing["sku"],
        listing=wide.product,
        city_id=city_id,
        floor=Money.tenge(10),
        ceiling=Money.tenge(10_000_000),
    )
    now, wanted = timezone.now(), Money.tenge(listing["price"] + 33)
    decision = make_decision(product=row, wanted_price=wanted, decided_at=now)
    local = make_change(decision=decision, decided_at=now, next_step_at=now)

    push(store)
    settle(wide, sandbox, listing)
    settle(local, sandbox, listing)

    prices = shown(sandbox, listing)["city_prices"]
    wide_tenge = wide.price.whole_tenge
    assert (prices[home], prices[city_id], prices[other]) == (
        wide_tenge,
        wanted.whole_tenge,
        wide_tenge,
    )
    assert (wide.state, local.state) == (ChangeState.APPLIED, ChangeState.APPLIED)
    assert wide.job_id == local.job_id
    assert len(pushes(sandbox)) == 1


def test_a_change_goes_through_and_all_else_stays(store, shelf, sandbox):
    listing = shelf[0]
    change = a_change(store, listing)

    push(store)
    settle(change, sandbox, listing)

    now = shown(sandbox, listing)
    assert (change.state, change.listing, change.losses) == (ChangeState.APPLIED, None, "")
    assert set(now["city_prices"].values()) <= {change.price.whole_tenge}
    assert but_the_price(now) == but_the_price(listing)


def test_changes_of_a_store_share_a_request(store, shelf, sandbox):
    for listing in shelf[:3]:
        a_change(store, listing)

    push(store)

    states = set(Change.rows.values_list("state", flat=True))
    assert (states, len(sandbox.requests("batch")), sandbox.requests("push")) == (
        {ChangeState.SENT},
        1,
        [],
    )


def test_each_change_goes_alone_where_bundles_are_off(store, shelf, sandbox, settings):
    settings.KASPI_BUNDLE_MOST = 1
    runtime.close()  # the next gateway reads it

    for listing in shelf[:2]:
        a_change(store, listing)
    push(store)

    assert (len(sandbox.requests("push")), sandbox.requests("batch")) == (2, [])


def test_a_line_that_was_served_is_left_until_somebody_joins(store, shelf, sandbox):
    a_change(store, shelf[0])

    push(store)

    line = PushLine.rows.get()
    assert (line.due_at, line.lease, line.leased_until) == (None, "", None)


def test_one_cut_off_before_it_was_marked_is_sent_by_the_next(store, shelf, sandbox):
    change = a_change(store, shelf[0])
    orders = claim_wave(store_id=store.pk, lease="the dead one's", now=timezone.now()).orders
    runtime.run(
        lambda gateway: read_all(orders, open_cabinet=gateway.open_cabinet, batch_s=5), timeout_s=6
    )

    # Here the worker was killed. The lease ends, and another takes it up.
    Change.rows.update(leased_until=timezone.now())
    push(store)

    change.refresh_from_db()
    assert (change.state, len(pushes(sandbox))) == (ChangeState.SENT, 1)


def test_one_cut_off_before_it_was_sent_is_read_and_never_sent_blind(store, shelf, sandbox):
    listing = shelf[0]
    change = a_change(store, listing)
    now = timezone.now()
    orders = claim_wave(store_id=store.pk, lease=LEASE, now=now).orders
    read = runtime.run(
        lambda gateway: read_all(orders, open_cabinet=gateway.open_cabinet, batch_s=5), timeout_s=6
    )
    ready = [one for one in read.outcomes if isinstance(one, Ready)]
    begin_sending(ready, store_id=store.pk, lease=LEASE, now=now)

    # Here the worker was killed.
    push(store)
    settle(change, sandbox, listing)
    at_first = change.state
    settle(change, sandbox, listing, later=timedelta(minutes=3))

    assert (at_first, change.state, pushes(sandbox)) == (
        ChangeState.SENDING,
        ChangeState.LOST,
        [],
    )


def test_one_cut_off_after_it_was_sent_is_found_and_not_sent_again(store, shelf, sandbox):
    listing = shelf[0]
    change = a_change(store, listing)
    sandbox.break_("push", "reset", after=True, count=1)
    push(store)

    # The answer never came. The same row as of a worker killed while it waited for it.
    push(store)
    settle(change, sandbox, listing)

    assert (change.state, len(pushes(sandbox))) == (ChangeState.APPLIED, 1)


def test_what_got_lost_with_a_push_is_stated_again_once(store, shelf, sandbox):
    listing = shelf[0]
    change = a_change(store, listing)
    push(store)
    close_a_point(store, sandbox, listing)

    with capture_logs() as lines:
        settle(change, sandbox, listing)
        seen = (change.state, change.losses)
        settle(change, sandbox, listing)

    assert (seen[0], "point" in seen[1]) == (ChangeState.SENT, True)
    assert (change.state, change.losses) == (ChangeState.APPLIED, "")
    assert but_the_price(shown(sandbox, listing)) == but_the_price(listing)
    alarms = [line for line in lines if line["event"] == "products.change.took_more"]
    assert [(line["losses"], line["is_mended"]) for line in alarms] == [(seen[1], False)]


def test_what_stays_lost_is_not_stated_a_third_time_and_the_product_rests(store, shelf, sandbox):
    listing = shelf[0]
    change = a_change(store, listing)
    push(store)
    for _ in range(2):
        close_a_point(store, sandbox, listing)
        settle(change, sandbox, listing)
    sent = len(pushes(sandbox))

    settle(change, sandbox, listing)

    change.product.refresh_from_db()
    assert (change.state, "point" in change.losses) == (ChangeState.APPLIED, True)
    assert change.product.push_after > timezone.now() + timedelta(minutes=20)
    assert len(pushes(sandbox)) == sent
