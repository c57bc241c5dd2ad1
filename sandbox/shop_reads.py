"""Lesser public reads: a card's facts, its reviews, and the search. Their answers are sparse."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from aiohttp import web

from sandbox import replies
from sandbox.access import whole_query
from sandbox.cards import Card
from sandbox.cities import ALMATY
from sandbox.dice import dice
from sandbox.gate import Role, Route
from sandbox.paging import window
from sandbox.product_page import card_facts, price_on
from sandbox.world import World

_PAGE: Final = 12
_MOST: Final = 100
# A text is looked for on so many cards: in a large world nobody waits for all of them.
_SEARCHED: Final = 2_000
_REVIEWS: Final = ("Всё отлично", "Доставили на день позже", "За эти деньги хорошо")


@dataclass(frozen=True, slots=True)
class ShopReads:
    """Its endpoints over a world."""

    world: World

    def routes(self) -> list[Route]:
        role, view = Role.SHOP, "/yml/product-view/pl"
        reviews = "/yml/review-view/api/v1/reviews/product/{master_sku}"
        return [
            Route(role, "GET", f"{view}/results", "search", self.results, walled=True),
            Route(role, "GET", f"{view}/filters", "search_filters", self.filters, walled=True),
            Route(role, "GET", f"{view}/{{master_sku}}", "product_view", self.view, walled=True),
            Route(role, "GET", reviews, "reviews", self.reviews, walled=True),
        ]

    async def view(self, request: web.Request) -> web.Response:
        market = self.world.markets.of(request.match_info["master_sku"])
        if market is None:
            return replies.message("Product not found", status=404)
        price = price_on(market, request.query.get("c", ALMATY))
        return replies.json_reply({"data": card_facts(market.card, price)})

    async def reviews(self, request: web.Request) -> web.Response:
        """A page of what buyers said of a card, always the same of the same."""
        market = self.world.markets.of(request.match_info["master_sku"])
        rows = _reviews(self.world.seed, market.card) if market else []
        size = min(_MOST, whole_query(request, "limit", _PAGE))
        shown = rows[window(request, page=whole_query(request, "page", 0), size=size)]
        total = sum(row["rating"] for row in rows)
        summary = {"reviewsCount": len(rows), "global": round(total / len(rows), 1) if rows else 0}
        return replies.json_reply({"data": shown, "summary": summary})

    async def results(self, request: web.Request) -> web.Response:
        """A page of cards: of a category, of a merchant, with a text, or all of these."""
        found = list(self._found(request))
        size = min(_MOST, whole_query(request, "limit", _PAGE))
        shown = found[window(request, page=whole_query(request, "page", 0), size=size)]
        city_id = request.query.get("c", ALMATY)
        rows = [self._row(card, city_id) for card in shown]
        return replies.json_reply({"data": rows, "total": len(found)})

    async def filters(self, request: web.Request) -> web.Response:
        """The brands and categories of what the same search finds."""
        found = list(self._found(request))
        rows = {
            "category": sorted({card.category for card in found}),
            "manufacturerName": sorted({card.brand for card in found}),
        }
        data = [{"id": name, "rows": [{"id": one} for one in rows[name]]} for name in rows]
        return replies.json_reply({"data": data, "total": len(found)})

    def _found(self, request: web.Request) -> Iterator[Card]:
        text = request.query.get("text", "").strip().lower()
        asked = _asked(request.query.get("q", ""))
        for card in self._shelf(asked.get("allMerchants")):
            in_category = asked.get("category") in {None, card.category, *card.category_codes}
            if in_category and (text in card.title.lower() or text == card.master_sku):
                yield card

    def _shelf(self, merchant_id: str | None) -> Iterator[Card]:
        if merchant_id is None:
            return islice(self.world.catalogue, _SEARCHED)
        return (one.card for one in self.world.listings.of(merchant_id) if one.on_sale)

    def _row(self, card: Card, city_id: str) -> dict[str, Any]:
        market = self.world.markets.of(card.master_sku)
        price = price_on(market, city_id) if market else card.usual_price
        return {
            "id": card.master_sku,
            "title": card.title,
            "brand": card.brand,
            "unitPrice": price,
            "shopLink": f"/p/{card.path}/",
        }


def _asked(query: str) -> dict[str, str]:
    """Read `:category:Chairs:allMerchants:30112233`: names and values by turns."""
    words = query.strip(":").split(":")
    return dict(zip(words[::2], words[1::2], strict=False))


def _reviews(seed: int, card: Card) -> list[dict[str, Any]]:
    chance = dice(seed, "reviews", card.master_sku)
    return [
        {
            "id": f"{card.master_sku}-{number}",
            "author": f"Покупатель {number + 1}",
            "rating": chance.choice((3, 4, 5, 5)),
            "comment": {"text": chance.choice(_REVIEWS)},
        }
        for number in range(chance.randrange(30))
    ]
