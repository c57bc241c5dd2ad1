"""A price that an operator sends by hand: a change like any other, with the same gates."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from cube_demper.kernel.money import Money
from kaspi.models import Store
from products.errors import ChangeUnderWay, CorridorIncomplete, OutsideCorridor, ProductMissing
from products.models import OPEN_CHANGE_STATES, Change, ChangeState, DecisionRecord, Product
from products.pricing.gate import legal
from products.pricing.model import Reason
from products.services.changes import push_change, settle_changes
from products.services.dispatch import lend
from products.services.lines import join_lines
from products.services.rulebook import rules_of


def decide_by_hand(*, store: Store, sku: str, price: Money, now: datetime) -> Change:
    """Write the decision and its change, due now. The next look decides anew.

    Raises ProductMissing, CorridorIncomplete where the product has none, OutsideCorridor, and
    ChangeUnderWay while an earlier change was sent and is not settled; then nothing is written. One
    that was not sent yet is superseded.
    """
    with transaction.atomic():
        product = (
            Product.rows.select_for_update(of=("self",))
            .select_related("store")
            .filter(store=store, sku=sku, listing=None)
            .first()
        )
        if product is None:
            raise ProductMissing(f"{store} has no product {sku}.")
        if product.corridor is None:
            raise CorridorIncomplete(f"{product} has no corridor, and nothing is sent without.")
        bounds = legal(rules_of(product, now=now), now)
        if price not in bounds:
            raise OutsideCorridor(f"{price} is not within {bounds.floor} and {bounds.ceiling}.")
        before = Change.rows.select_for_update().filter(
            product=product, state__in=OPEN_CHANGE_STATES
        )
        unsent = {ChangeState.PROPOSED, ChangeState.PENDING}
        if any(change.state not in unsent for change in before):
            raise ChangeUnderWay
        before.update(state=ChangeState.SUPERSEDED, settled_at=now)
        record = DecisionRecord.rows.create(
            product=product,
            decided_at=now,
            price_in_force=product.price,
            wanted_price=price,
            reason=Reason.BY_HAND,
            explanation={
                "ru": f"Задано вручную: {price}.",
                "kk": f"Қолмен қойылған: {price}.",
                "en": f"Set by hand: {price}.",
            },
            position=product.position or 1,
        )
        change: Change = Change.rows.create(
            store=store,
            product=product,
            decision=record,
            old_price=product.price,
            price=price,
            floor=bounds.floor,
            ceiling=bounds.ceiling,
            decided_at=now,
            waiting_since=now,
            is_own=True,
            next_step_at=now,
        )
        # Should whoever waits for it give up, the pusher goes on.
        join_lines([store.pk], now=now, hurried=[store.pk])
    return change


def take_step(change: Change, *, clock: Callable[[], datetime]) -> None:
    """Take the change's next step in this process, unless a worker is at it."""
    now = clock()
    free = Change.rows.filter(pk=change.pk, next_step_at__lte=now).exclude(leased_until__gt=now)
    if not free.exists():
        return
    lease = lend([change.pk], now=now)
    if change.state == ChangeState.PENDING:
        push_change(change_id=change.pk, lease=lease, clock=clock)
    else:
        settle_changes(change_ids=[change.pk], lease=lease, clock=clock)
