"""What Kaspi tells of orders, into rows: page by page, each page in one transaction."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from cube_demper.kernel.sealing import Secret
from kaspi.models import Order, OrderEntry, Store
from kaspi.order_ports import EntryFacts, OrderFacts
from kaspi.signals import order_changed

_ERASED_AT_ONCE = 500
_FROM_KASPI = (
    *("code", "state", "status", "is_known", "total", "delivery_cost", "payment_mode"),
    *("delivery_mode", "placed_at", "approved_at", "planned_delivery_at", "courier_at"),
    *("is_kaspi_delivery", "is_express", "is_preorder", "is_assembled", "is_signature_required"),
    *("point_id", "city", "waybill_number", "cancellation_reason", "buyer_name", "buyer_phone"),
)


def keep_orders(
    *, store: Store, found: Sequence[OrderFacts], now: datetime, is_news: bool = True
) -> None:
    """Write a page of orders; the same page written twice changes nothing.

    Announces each order that is new or has another state or status, unless it is no news: what is
    met when a store is read for the first time happened long ago.
    """
    with transaction.atomic():
        kaspi_ids = [facts.kaspi_id for facts in found]
        # Locked by rising id, as every writer does.
        rows = Order.rows.select_for_update().filter(store=store, kaspi_id__in=kaspi_ids)
        before = {row.kaspi_id: row for row in rows.defer("buyer_phone").order_by("pk")}
        Order.rows.bulk_create(
            [_row(store, facts, before.get(facts.kaspi_id), now) for facts in found],
            update_conflicts=True,
            unique_fields=("store", "kaspi_id"),
            update_fields=(*_FROM_KASPI, "erased_at", "read_at", "changed_at"),
        )
        if is_news:
            _announce(store, found, before)


def _row(store: Store, facts: OrderFacts, before: Order | None, now: datetime) -> Order:
    is_moved = before is None or (before.state, before.status) != (facts.state, facts.status)
    row = Order(
        store=store,
        kaspi_id=facts.kaspi_id,
        first_read_at=now,
        read_at=now,
        changed_at=now if before is None or is_moved else before.changed_at,
        erased_at=None if before is None else before.erased_at,
    )
    for name in _FROM_KASPI:
        setattr(row, name, _fitting(name, getattr(facts, name)))
    row.buyer_phone = Secret(facts.buyer_phone)
    if row.erased_at is None and facts.placed_at <= now - _keeping():
        row.erased_at = now
    if row.erased_at is not None:  # Kaspi tells it again and again; we don't take it back
        row.buyer_name, row.buyer_phone = "", Secret("")
    return row


def _fitting(name: str, value: object) -> object:
    """Fit a text into its column: an odd word must not cost us a page of orders."""
    if not isinstance(value, str):
        return value
    most = getattr(Order._meta.get_field(name), "max_length", None)  # noqa: SLF001 -- Django's documented API
    return _plain(value)[:most]


def _plain(text: str) -> str:
    return text.replace("\x00", "")  # which PostgreSQL does not take


def _announce(store: Store, found: Sequence[OrderFacts], before: dict[str, Order]) -> None:
    moved = {
        facts.kaspi_id
        for facts in found
        for known in [before.get(facts.kaspi_id)]
        if known is None or _stage(known) != _stage(facts)
    }
    rows = Order.rows.filter(store=store, kaspi_id__in=moved).order_by("pk")
    for order_id, kaspi_id in rows.values_list("pk", "kaspi_id"):
        order_changed.send(
            Order, order_id=order_id, store_id=store.pk, is_new=kaspi_id not in before
        )


def _stage(order: Order | OrderFacts) -> tuple[str, str, bool]:
    return order.state, order.status, order.courier_at is not None


def keep_entries(*, order: Order, found: Sequence[EntryFacts], now: datetime) -> None:
    """Write an order's lines, all of them at once. Some orders truly have none."""
    with transaction.atomic():
        Order.rows.select_for_update().only("pk").get(pk=order.pk)
        OrderEntry.rows.filter(order=order).delete()
        OrderEntry.rows.bulk_create(
            [
                OrderEntry(
                    order=order,
                    kaspi_id=facts.kaspi_id,
                    number=facts.number,
                    sku=_plain(facts.sku)[:200],
                    title=_plain(facts.title)[:500],
                    master_sku=_plain(facts.master_sku)[:64],
                    category=_plain(facts.category)[:200],
                    quantity=facts.quantity,
                    price=facts.price,
                    total=facts.total,
                )
                for facts in found
            ]
        )
        Order.rows.filter(pk=order.pk).update(entries_read_at=now)


def erase_buyers(*, now: datetime) -> int:
    """Erase what we know of buyers whose orders are older than we keep it; count the orders.

    What was ordered, when and for how much stays.
    """
    erased = 0
    old = Order.objects.across_users(reason="buyers of anybody are forgotten in time").filter(
        erased_at=None, placed_at__lte=now - _keeping()
    )
    while some := list(old.order_by("pk").values_list("pk", flat=True)[:_ERASED_AT_ONCE]):
        erased += Order.rows.filter(pk__in=some).update(
            buyer_name="", buyer_phone=Secret(""), erased_at=now
        )
    return erased


def _keeping() -> timedelta:
    return timedelta(days=settings.ORDERS_KEEP_BUYERS_DAYS)
