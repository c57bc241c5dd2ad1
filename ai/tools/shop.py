"""Tools for a salesman who speaks to strangers: what every buyer may know, and nothing else."""

from ai.tools.kit import Arguments, Hands, Said, Tool, tenge
from ai.tools.products import Query
from cube_demper.kernel.money import TIYN_PER_TENGE
from products.search import found
from products.selectors import listings_of

_FOUND = 5


class Nothing(Arguments):
    pass


def _find_offers(hands: Hands, given: Query) -> Said:
    listed = listings_of(hands.user).filter(
        is_on_sale=True, is_archived=False, missing_since=None, price__isnull=False
    )
    if hands.store_ids:
        listed = listed.filter(store__in=hands.store_ids)
    rows = list(found(listed, given.query).order_by("pk")[:_FOUND])
    hands.amounts |= {row.price.tiyn // TIYN_PER_TENGE for row in rows}
    return {
        "offers": [
            {"title": row.title, "price": tenge(row.price), "is_in_stock": True} for row in rows
        ]
    }


def _hand_over(hands: Hands, _: Nothing) -> Said:
    hands.is_handed_over = True
    return {"handed_over": True}


FIND_OFFERS = Tool(
    "find_offers",
    "Find what the shop sells now, with its prices.",
    Query,
    _find_offers,
)
HAND_OVER = Tool("hand_over", "Let a person of the shop answer from here on.", Nothing, _hand_over)
