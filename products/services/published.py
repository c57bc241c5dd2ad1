"""Changes that go by price list: the price stands in the list at once, and Kaspi fetches it later.

    PUBLISHED ──the storefront shows it──► APPLIED
        │  └── another price is decided ──► SUPERSEDED, and the other one stands in the list
        └── hours went by ──► OVERDUE: it still stands there, and may be published anew

What the list says is a column of the entry, written in the transaction of the decision: nothing is
sent, so nothing can be cut off.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import F, Q

from cube_demper.kernel.money import Money
from kaspi.models import Attention, Channel
from kaspi.services.sessions import call_attention
from products.engine.model import Verdict
from products.models import Change, ChangeState, PriceListEntry, Product
from products.services.telling import tell_of_applied

logger = structlog.get_logger("products.price_list")
# Kaspi fetches every 30 to 60 minutes and takes a while to apply: three times that is too long.
OVERDUE_AFTER = timedelta(hours=3)
_REST_AFTER_OVERDUE = timedelta(minutes=30)
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Stated:
    """What the price list says of a product in its city; ``None`` when it says nothing."""

    price: Money | None


def stated_prices(product_ids: Iterable[int]) -> dict[int, Stated]:
    """Read it for those of the products whose store's prices go by price list."""
    rows = Product.objects.across_users(reason="one look decides for every seller on a card")
    found = rows.filter(pk__in=list(product_ids), store__channel=Channel.PRICE_LIST).values_list(
        *("pk", "city_id", "store__city_id", "entry__stated_price"),
        *("entry__price", "entry__city_prices", "listing__entry__city_prices"),
    )
    return {
        pk: Stated(ours or _in_city(prices or own_prices, city or home) or price)
        for pk, city, home, ours, price, prices, own_prices in found
    }


def _in_city(city_prices: Mapping[str, int] | None, city_id: str) -> Money | None:
    tenge = (city_prices or {}).get(city_id)
    return None if tenge is None else Money.tenge(tenge)


def wants_statement(
    product: Product, *, stated: Stated, price: Money, open_change: Change | None, now: datetime
) -> bool:
    """Whether a decided price is to be written into the list, as a change."""
    if stated.price is None:  # no entry: its catalogue has not been read for the list
        return False
    if open_change is not None:
        may_go = open_change.state in {
            ChangeState.PROPOSED,
            ChangeState.PENDING,
            ChangeState.PUBLISHED,
        }
        return may_go and open_change.price != price
    is_resting = product.push_after is not None and product.push_after > now
    return price != stated.price or (price != product.price and not is_resting)


def settle_shown(
    open_changes: dict[int, Change], verdicts: Iterable[Verdict], *, now: datetime
) -> None:
    """End the published changes whose price buyers see, and take them out of ``open_changes``."""
    shown = {verdict.product_id: verdict.shown for verdict in verdicts}
    applied = [
        change
        for change in open_changes.values()
        if change.state == ChangeState.PUBLISHED and shown.get(change.product_id) == change.price
    ]
    for change in applied:
        del open_changes[change.product_id]
    if applied:
        for change in applied:
            change.state = ChangeState.APPLIED
        Change.rows.filter(pk__in=[change.pk for change in applied]).update(
            state=ChangeState.APPLIED, settled_at=now
        )
        tell_of_applied(applied, now=now)


def publish(changes: Sequence[Change], *, now: datetime) -> None:
    """Write the prices of new changes into the lists. Runs inside the decision's transaction."""
    prices = {change.product_id: change.price for change in changes}
    entries = list(
        PriceListEntry.rows.select_for_update().filter(product__in=prices).order_by("pk")
    )
    for entry in entries:
        entry.stated_price = prices[entry.product_id]
    PriceListEntry.rows.bulk_update(entries, ("stated_price",))
    for change in changes:
        change.state, change.sent_at = ChangeState.PUBLISHED, now
        change.next_step_at = now + OVERDUE_AFTER


def settle_overdue(*, now: datetime) -> None:
    """End published changes that were not shown for hours, and say so where Kaspi never came."""
    with transaction.atomic():
        changes = Change.objects.across_users(reason="changes of anybody run late")
        overdue = changes.filter(state=ChangeState.PUBLISHED, next_step_at__lte=now)
        ids = list(overdue.order_by("next_step_at", "id").values_list("pk", flat=True)[:_AT_ONCE])
        # Products before changes, by rising id, as every other writer takes them.
        products = Product.rows.filter(changes__in=ids).order_by("pk")
        locked = list(products.select_for_update(of=("self",)).values_list("pk", flat=True))
        late = Change.rows.filter(pk__in=ids, state=ChangeState.PUBLISHED)
        unread = late.filter(
            Q(product__store__price_list__fetched_at=None)
            | Q(product__store__price_list__fetched_at__lt=F("sent_at"))
        )
        store_ids = set(unread.values_list("product__store", flat=True))
        unread_ids = list(unread.values_list("pk", flat=True))
        Product.rows.filter(pk__in=locked).update(push_after=now + _REST_AFTER_OVERDUE)
        ended = {"state": ChangeState.OVERDUE, "settled_at": now}
        late.filter(pk__in=unread_ids).update(failure="never-fetched", **ended)
        late.update(failure="never-shown", **ended)
        for store_id in store_ids:
            call_attention(
                store_id=store_id, attention=Attention.PRICE_LIST_UNREAD, now=now, wait_s=None
            )
    if ids:
        logger.warning("products.price_list.overdue", changes=len(ids), unread=len(unread_ids))
