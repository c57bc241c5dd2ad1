"""A card's public page: HTML for people, and the three blocks of JSON that its scripts read."""

from collections.abc import Sequence
from typing import Any, Final

import orjson

from sandbox.cards import Card
from sandbox.cities import CITIES, shown_cities
from sandbox.offers import Market
from sandbox.pages import Markup, page

_CITIES_KNOWN: Final = 270


def product_page(market: Market, siblings: Sequence[Card], city_id: str) -> Markup:
    """Write the page as buyers of a city see it."""
    card = market.card
    price = price_on(market, city_id)
    return page(
        "product.html",
        title=card.title,
        brand=card.brand,
        category=card.category,
        price=price,
        master_sku=card.master_sku,
        item=_script(card_facts(card, price)),
        configurator=_script(_configurator(card, siblings)),
        cities=_script(_cities(city_id)),
    )


def price_on(market: Market, city_id: str) -> int:
    """The lowest price on a card in a city, or the usual one where nobody sells it."""
    prices = [price for offer in market.offers if (price := offer.price_in(city_id)) is not None]
    return min(prices, default=market.card.usual_price)


def card_facts(card: Card, price: int) -> dict[str, Any]:
    """Write what a card's own page, and whoever asks for the card alone, is told of it."""
    picture = f"https://resources.cdn-kaspi.kz/img/m/p/{card.master_sku}.jpg"
    return {
        "card": {
            "id": card.master_sku,
            "title": card.title,
            "price": price,
            "unit": {"code": "PIECE", "name": "шт."},
            "promoConditions": {"brand": card.brand, "categoryCodes": list(card.category_codes)},
            "shopLink": f"/p/{card.path}/",
        },
        "galleryImages": [{"small": picture, "medium": picture, "large": picture}],
        "breadcrumbs": [
            {"code": code, "title": code, "link": f"/shop/c/{code.lower().replace(' ', '-')}/"}
            for code in reversed(card.category_codes[1:])
        ],
        "specifications": [
            {"name": "Основные", "features": [{"name": "Бренд", "value": card.brand}]}
        ],
    }


def _configurator(card: Card, siblings: Sequence[Card]) -> dict[str, Any]:
    return {
        "matrix": [
            {
                "productCode": one.master_sku,
                "title": one.title,
                "link": f"/shop/p/{one.path}/",
                "selected": one == card,
            }
            for one in siblings
        ]
    }


def _cities(city_id: str) -> dict[str, Any]:
    return {
        "selected": city_id,
        "cities": [
            {"id": one, "name": CITIES.get(one, f"Село {one[:6]}")}
            for one in shown_cities(_CITIES_KNOWN)
        ],
    }


def _script(value: Any) -> Markup:
    """Write JSON so that no title can end the script it stands in."""
    return Markup(orjson.dumps(value).decode().replace("</", "<\\/"))
