"""Tools that look at sales, orders and limits."""

from datetime import timedelta
from typing import Any

from django.db.models import Sum
from pydantic import Field

from ai.services import budgets
from ai.tools.kit import Arguments, Hands, Said, Tool, tenge
from cube_demper.kernel.money import TIYN_PER_TENGE, Money
from kaspi.models import Order, OrderEntry
from kaspi.selectors import orders_of, stores_of
from products.services.memories import NO_SALES
from products.services.overviews import ALLOWED, overviews_of

_BEST = 10


class Days(Arguments):
    days: int = Field(default=30, ge=1, le=90)


class Code(Arguments):
    code: str = Field(min_length=1, max_length=32, description="The order's number at Kaspi.")


class Nothing(Arguments):
    pass


def _sales_summary(hands: Hands, given: Days) -> Said:
    since = hands.now - timedelta(days=given.days)
    sold = (
        OrderEntry.objects.for_user(hands.user)
        .filter(order__placed_at__gt=since)
        .exclude(order__status__in=NO_SALES)
    )
    total: dict[str, Any] = sold.aggregate(pieces=Sum("quantity"), revenue=Sum("total"))
    best = (
        sold.values("sku", "title")
        .annotate(pieces=Sum("quantity"), revenue=Sum("total"))
        .order_by("-revenue", "sku")[:_BEST]
    )
    return {
        "days": given.days,
        "orders": sold.values("order").distinct().count(),
        "pieces": total["pieces"] or 0,
        "revenue": tenge(_money(total["revenue"])),
        "best": [
            {**row, "revenue": tenge(_money(row["revenue"])), "sku": row["sku"]} for row in best
        ],
    }


def _money(summed: Money | int | None) -> Money:
    return summed if isinstance(summed, Money) else Money(summed or 0)


def _order_status(hands: Hands, given: Code) -> Said:
    rows = orders_of(hands.user).filter(code=given.code).order_by("-pk")
    orders = [order for order in rows if _may_see(hands, order)]
    if not orders:
        return {"error": "order-missing", "detail": "There is no such order."}
    order = orders[0]
    hands.amounts.add(order.total.tiyn // TIYN_PER_TENGE)
    return {
        "code": order.code,
        "state": order.state,
        "status": order.status,
        "total": tenge(order.total),
        "placed_at": order.placed_at,
        "planned_delivery_at": order.planned_delivery_at,
    }


def _may_see(hands: Hands, order: Order) -> bool:
    """A buyer sees the orders of their own phone, and no others."""
    if not hands.is_with_buyer:
        return True
    digits = "".join(filter(str.isdigit, order.buyer_phone.reveal()))
    return bool(digits) and digits[-10:] == hands.buyer_phone[-10:]


def _limits(hands: Hands, _: Nothing) -> Said:
    allowance = budgets.allowance_of(hands.user, now=hands.now)
    overviews = overviews_of(hands.user, list(stores_of(hands.user)), now=hands.now)
    return {
        "assistants_this_month": {
            "cap": tenge(allowance.cap),
            "spent": tenge(allowance.spent),
            "resets_at": allowance.resets_at,
        },
        "stores": [
            {
                "name": one.store.name,
                "price_changes_in_half_an_hour": one.spent.in_window,
                "of_at_most": ALLOWED,
                "price_changes_today": one.spent.today,
                "is_paused": one.store.is_paused,
            }
            for one in overviews
        ],
    }


SALES_SUMMARY = Tool(
    "sales_summary",
    "What was sold in the last days: orders, pieces, revenue, the best products.",
    Days,
    _sales_summary,
)
ORDER_STATUS = Tool("order_status", "How far one order is, by its number.", Code, _order_status)
LIMITS = Tool(
    "limits",
    "What the seller's stores and assistants have used of their limits.",
    Nothing,
    _limits,
)
