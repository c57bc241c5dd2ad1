"""What buyers see: the offers on a card."""

from typing import Any

import orjson

from kaspi.clients import payloads
from kaspi.clients.answers import Answer, read_storefront
from kaspi.clients.config import KaspiConfig
from kaspi.clients.transport import Call, HttpSession
from kaspi.ports import Offer, OffersPage

PAGE_SIZE = 50
MOST_PAGES = 4


class KaspiStorefront:
    """The ``Storefront`` port over HTTP, with nobody's session."""

    def __init__(self, *, session: HttpSession, config: KaspiConfig) -> None:
        self._session = session
        self._config = config

    async def offers(
        self, master_sku: str, *, city_id: str, own_merchant_ids: frozenset[str] = frozenset()
    ) -> OffersPage:
        """Read a card's offers until all of our own are met, the card ends, or pages run out."""
        found: list[Offer] = []
        total = 0
        for number in range(MOST_PAGES):
            page = await self._page(master_sku, city_id, number)
            found += page.offers
            total = max(total, page.total)
            met = {offer.merchant_id for offer in found}
            is_all = not page.offers or len(found) >= page.total
            if is_all or (own_merchant_ids and own_merchant_ids <= met):
                break
        return OffersPage(tuple(found), max(total, len(found)))

    async def _page(self, master_sku: str, city_id: str, number: int) -> OffersPage:
        body = {
            "cityId": city_id,
            "id": master_sku,
            "merchantUID": [],
            "limit": PAGE_SIZE,
            "page": number,
            "sortOption": "PRICE",
            "highRating": None,
            "searchText": None,
            "zoneId": ["Magnum_ZONE1"],
            "installationId": "-1",
        }
        call = Call(
            name="storefront.offers",
            method="POST",
            url=f"{self._config.shop_url}/yml/offer-view/offers/{master_sku}",
            walls=self._config.offers(self._session.address),
            body=orjson.dumps(body),
            headers=self._headers(master_sku, city_id),
        )
        return await self._session.read(call, self._judge)

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
