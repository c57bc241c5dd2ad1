"""The market to look at: all cards, and one card with its prices over time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from sandbox import replies
from sandbox.chart import BROAD, NARROW, Trail, draw, legend, tenge, trails_of
from sandbox.cities import CITIES
from sandbox.faults import Handler
from sandbox.offers import Habit, Market, Offer
from sandbox.pages import Markup, page
from sandbox.people import MERCHANTS
from sandbox.pushes import LOWEST_PRICE
from sandbox.world import World

_ROWS: Final = 120
_CARDS_SEARCHED: Final = 5_000
_FRESH_S: Final = 4
_MINUTE_S, _HOUR_S = 60, 3_600
_HABITS: Final = {
    Habit.STILL: "стоит на месте",
    Habit.MOVER: "ходит вокруг своей цены",
    Habit.FOLLOWER: "сбивает самую низкую на 1 ₸",
    Habit.VANISHER: "исчезает и возвращается",
    Habit.SELLER: "продавец песочницы",
}
_DELIVERIES: Final = {
    "TO_DOOR": "до двери",
    "EXPRESS": "экспресс",
    "POSTOMAT": "постамат",
    "PICKUP": "самовывоз",
}
_DEMO: Final = tuple(merchant.merchant_id for merchant in MERCHANTS.values() if merchant.is_demo)


@dataclass(frozen=True, slots=True)
class MarketPages:
    """Server-rendered pages over a world."""

    world: World

    def routes(self) -> list[tuple[str, str, Handler]]:
        return [
            ("GET", "/market/{master_sku}", self.market),
            ("POST", "/market/{master_sku}/price", self.set_price),
            ("POST", "/market/{master_sku}/undercut", self.undercut),
            ("POST", "/market/{master_sku}/presence", self.set_presence),
        ]

    async def index(self, request: web.Request) -> web.Response:
        """List the demo sellers' cards first, within them and below the latest movement first."""
        query = request.query.get("q", "").strip()
        markets = list(islice(self._found(query.lower()), _ROWS))
        rows = "".join(self._row(market) for market in markets)
        return replies.html_reply(
            page(
                "market_list.html",
                style=page("market.css"),
                live=page("live.js"),
                query=query,
                facts=self._facts(),
                rows=Markup(
                    rows or '<tr><td colspan="6" class="empty">Ничего не нашлось</td></tr>'
                ),
                shown=f"Показано карточек: {len(markets)} из {self.world.catalogue.size}",
            )
        )

    async def market(self, request: web.Request) -> web.Response:
        market = self.world.markets.of(request.match_info["master_sku"])
        if market is None:
            return replies.html_reply(page("not_found.html"), status=404)
        now = self.world.clock.now()
        trails = trails_of(market, sellers=_DEMO, now=now)
        card, oops = market.card, request.query.get("oops", "")
        return replies.html_reply(
            page(
                "market.html",
                style=page("market.css"),
                live=page("live.js"),
                facts=self._facts(),
                oops=page("oops.html", text=oops) if oops else "",
                title=card.title,
                category=card.vertical,
                master_sku=card.master_sku,
                path=card.path,
                summary=_summary(market, now),
                chart=_charts(trails, market, now),
                legend=legend(trails),
                offers=_offers(market, now),
            )
        )

    async def set_price(self, request: web.Request) -> web.StreamResponse:
        """Move a rival by hand and go back to the card."""
        market, offers, form = await self._ordered(request)
        text = str(form.get("price", "")).strip()
        if not (text.isascii() and text.isdigit() and LOWEST_PRICE <= int(text) < 10**9):
            return _back(market, f"Цена — целое число тенге, не меньше {LOWEST_PRICE}")
        for offer in offers:
            self._move(market, offer, int(text))
        return _back(market)

    async def undercut(self, request: web.Request) -> web.StreamResponse:
        """Make a rival the cheapest by one tenge."""
        market, offers, _ = await self._ordered(request)
        for offer in offers:
            cheapest = market.cheapest(besides=offer)
            if cheapest is not None:
                self._move(market, offer, max(LOWEST_PRICE, cheapest - 1))
        return _back(market)

    def _move(self, market: Market, offer: Offer, price: int) -> None:
        self.world.rivals.set_price(market, offer, price)
        self.world.say(f"by hand: {offer.shop.name} on {market.card.master_sku} -> {price} tenge")

    async def set_presence(self, request: web.Request) -> web.StreamResponse:
        """Remove a rival from the card, or bring it back."""
        market, offers, form = await self._ordered(request)
        for offer in offers:
            self.world.rivals.set_presence(market, offer, present=form.get("present") == "yes")
        return _back(market)

    async def _ordered(
        self, request: web.Request
    ) -> tuple[Market, list[Offer], Mapping[str, object]]:
        market = self.world.markets.of(request.match_info["master_sku"])
        if market is None:
            raise web.HTTPNotFound
        form = await request.post()
        offers = [
            offer
            for offer in market.of(str(form.get("merchant_id", "")))
            if offer.habit is not Habit.SELLER
        ]
        if not offers:
            raise web.HTTPFound(_address(market, "Такого соперника на карточке нет"))
        return market, offers, form

    def _found(self, query: str) -> Iterator[Market]:
        """Known markets by interest, then cards nobody has looked at yet."""
        known = [market for market in self.world.markets.known.values() if _fits(market, query)]
        yield from sorted(known, key=_interest)
        seen = {market.card.master_sku for market in known}
        for card in islice(self.world.catalogue, _CARDS_SEARCHED):
            if card.master_sku not in seen and _matches(card.title, card.master_sku, query):
                market = self.world.markets.of(card.master_sku)
                if market is not None:
                    yield market

    def _row(self, market: Market) -> Markup:
        now = self.world.clock.now()
        return page(
            "market_list_row.html",
            mood="moved" if _is_fresh(market.moved_at, market, now) else "",
            master_sku=market.card.master_sku,
            title=market.card.title,
            category=market.card.vertical,
            cheapest=tenge(market.cheapest()),
            offers=sum(1 for _ in market.present()),
            sellers=_chips(market),
            moved=_ago(now - market.moved_at) if market.moves else "—",
        )

    def _facts(self) -> str:
        world = self.world
        moves = sum(market.moves for market in world.markets.known.values())
        return (
            f"карточек {world.catalogue.size} · движений цен {moves} · "
            f"изменений в пути {len(world.pushes.under_way)}"
            + (" · соперники стоят" if world.settings.still else "")
        )


