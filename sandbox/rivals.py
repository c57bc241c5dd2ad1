"""Rivals: who they are, which cards they sit on, and how they move when left alone."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Final

from sandbox.cards import RECORDED_SKU, Card, Catalogue
from sandbox.cities import AKTOBE, ALMATY, ASTANA, KARAGANDA, SHYMKENT
from sandbox.clock import Agenda, Clock
from sandbox.dice import dice, likely
from sandbox.offers import NO_CITY_PRICES, Habit, Market, Offer, Shop
from sandbox.settings import Settings

_SHOPS = 320
_MOST_RIVALS = 40
_RECORDED_RIVALS = 20
_NAMES: Final = (
    *("Tehno", "Mobile", "Smart", "Alem", "Nur", "Qazaq", "Silk", "Astana", "Almaty", "Aport"),
    *("Asyl", "Dostyk", "Mega", "Best", "Family", "Altyn", "Orda", "Sary", "Zhuldyz", "Bereke"),
)
_ENDINGS: Final = (
    *("Trade", "Store", "Market", "Shop", "Group", "Opt", "Home", "Line", "Plus", "Express"),
    *("Центр", "Дом", "Мир", "Bazar", "Techno", "Outlet"),
)
_CITIES: Final = (ALMATY, ASTANA, SHYMKENT, KARAGANDA, AKTOBE)
# Bags to draw from: as many of each as its share in a hundred.
_HABITS: Final = (
    *(Habit.STILL,) * 56,
    *(Habit.MOVER,) * 27,
    *(Habit.FOLLOWER,) * 10,
    *(Habit.VANISHER,) * 7,
)
_DELIVERIES: Final = (
    *("TO_DOOR",) * 45,
    *("EXPRESS",) * 25,
    *("POSTOMAT",) * 15,
    *("PICKUP",) * 15,
)

# The middle of the movers' pauses; the spread around it is wide, so a few cards are very lively.
_PACE_S = 1_000.0
_PACE_SPREAD = 1.2
# A follower's war costs its rivals pushes, and a shop has 250 in half an hour: wars are short,
# and long rests follow them.
_REACTION_S = (5.0, 60.0)
_SURRENDER_CHANCE = 0.25
_REST_S = (1_200.0, 3_600.0)
_ABSENCE_S = (20.0, 180.0)


def _recorded_offers() -> list[Offer]:
    """Make the four offers that were really seen on the recorded card in September 2026."""
    title = "Apple iPhone 13 128Gb NanoSIM+eSIM черный"
    return [
        Offer(
            shop=Shop("11271005", "Tehno Trade", 4.8, 231),
            sku=RECORDED_SKU,
            title="Смартфон Apple iPhone 13 128Gb Midnight черный",
            price=361_788,
            delivery_days=3,
        ),
        Offer(
            shop=Shop("30463420", "MOOD PLACE"),
            sku=f"{RECORDED_SKU}_940231519",
            title=title,
            price=361_794,
            preorder=5,
            delivery_type="EXPRESS",
            delivery_days=6,
            kaspi_delivery=False,
        ),
        Offer(
            shop=Shop("12942011", "ProUnit", 4.9, 272),
            sku=f"{RECORDED_SKU}_051036011",
            title=f"Смартфон {title}",
            price=362_000,
            delivery_type="EXPRESS",
            delivery_days=1,
            kaspi_delivery=False,
            point="2",
        ),
        Offer(
            shop=Shop("3932001", "Gadgetkz АВТОРИЗОВАННЫЙ МАГАЗИН", 4.9, 146),
            sku=f"{RECORDED_SKU}_393455",
            title=title,
            price=362_000,
            delivery_type="EXPRESS",
            delivery_days=1,
            point="PP3",
        ),
    ]


def _invent_shops(seed: int) -> list[Shop]:
    chance = dice(seed, "shops")
    shops = []
    for number in range(_SHOPS):
        name = f"{chance.choice(_NAMES)} {chance.choice(_ENDINGS)}"
        new = likely(chance, 0.15)
        shops.append(
            Shop(
                # The last digits keep the ids apart; one old shop has a word for an id.
                merchant_id="magnit-old"
                if number == 0
                else str(chance.randrange(1_000, 9_000) * 1_000 + number),
                name=name,
                rating=None if new else round(min(5.0, chance.gauss(4.7, 0.25)), 1),
                reviews=None if new else int(chance.lognormvariate(4.2, 1.5)),
            )
        )
    return shops


@dataclass(slots=True)
class Rivals:
    """Makes the rivals of a card when it is first looked at, and moves them from then on."""

    seed: int
    clock: Clock
    agenda: Agenda
    settings: Settings
    shops: list[Shop] = field(default_factory=list)
    chance: Random = field(default_factory=lambda: dice("moves"))

    def __post_init__(self) -> None:
        self.shops = _invent_shops(self.seed)
        self.chance = dice(self.seed, "moves")

    def people(self, card: Card) -> Market:
        """Make the market of a card and set its rivals going."""
        chance = dice(self.seed, "rivals", card.master_sku)
        offers = _recorded_offers() if card.master_sku == RECORDED_SKU else []
        count = _RECORDED_RIVALS if offers else _heavy_tailed_count(chance)
        taken = {offer.shop.merchant_id for offer in offers}
        level = card.usual_price
        for shop in chance.sample(self.shops, count - len(offers)):
            if shop.merchant_id not in taken:
                offers.append(_invent_offer(card, shop, level, chance))
        market = Market(card=card, offers=offers, opened_at=self.clock.now())
        for offer in offers:
            self._start(market, offer)
        return market

    def changed(self, market: Market, *, by: Offer) -> None:
        """Tell the card's followers that somebody moved."""
        for offer in market.offers:
            if offer is not by and offer.habit is Habit.FOLLOWER and not offer.reacting:
                self._react_later(market, offer, self.chance.uniform(*_REACTION_S))

    def set_price(self, market: Market, offer: Offer, price: int) -> None:
        """Give an offer a price now, whoever asks, and bring it back if it was gone."""

        def put(offer: Offer) -> None:
            offer.price = price
            offer.city_prices = NO_CITY_PRICES
            offer.present = True

        if market.change(offer, put, now=self.clock.now()):
            self.changed(market, by=offer)

    def set_city_price(self, market: Market, offer: Offer, city_id: str, price: int) -> None:
        """Give an offer its own price in one city, leaving the others as they are."""

        def put(offer: Offer) -> None:
            offer.city_prices = {**offer.city_prices, city_id: price}
            offer.present = True

        if market.change(offer, put, now=self.clock.now()):
            self.changed(market, by=offer)

    def set_presence(self, market: Market, offer: Offer, *, present: bool) -> None:
        def put(offer: Offer) -> None:
            offer.present = present

        if market.change(offer, put, now=self.clock.now()):
            self.changed(market, by=offer)

    def _start(self, market: Market, offer: Offer) -> None:
        if offer.habit is Habit.MOVER:
            self._later(market, offer)
        elif offer.habit is Habit.VANISHER:
            self.agenda.after(self._pause_s(offer), lambda: self._vanish(market, offer))
        elif offer.habit is Habit.FOLLOWER:
            self._react_later(market, offer, self._pause_s(offer))

    def _pause_s(self, offer: Offer) -> float:
        return max(1.0, self.chance.expovariate(1 / offer.pace_s))

    def _later(self, market: Market, offer: Offer) -> None:
        self.agenda.after(self._pause_s(offer), lambda: self._move(market, offer))

    def _move(self, market: Market, offer: Offer) -> None:
        if not self.settings.still and offer.present:
            self.set_price(market, offer, self._whim(offer))
        self._later(market, offer)

    def _whim(self, offer: Offer) -> int:
        share = self.settings.absurd_chance
        if share and likely(self.chance, share):
            return self.chance.choice((10, offer.usual_price * 100))
        return _wander(offer, self.chance)

    def _vanish(self, market: Market, offer: Offer) -> None:
        if not self.settings.still:
            self.set_presence(market, offer, present=False)
        self.agenda.after(self.chance.uniform(*_ABSENCE_S), lambda: self._come_back(market, offer))

    def _come_back(self, market: Market, offer: Offer) -> None:
        if not self.settings.still:
            self.set_price(market, offer, _wander(offer, self.chance))
        self.agenda.after(self._pause_s(offer), lambda: self._vanish(market, offer))

    def _react_later(self, market: Market, offer: Offer, pause_s: float) -> None:
        offer.reacting = True
        self.agenda.after(pause_s, lambda: self._react(market, offer))

    def _react(self, market: Market, offer: Offer) -> None:
        """Undercut the cheapest other by one tenge, down to the floor, up to the usual price."""
        offer.reacting = False
        cheapest = market.cheapest(besides=offer)
        if self.settings.still or cheapest is None or not offer.present:
            return
        price = min(max(cheapest - 1, offer.floor), offer.usual_price)
        if price == offer.price:
            return
        if likely(self.chance, _SURRENDER_CHANCE):
            # Give the war up: ask the usual price again, and look around after a rest.
            price = offer.usual_price
            self._react_later(market, offer, self.chance.uniform(*_REST_S))
        self.set_price(market, offer, price)


