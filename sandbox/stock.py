"""What every merchant sells: invented from the seed, most of it only when somebody asks."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from sandbox.cards import RECORDED_SKU, Card, Catalogue
from sandbox.dice import dice, likely
from sandbox.listings import Availability, Listing
from sandbox.offers import Habit, Market, Offer, Shop
from sandbox.people import DAULET, MERCHANTS, Merchant
from sandbox.rivals import Markets

_BESIDE = 4
# One offer in 32 has no id.
_NO_OFFER_ID = ("00", "01", "02", "03", "04", "05", "06", "07")


@dataclass(slots=True)
class Listings:
    """All merchants' products by merchant and sku, and the offers buyers see of them.

    A merchant that is not there from the start gets its products when it is first asked for
    them. Its offers join the markets that are known then, and others when they become known.
    """

    markets: Markets
    seed: int
    opened_at: float
    by_merchant: dict[str, dict[str, Listing]] = field(default_factory=dict)
    _offers: dict[tuple[str, str], tuple[Market, Offer]] = field(default_factory=dict)
    _waiting: dict[str, list[Listing]] = field(default_factory=dict)

    def stock(self) -> None:
        """Give the merchants that are there from the start their products."""
        self.markets.on_open = self._join
        for merchant in MERCHANTS.values():
            if merchant.at_once:
                self._stock(merchant)

    def of(self, merchant_id: str) -> list[Listing]:
        return list(self._of(merchant_id).values())

    def find(self, merchant_id: str, sku: str) -> Listing | None:
        return self._of(merchant_id).get(sku)

    def stocked(self) -> Iterator[Listing]:
        """Every product of every merchant that was asked for so far."""
        return (listing for listings in self.by_merchant.values() for listing in listings.values())

    def shown(self, listing: Listing) -> tuple[Market, Offer]:
        """The market a listing is on, and the offer that buyers see there."""
        self.markets.of(listing.card.master_sku)
        return self._offers[listing.merchant.merchant_id, listing.sku]

    def _of(self, merchant_id: str) -> dict[str, Listing]:
        found = self.by_merchant.get(merchant_id)
        if found is not None:
            return found
        merchant = MERCHANTS.get(merchant_id)
        return self._stock(merchant) if merchant is not None else {}

    def _stock(self, merchant: Merchant) -> dict[str, Listing]:
        """Invent a merchant's products, near the going price of their cards."""
        made = self.by_merchant[merchant.merchant_id] = {}
        chance = dice(self.seed, "listings", merchant.merchant_id)
        catalogue = self.markets.catalogue
        for number in _chosen_numbers(catalogue, merchant, self.seed, chance):
            card = catalogue.at(number)
            market = self.markets.of(card.master_sku) if merchant.at_once else None
            level = market.cheapest() if market else None
            listing = _invent(merchant, card, level or card.usual_price, chance, self.opened_at)
            made[listing.sku] = listing
            self._offer(listing)
        return made

    def _offer(self, listing: Listing) -> None:
        """Show a listing on its market, now or when somebody looks at the card."""
        market = self.markets.known.get(listing.card.master_sku)
        if market is None:
            self._waiting.setdefault(listing.card.master_sku, []).append(listing)
        else:
            self._show(listing, market)

    def _join(self, market: Market) -> None:
        for listing in self._waiting.pop(market.card.master_sku, ()):
            self._show(listing, market)

    def _show(self, listing: Listing, market: Market) -> None:
        merchant = listing.merchant
        offer = Offer(
            shop=Shop(merchant.merchant_id, merchant.name, 4.7, 180),
            sku=listing.sku,
            title=listing.title,
            price=listing.price,
            habit=Habit.SELLER,
        )
        listing.show_on(offer)
        market.join(offer)
        self._offers[merchant.merchant_id, listing.sku] = (market, offer)


def _shared_numbers(catalogue: Catalogue, seed: int) -> list[int]:
    """Choose the cards on which the two demo sellers meet: the recorded one, and others."""
    wanted = min(MERCHANTS[DAULET].shared, catalogue.size)
    others = range(1, catalogue.size)
    return [0, *dice(seed, "shared").sample(others, max(0, wanted - 1))]


def _chosen_numbers(
    catalogue: Catalogue, merchant: Merchant, seed: int, chance: Random
) -> list[int]:
    shared = _shared_numbers(catalogue, seed)
    count = merchant.listings - merchant.shared
    # A few more than wanted, because those shared by the demo sellers are not for others.
    drawn = chance.sample(range(catalogue.size), min(count + len(shared), catalogue.size))
    own = [number for number in drawn if number not in shared]
    if merchant.beside:
        other = dice(seed, "listings", merchant.beside)
        theirs = _chosen_numbers(catalogue, MERCHANTS[merchant.beside], seed, other)[:_BESIDE]
        own = [*theirs, *(number for number in own if number not in theirs)]
    return [*shared[: merchant.shared], *own[:count]]


def _invent(merchant: Merchant, card: Card, level: int, chance: Random, now: float) -> Listing:
    price = max(10, int(level * chance.uniform(0.99, 1.08)))
    codes = [point.code for point in merchant.points]
    withdrawn = likely(chance, 0.08) and card.master_sku != RECORDED_SKU
    sold_from = [] if withdrawn else chance.sample(codes, chance.randint(1, len(codes)))
    city_prices = _city_prices(merchant, sold_from, price, chance)
    sku, offer_id = _sku(card, chance), f"{chance.randrange(16**24):024x}"
    return Listing(
        merchant=merchant,
        card=card,
        sku=sku,
        offer_id=None if offer_id.startswith(_NO_OFFER_ID) else offer_id,
        title=card.title if likely(chance, 0.8) else f"{card.title}, гарантия",
        price=0 if city_prices and likely(chance, 0.06) else price,
        city_prices=city_prices,
        points={code: _invent_availability(chance) for code in sorted(sold_from)},
        updated_at=now - chance.uniform(3_600, 864_000),
        reason="Снят с продажи" if withdrawn else None,
        old_price_percent=chance.choice((5, 10, 15)) if likely(chance, 0.1) else 0,
        barcode=str(chance.randrange(10**12, 10**13)) if likely(chance, 0.6) else None,
    )


def _invent_availability(chance: Random) -> Availability:
    if likely(chance, 0.1):
        return Availability(pre_order=chance.randrange(1, 31))
    if likely(chance, 0.4):
        return Availability(stock_count=chance.randrange(1, 40), stock_specified=True, pre_order=0)
    return Availability(pre_order=chance.choice((0, None)))


def _city_prices(
    merchant: Merchant, codes: list[str], price: int, chance: Random
) -> dict[str, int]:
    """Prices of the cities sold from; a third of the products has one price for all."""
    if likely(chance, 0.33):
        return {}
    cities = [point.city_id for point in merchant.points if point.code in codes]
    dearer = price + chance.choice((0, 0, 0, 500))
    return {city_id: price if place == 0 else dearer for place, city_id in enumerate(cities)}


def _sku(card: Card, chance: Random) -> str:
    if likely(chance, 0.75):
        return f"{card.master_sku}_{chance.randrange(10**8, 10**9)}"
    return f"ART-{chance.randrange(10**4, 10**5)}-{card.master_sku[-4:]}"