def _charts(trails: Sequence[Trail], market: Market, now: float) -> Markup:
    """The chart for a desk and the one for a telephone; the style shows one of them."""
    if not trails:
        return draw(trails, opened_at=market.opened_at, now=now)
    both = (BROAD, NARROW)
    return Markup(
        "".join(draw(trails, opened_at=market.opened_at, now=now, canvas=one) for one in both)
    )


def _matches(title: str, master_sku: str, query: str) -> bool:
    return query in title.lower() or query in master_sku


def _fits(market: Market, query: str) -> bool:
    return _matches(market.card.title, market.card.master_sku, query)


def _interest(market: Market) -> tuple[bool, float]:
    is_demo = any(offer.shop.merchant_id in _DEMO for offer in market.present())
    return not is_demo, -market.moved_at if market.moves else 0.0


def _is_fresh(moved_at: float, market: Market, now: float) -> bool:
    return market.moves > 0 and moved_at > market.opened_at and now - moved_at < _FRESH_S


def _chips(market: Market) -> Markup:
    """The demo sellers on the card, each with price and place."""
    prices = sorted(price for offer in market.present() if (price := offer.shown_price) is not None)
    chips = []
    for offer in market.offers:
        price = offer.shown_price
        if offer.shop.merchant_id not in _DEMO or price is None:
            continue
        place = prices.index(price) + 1
        mood = ("first", "second")[_DEMO.index(offer.shop.merchant_id)]
        chips.append(
            page(
                "chip.html",
                mood=f"{mood} lead" if place == 1 else mood,
                text=f"{offer.shop.name.split()[0]} {tenge(price)} · {place}-е место",
            )
        )
    return Markup("".join(chips))


def _summary(market: Market, now: float) -> str:
    moved = f"последнее движение {_ago(now - market.moved_at)}" if market.moves else "всё стоит"
    count = sum(1 for _ in market.present())
    return f"Самая низкая цена {tenge(market.cheapest())} · предложений {count} · {moved}"


def _offers(market: Market, now: float) -> Markup:
    offers = sorted(market.offers, key=lambda offer: (not offer.present, offer.shown_price or 0))
    return Markup("".join(_offer_row(market, offer, now) for offer in offers))


def _offer_row(market: Market, offer: Offer, now: float) -> Markup:
    shop = offer.shop
    only = f" · только {CITIES[offer.only_city]}" if offer.only_city else ""
    preorder = f" · предзаказ {offer.preorder} дн." if offer.preorder else ""
    return page(
        "market_offer.html",
        mood=_mood(market, offer, now),
        price=tenge(offer.shown_price),
        name=shop.name,
        merchant_id=shop.merchant_id,
        habit=_HABITS[offer.habit],
        rating=f"{shop.rating} · {shop.reviews}" if shop.rating else "новый",
        delivery=f"{_DELIVERIES[offer.delivery_type]}{only}{preorder}",
        moved=_ago(now - offer.moved_at) if offer.trail else "—",
        form=_form(market, offer),
    )


def _mood(market: Market, offer: Offer, now: float) -> str:
    if not offer.present:
        return "gone"
    if offer.shop.merchant_id in _DEMO:
        return ("first", "second")[_DEMO.index(offer.shop.merchant_id)]
    return "moved" if _is_fresh(offer.moved_at, market, now) else ""


def _form(market: Market, offer: Offer) -> Markup:
    if offer.habit is Habit.SELLER:
        return Markup("")
    return page(
        "market_offer_form.html",
        master_sku=market.card.master_sku,
        merchant_id=offer.shop.merchant_id,
        name=offer.shop.name,
        price=offer.price,
        wanted="no" if offer.present else "yes",
        verb="Убрать" if offer.present else "Вернуть",
    )


def _ago(seconds: float) -> str:
    if seconds < _MINUTE_S:
        return f"{max(0, int(seconds))} с назад"
    if seconds < _HOUR_S:
        return f"{int(seconds // _MINUTE_S)} мин назад"
    return f"{int(seconds // _HOUR_S)} ч назад"


def _address(market: Market, oops: str = "") -> str:
    query = f"?{urlencode({'oops': oops})}" if oops else ""
    return f"/market/{market.card.master_sku}{query}"


def _back(market: Market, oops: str = "") -> web.Response:
    return web.Response(status=303, headers={"Location": _address(market, oops)})
