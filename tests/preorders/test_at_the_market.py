"""Preorders from a seller's word to what buyers see, and back, through the sandbox's cabinet."""

from datetime import timedelta

import pytest
from django.utils import timezone

from preorders.models import Preorder
from preorders.services import keeping
from preorders.services.keeping import Terms
from preorders.services.steering import steer
from products.models import ChangeState, PreorderChange, Product
from products.services.preorder_changes import begin_preorders, claim_preorders, settle_preorders
from products.services.trips import read_and_send
from tests.factories import make_market, make_product
from tests.flows.patience import until
from tests.products.pushing import AIGERIM, LEASE, a_change, lent, push, pushes, settle, shown

pytestmark = pytest.mark.flow


@pytest.fixture
def listing(sandbox):
    """One of hers that is on sale at a point where nobody counts its stock."""
    return next(one for one in sandbox.listings(AIGERIM) if one["on_sale"] and _free(one))


def _free(listing):
    return sorted(
        code
        for code, at in listing["points"].items()
        if not at["stock_specified"] and not at["pre_order"]
    )


@pytest.fixture
def product(store, listing):
    points = [{"id": code, "yes": True} for code in listing["points"]]
    return make_product(store=store, market=make_market(), sku=listing["sku"], points=points)


def begin(product, point_id, **terms):
    now = timezone.now()
    preorder = keeping.begin(
        user=product.store.user,
        product_id=product.pk,
        point_id=point_id,
        terms=Terms(**{"days": 9, **terms}),
        now=now,
    )
    steer(product.pk, now=now)
    return preorder


def read_back(sandbox, listing):
    until(lambda: shown(sandbox, listing)["pending"], lambda pending: not pending)
    [change] = PreorderChange.rows.filter(settled_at=None)
    PreorderChange.rows.filter(pk=change.pk).update(**lent())
    settle_preorders(change_ids=[change.pk], lease=LEASE, clock=timezone.now)


def days_at(sandbox, listing):
    return {code: at["pre_order"] for code, at in shown(sandbox, listing)["points"].items()}


def but_the_days(listing):
    points = {code: {**at, "pre_order": None} for code, at in listing["points"].items()}
    return {**listing, "points": points}


def test_a_preorder_is_shown_to_buyers_and_taken_back_and_nothing_else_moves(
    store, sandbox, listing, product
):
    point_id = _free(listing)[0]
    preorder = begin(product, point_id)

    push(store)
    read_back(sandbox, listing)
    begun = shown(sandbox, listing)
    preorder.refresh_from_db()
    state = preorder.state
    keeping.end(user=store.user, preorder_id=preorder.pk, now=timezone.now())
    steer(product.pk, now=timezone.now())
    push(store)
    read_back(sandbox, listing)
    ended = shown(sandbox, listing)

    preorder.refresh_from_db()
    assert (state, preorder.state, preorder.reason) == ("ACTIVE", "ENDED", "by-seller")
    assert begun["points"][point_id]["pre_order"] == 9
    assert not ended["points"][point_id]["pre_order"]
    assert but_the_days(begun) == but_the_days(ended) == but_the_days(listing)


def test_a_price_and_a_preorder_of_one_listing_go_one_after_the_other(store, sandbox, listing):
    change = a_change(store, listing)
    Product.rows.filter(pk=change.product_id).update(
        points=[{"id": code, "yes": True} for code in _free(listing)]
    )
    begin(Product.rows.select_related("store__user").get(pk=change.product_id), _free(listing)[0])

    push(store)
    change.refresh_from_db()
    at_first = change.state, PreorderChange.rows.get().state
    read_back(sandbox, listing)
    push(store)
    settle(change, sandbox, listing)

    assert at_first == (ChangeState.PENDING, ChangeState.SENT)
    assert change.state == ChangeState.APPLIED
    assert shown(sandbox, listing)["price"] == change.price.whole_tenge
    assert days_at(sandbox, listing)[_free(listing)[0]] == 9


def test_one_whose_sender_was_killed_is_read_and_never_sent_blind(store, sandbox, listing, product):
    preorder = begin(product, _free(listing)[0])
    orders = claim_preorders(store.pk, lease=LEASE, now=timezone.now())

    def killed(ready):
        begin_preorders(ready, store_id=store.pk, lease=LEASE, now=timezone.now())
        return []  # its row says SENDING, and nothing left the house

    read_and_send(orders, begin=killed, clock=timezone.now)
    push(store, later=timedelta(minutes=2))
    later = timezone.now() + timedelta(minutes=3)
    PreorderChange.rows.update(**lent(later=timedelta(minutes=3)))
    settle_preorders(change_ids=[orders[0].change_id], lease=LEASE, clock=lambda: later)

    preorder.refresh_from_db()
    assert (preorder.state, preorder.reason) == ("FAILED", "never-shown")
    assert pushes(sandbox) == []
    assert Preorder.rows.get().shown_days == 0
