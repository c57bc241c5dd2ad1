"""Products to try things on: each test takes its own, and leaves the others' alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.flows.market import Market
from tests.flows.patience import PATIENCE_S, until
from tests.flows.seller import Seller

STEP = 7
DEMO_MERCHANTS = {"30112233", "30445566"}  # their prices follow ours
_RIVALS_MIN = 2

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Article:
    """A product with a corridor, and the rival that a test moves. Prices are whole tenge.

    ``lowest`` is what that rival, the cheapest one, asked at first.
    """

    seller: Seller
    market: Market
    product_id: int
    merchant_id: str
    sku: str
    master_sku: str
    rival_id: str
    rival_name: str
    lowest: int
    floor: int
    ceiling: int

    def move_rival(self, price: int) -> None:
        self.market.move(self.master_sku, self.rival_id, price=price)

    def listing(self) -> Document:
        return self.market.listing(self.merchant_id, self.sku)

    def now(self) -> Document:
        return self.seller.product(self.product_id)

    def until_settled(self) -> None:
        """Wait until nothing of the product is on its way."""
        until(
            self.now,
            lambda product: product["price_tiyn"] == product["wanted_price_tiyn"],
        )

    def until_priced(self, price: int, *, patience_s: float = PATIENCE_S) -> Document:
        """Wait until Kaspi shows this price and we know it; return the decision behind it."""
        until(
            self.now,
            lambda product: product["price_tiyn"] == price * 100,
            patience_s=patience_s,
        )
        decision = self.seller.history(self.product_id)[0]
        return until(
            lambda: next(
                one for one in self.seller.history(self.product_id) if one["id"] == decision["id"]
            ),
            lambda one: one["change"] is None or one["change"]["settled_at"] is not None,
        )

    def follows(self, price: int) -> bool:
        """Move the rival; say whether our price came after it, a step below."""
        self.move_rival(price)
        self.until_priced(price - STEP)
        shown: int = self.listing()["price"]
        return shown == price - STEP


class Shelf:
    """A connected store's products that are on sale against rivals, one after another."""

    def __init__(self, *, seller: Seller, market: Market, merchant_id: str) -> None:
        self._seller = seller
        self._market = market
        self._merchant_id = merchant_id
        self._fresh = self._suitable()

    def take(self) -> Article:
        """Return a product that nobody has touched, with a corridor wide enough to play in."""
        product, rival = next(self._fresh)
        article = Article(
            seller=self._seller,
            market=self._market,
            product_id=product["id"],
            merchant_id=self._merchant_id,
            sku=product["sku"],
            master_sku=product["master_sku"],
            rival_id=rival["merchant_id"],
            rival_name=rival["merchant_name"],
            lowest=rival["price"],
            floor=rival["price"] * 8 // 10,
            ceiling=rival["price"] * 2,
        )
        corridor = {"floor_tiyn": article.floor * 100, "ceiling_tiyn": article.ceiling * 100}
        path = f"/products/{article.product_id}"
        self._seller.patch(path, {**corridor, "step_tiyn": STEP * 100})
        return article

    def _suitable(self) -> Iterator[tuple[Document, Document]]:
        for product in self._seller.products():
            sku = product["master_sku"]
            rivals = self._market.rivals(sku, city_id=product["city_id"])
            is_quiet = not self._market.sellers(sku) & DEMO_MERCHANTS
            if product["is_on_sale"] and is_quiet and len(rivals) >= _RIVALS_MIN:
                yield product, rivals[0]
