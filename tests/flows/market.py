"""The sandbox marketplace from outside: its control API, and what it noted."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import httpx

# Rivals move when a test moves them and at no other time; a push is in force at once; and a machine
# that stands still for a second meets no wall when it sends what had gathered.
_QUIET = {"still": True, "apply_delay_s": 0.2, "storefront_delay_s": 0.1, "offers_rps": 0.0}

Document = dict[str, Any]


class Market:
    """What a person does on the sandbox's page, and what nobody could see in life."""

    def __init__(self, *, shop_url: str) -> None:
        alone = httpx.Limits(max_keepalive_connections=0)  # it may be started anew between calls
        self._http = httpx.Client(base_url=f"{shop_url}/_sandbox", limits=alone, timeout=20)

    def close(self) -> None:
        self._http.close()

    def be_quiet(self) -> None:
        self._post("/settings", _QUIET)

    def listing(self, merchant_id: str, sku: str) -> Document:
        """Return one listing as the cabinet has it."""
        (found,) = (one for one in self.listings(merchant_id) if one["sku"] == sku)
        return found

    def listings(self, merchant_id: str) -> list[Document]:
        listings: list[Document] = self._get("/listings", merchant_id=merchant_id)["listings"]
        return listings

    def rivals(self, master_sku: str, *, city_id: str) -> list[Document]:
        """Return the offers a buyer in a city sees, cheapest first, our sellers' own left out."""
        offers = self._get("/offers", master_sku=master_sku)["offers"]
        plain = [offer for offer in offers if _is_plain_rival(offer, city_id)]
        return sorted(plain, key=lambda offer: offer["price"])

    def sellers(self, master_sku: str) -> set[str]:
        """Return which of the sandbox's merchants one can log in as sell on this card."""
        offers = self._get("/offers", master_sku=master_sku)["offers"]
        return {offer["merchant_id"] for offer in offers if offer["habit"] == "seller"}

    def move(self, master_sku: str, merchant_id: str, *, price: int) -> None:
        """Give a rival another price."""
        self._post(
            "/offers", {"master_sku": master_sku, "merchant_id": merchant_id, "price": price}
        )

    def order_fault(self, endpoint: str, kind: str, **more: Any) -> None:
        self._post("/faults", {"endpoint": endpoint, "kind": kind, **more})

    def faults(self) -> list[Document]:
        """Return the ordered faults that have not all struck yet."""
        faults: list[Document] = self._get("/faults")["faults"]
        return faults

    def clear_faults(self) -> None:
        self._http.delete("/faults").raise_for_status()

    def expire(self, merchant_id: str) -> None:
        """End a shop's sessions, and what could renew them without a password."""
        self._post("/sessions/expire", {"merchant_id": merchant_id, "sso": True})

    def now(self) -> int:
        """Return the number of the latest request."""
        latest: int = self._get("/requests", since=str(10**9))["next"]
        return latest

    def requests(self, endpoint: str, *, since: int) -> list[Document]:
        requests: list[Document] = self._get("/requests", since=since, endpoint=endpoint)[
            "requests"
        ]
        return requests

    def _get(self, path: str, **query: Any) -> Document:
        answer: Document = self._http.get(path, params=query).raise_for_status().json()
        return answer

    def _post(self, path: str, order: Document) -> None:
        self._http.post(path, json=order).raise_for_status()


def _is_plain_rival(offer: Document, city_id: str) -> bool:
    is_seen = offer["present"] and offer["only_city"] in (None, city_id)
    return is_seen and offer["habit"] != "seller" and not offer["city_prices"]


def all_but_the_price(listing: Document) -> Document:
    """Return what a change of price must leave as it was. No preorder is one of no days."""
    points = {
        code: {**at, "pre_order": at["pre_order"] or 0} for code, at in listing["points"].items()
    }
    kept = {name: said for name, said in listing.items() if name not in ("price", "city_prices")}
    return {**kept, "points": points, "cities": sorted(listing["city_prices"])}


def doubled(prices: Sequence[int]) -> list[int]:
    """Return the prices that were sent twice in a row."""
    return [price for before, price in pairwise(prices) if price == before]
