"""What buyers see: the offers on a card."""

from dataclasses import replace
from typing import Any

import orjson

from kaspi.clients import payloads
from kaspi.clients.answers import Answer, read_storefront
from kaspi.clients.config import KaspiConfig, OffersFilter, OffersSort
from kaspi.clients.transport import Call, HttpSession
from kaspi.ports import Offer, OffersPage

MOST_PAGES = 10
MOST_OFFERS = 200  # a card with more is left: what is dearer than so many rivals decides nothing


class KaspiStorefront:
    """The ``Storefront`` port over HTTP, with nobody's session."""

    def __init__(self, *, session: HttpSession, config: KaspiConfig) -> None:
        self._session = session
        self._config = config

    async def offers(
        self, master_sku: str, *, city_id: str, own_merchant_ids: frozenset[str] = frozenset()
    ) -> OffersPage:
        """Read a card's offers until all of our own are met, the card ends, or we have enough."""
        size = self._config.offers_page_size
        first = await self._page(master_sku, city_id, number=0, size=size)
        pages = _Pages(first)
        # Where Kaspi gives less than we ask for, we ask for just that: then nobody can be between
        # two pages, whichever of the two sizes it counts them by.
        if first.offers:
            size = min(size, len(first.offers))
        for number in range(1, MOST_PAGES):
            if pages.is_enough or (own_merchant_ids and own_merchant_ids <= pages.merchant_ids):
                break
            page = await self._page(master_sku, city_id, number=number, size=size)
            if not pages.add(page):
                break
        return pages.joined()

    async def _page(self, master_sku: str, city_id: str, *, number: int, size: int) -> OffersPage:
        call = Call(
            name="storefront.offers",
            method="POST",
            url=f"{self._config.shop_url}/yml/offer-view/offers/{master_sku}",
            walls=self._config.offers(self._session.address),
            body=orjson.dumps(self._question(master_sku, city_id, number, size)),
            headers=self._headers(master_sku, city_id),
        )
        return await self._session.read(call, self._judge)

    def _question(self, master_sku: str, city_id: str, number: int, size: int) -> dict[str, Any]:
        """What a browser asks, with those parts of it that have been seen in several forms."""
        everybody: dict[OffersFilter, dict[str, Any]] = {
            OffersFilter.LIST: {"merchantUID": []},
            OffersFilter.TEXT: {"merchantUID": ""},
            OffersFilter.NONE: {},
        }
        cheapest_first: dict[OffersSort, dict[str, Any]] = {
            OffersSort.OPTION: {"sortOption": "PRICE"},
            OffersSort.FLAG: {"sort": True},
        }
        zones = list(self._config.offers_zones)
        return {
            "cityId": city_id,
            "id": master_sku,
            **everybody[self._config.offers_merchant_uid],
            "limit": size,
            "page": number,
            **cheapest_first[self._config.offers_sort],
            "highRating": None,
            "searchText": None,
            **({"zoneId": zones} if zones else {}),
            "installationId": "-1",
        }

    def _judge(self, answer: Answer) -> OffersPage:
        raw: Any = read_storefront(answer, wall_s=self._config.wall_s)
        return payloads.offers(raw)

    def _headers(self, master_sku: str, city_id: str) -> dict[str, str]:
        return {
            "Content-Type": "application/json; charset=UTF-8",
            "Origin": self._config.shop_origin,
            "Referer": f"{self._config.shop_url}/shop/p/-{master_sku}/?c={city_id}",
            "X-KS-City": city_id,
            "sec-fetch-dest": "empty",
            "sec-fetch-mode": "cors",
            "sec-fetch-site": "same-origin",
        }


class _Pages:
    """A card's pages, put together: an offer that moved from one page to the next is one offer."""

    def __init__(self, first: OffersPage) -> None:
        self._first = first
        # A merchant may well be twice on one page. What is on two pages counts as one offer.
        self._offers = list(first.offers)
        self._total = first.total
        self.merchant_ids = {offer.merchant_id for offer in first.offers}

    @property
    def is_enough(self) -> bool:
        return not self._offers or len(self._offers) >= min(self._total, MOST_OFFERS)

    def add(self, page: OffersPage) -> bool:
        """Take the next page. False if it holds nothing new: the card has ended."""
        known = {_identity(offer): place for place, offer in enumerate(self._offers)}
        fresh = [offer for offer in page.offers if _identity(offer) not in known]
        for offer in page.offers:
            place = known.get(_identity(offer))
            # It moved, or the merchant is on the card twice: the cheaper one is what buyers take.
            if place is not None and offer.price < self._offers[place].price:
                self._offers[place] = offer
        self._offers += fresh
        self._total = max(self._total, page.total)
        self.merchant_ids |= {offer.merchant_id for offer in fresh}
        return bool(fresh)

    def joined(self) -> OffersPage:
        offers = sorted(self._offers, key=lambda offer: offer.price.tiyn)
        return replace(self._first, offers=tuple(offers), total=max(self._total, len(offers)))


def _identity(offer: Offer) -> object:
    """What makes it the same offer on another page. Without a sku only the whole of it does."""
    if not offer.merchant_sku:
        return offer
    return offer.merchant_id, offer.merchant_sku, offer.delivery_type