def _heavy_tailed_count(chance: Random) -> int:
    count = _MOST_RIVALS + 1
    while count > _MOST_RIVALS:
        count = int(1.6 * chance.paretovariate(0.9))
    return count


def _invent_offer(card: Card, shop: Shop, level: int, chance: Random) -> Offer:
    usual = max(10, _rounded(level * (1 + abs(chance.gauss(0.02, 0.05))), chance))
    dearer_far_away = likely(chance, 0.2)
    # The recorded answer names twenty offers in Almaty, so on that card all sell there.
    stays_home = likely(chance, 0.1) and card.master_sku != RECORDED_SKU
    return Offer(
        shop=shop,
        sku=_merchant_sku(card, chance),
        title=card.title,
        price=usual,
        habit=chance.choice(_HABITS),
        usual_price=usual,
        floor=max(10, int(level * chance.uniform(0.86, 0.97))),
        pace_s=_PACE_S * chance.lognormvariate(0, _PACE_SPREAD),
        preorder=chance.randrange(2, 31) if likely(chance, 0.06) else 0,
        delivery_type=chance.choice(_DELIVERIES),
        delivery_days=chance.choice((0, 1, 1, 2, 3, 4, 6, 9)),
        kaspi_delivery=likely(chance, 0.8),
        point=f"PP{chance.choice((1, 1, 1, 2, 3))}",
        regional_percent=chance.choice((1, 2, 3, 5)) if dearer_far_away else 0,
        only_city=chance.choice(_CITIES) if stays_home else None,
        purchases=int(chance.lognormvariate(2, 1.6)),
    )


def _wander(offer: Offer, chance: Random) -> int:
    """Choose a price around the usual one: mostly small steps, now and then a sale."""
    spread = 0.06 if likely(chance, 0.15) else 0.018
    price = offer.usual_price * (1 + chance.gauss(-0.01, spread))
    return max(10, _rounded(price, chance))


def _rounded(price: float, chance: Random) -> int:
    step = chance.choice((1, 1, 10, 100))
    return int(price // step * step) if price > step * 20 else int(price)


def _merchant_sku(card: Card, chance: Random) -> str:
    return f"{card.master_sku}_{chance.randrange(10**8, 10**9)}"


@dataclass(slots=True)
class Markets:
    """Every market that was ever looked at; the others cost nothing."""

    catalogue: Catalogue
    rivals: Rivals
    known: dict[str, Market] = field(default_factory=dict)
    # Told of every market that was not known before.
    on_open: Callable[[Market], None] = lambda _market: None

    def of(self, master_sku: str) -> Market | None:
        market = self.known.get(master_sku)
        if market is None:
            card = self.catalogue.find(master_sku)
            if card is None:
                return None
            market = self.known[master_sku] = self.rivals.people(card)
            self.on_open(market)
        return market
