"""Preorder days on their way, without a marketplace: what Kaspi would have said is said here."""

from datetime import timedelta

from products.engine.model import PushReport, Ready, Refused, Sent, Shown
from products.models import PreorderChange
from products.services.preorder_changes import (
    begin_preorders,
    claim_preorders,
    record_preorders,
)
from tests.factories import NOW
from tests.products.engine.fakes import a_listing

LEASE = "mine"


def days_ordered(product):
    """What is open of a product, or None."""
    change = PreorderChange.rows.filter(product=product, settled_at=None).first()
    return change and change.days


def send(store, *, now=NOW):
    """Claim what waits in a store's line, and have Kaspi accept it."""
    orders = claim_preorders(store.pk, lease=LEASE, now=now)
    ready = [Ready(order.change_id, a_listing(order.sku)) for order in orders]
    sending = begin_preorders(ready, store_id=store.pk, lease=LEASE, now=now)
    sent = tuple(Sent(order.change_id, "job-1") for order in sending)
    record_preorders(sending, PushReport(sent, {}), now=now)
    return sending


def show(orders, *, now=NOW):
    """Have Kaspi show what was ordered."""
    shown = tuple(
        Shown(order.change_id, a_listing().price, is_settled=True, is_wanted=True)
        for order in orders
    )
    record_preorders(orders, PushReport(shown, {}), now=now)


def refuse(orders, code, *, now=NOW):
    refused = tuple(Refused(order.change_id, code) for order in orders)
    record_preorders(orders, PushReport(refused, {}), now=now)


def lose(orders, *, now=NOW):
    """Have Kaspi show something else, long after it accepted."""
    price = a_listing().price
    other = tuple(Shown(one.change_id, price, is_settled=True, is_wanted=False) for one in orders)
    record_preorders(orders, PushReport(other, {}), now=now + timedelta(minutes=5))
