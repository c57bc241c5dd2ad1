"""How much is sold of a store's products, as far as its orders are read."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import Sum

from kaspi.models import OrderEntry
from products.services.memories import NO_SALES

_COUNTED = timedelta(days=14)
_UNSOLD = 0.5  # pieces in that time: what was not sold may sell at another price


def sales_a_day(store_id: int, *, now: datetime) -> Mapping[str, float] | None:
    """Pieces a day by sku; any other sells little. ``None`` where nothing is known to be sold."""
    entries = OrderEntry.objects.across_users(reason="a store's line is served")
    sold = dict(
        entries.filter(order__store=store_id, order__placed_at__gt=now - _COUNTED)
        .exclude(order__status__in=NO_SALES)
        .values_list("sku")
        .annotate(Sum("quantity"))
    )
    if not sold:
        return None
    sales = defaultdict[str, float](lambda: _UNSOLD / _COUNTED.days)
    sales.update({sku: pieces / _COUNTED.days for sku, pieces in sold.items()})
    return sales
