"""Tools that look at a seller's products, as its screens do."""

from typing import Any

from pydantic import Field

from ai.tools.kit import Arguments, Hands, Said, Tool, tenge
from products.models import Product
from products.search import found
from products.selectors import listings_of
from products.services import charts, reasoning, rivals

_FOUND = 10
_POINTS = 20


class Query(Arguments):
    query: str = Field(min_length=1, max_length=200, description="Words of a title, or a sku.")


class OneProduct(Arguments):
    product_id: int = Field(ge=1, description="As `find_products` names it.")


class OneProductsDays(OneProduct):
    days: int = Field(default=7, ge=1, le=charts.MOST_DAYS)


class Corridor(OneProduct):
    floor_tenge: int = Field(ge=1, le=1_000_000_000)
    ceiling_tenge: int = Field(ge=1, le=1_000_000_000)


def _find_products(hands: Hands, given: Query) -> Said:
    rows = found(listings_of(hands.user), given.query).order_by("pk")[:_FOUND]
    return {"products": [_product(row, hands) for row in rows]}


def _product(row: Product, hands: Hands) -> dict[str, Any]:
    return {
        "product_id": row.pk,
        "title": row.title,
        "sku": row.sku,
        "price": tenge(row.price),
        "floor": tenge(row.floor),
        "ceiling": tenge(row.ceiling),
        "is_on_sale": row.is_on_sale,
        "is_paused": row.is_paused,
        "position": row.position,
        "why": row.explanation.get(hands.language.value, ""),
    }


def _price_history(hands: Hands, given: OneProductsDays) -> Said:
    chart = charts.chart_of(
        user=hands.user, product_id=given.product_id, days=given.days, now=hands.now
    )
    lines = {"ours": chart.ours, "cheapest_rival": chart.rival}
    return {
        name: [{"since": f"{at:%Y-%m-%d %H:%M} UTC", "price": tenge(price)} for at, price in points]
        for name, points in ((name, line[-_POINTS:]) for name, line in lines.items())
    }


def _rivals(hands: Hands, given: OneProduct) -> Said:
    told = rivals.rivals_of(user=hands.user, product_id=given.product_id, now=hands.now)
    return {
        "looked_at": told.looked_at,
        "offers": [
            {
                "shop": seen.offer.name,
                "price": tenge(seen.offer.price),
                "counts": seen.why is None,
                "left_out_because": seen.why,
            }
            for seen in told.offers[:_FOUND]
        ],
    }


def _explain_decision(hands: Hands, given: OneProduct) -> Said:
    record = reasoning.latest_decision(user=hands.user, product_id=given.product_id)
    return {
        "decided_at": record.decided_at,
        "price_in_force": tenge(record.price_in_force),
        "wanted_price": tenge(record.wanted_price),
        "reason": str(record.reason),
        "explanation": record.explanation.get(hands.language.value, ""),
        "rival": record.rival_name,
        "rival_price": tenge(record.rival_price),
        "position": record.position,
    }


FIND_PRODUCTS = Tool(
    "find_products",
    "Find the seller's products by words of their titles or by sku.",
    Query,
    _find_products,
)
PRICE_HISTORY = Tool(
    "price_history",
    "Prices of one product over some days: ours and the cheapest rival's.",
    OneProductsDays,
    _price_history,
)
RIVALS = Tool("rivals", "Who else sells a product, the cheapest first.", OneProduct, _rivals)
EXPLAIN_DECISION = Tool(
    "explain_decision",
    "Why a product's price was decided as it was, the last time.",
    OneProduct,
    _explain_decision,
)
