"""A store's changes on their way through the sandbox's cabinet, in this process."""

from datetime import timedelta

from django.utils import timezone

from cube_demper.kernel.money import Money
from products.models import Change, PushLine
from products.services.changes import push_changes, settle_changes
from tests.factories import make_change, make_decision, make_market, make_product
from tests.flows.patience import until

AIGERIM = "30112233"
LEASE = "mine"
NO_TIME = timedelta(0)


def a_change(store, listing, *, by=-10):
    """A change that is due, so many tenge away from the price in force."""
    now = timezone.now()
    product = make_product(
        store=store,
        market=make_market(),
        sku=listing["sku"],
        floor=Money.tenge(10),
        ceiling=Money.tenge(10_000_000),
    )
    wanted = Money.tenge(listing["price"] + by)
    decision = make_decision(product=product, wanted_price=wanted, decided_at=now)
    return make_change(decision=decision, decided_at=now, next_step_at=now)


def lent(*, later=NO_TIME):
    return {"lease": LEASE, "leased_until": timezone.now() + later + timedelta(seconds=60)}


def shown(sandbox, listing):
    return next(one for one in sandbox.listings(AIGERIM) if one["sku"] == listing["sku"])


def but_the_price(listing):
    return {**listing, "price": None, "city_prices": sorted(listing["city_prices"])}


def push(store, *, later=NO_TIME):
    """Serve the store's line, as whoever takes it up."""
    PushLine.rows.update_or_create(store=store, defaults=lent(later=later))
    push_changes(store_id=store.pk, lease=LEASE, clock=lambda: timezone.now() + later)


def settle(change, sandbox, listing, *, later=NO_TIME):
    """Read back what became of it, once Kaspi has applied what it has."""
    until(lambda: shown(sandbox, listing)["pending"], lambda pending: not pending)
    Change.rows.filter(pk=change.pk).update(**lent(later=later))
    settle_changes(change_ids=[change.pk], lease=LEASE, clock=lambda: timezone.now() + later)
    change.refresh_from_db()


def pushes(sandbox):
    return sandbox.requests("push") + sandbox.requests("batch")
