"""Puts the endpoints of each host on its port, or of several hosts on one."""

from collections.abc import Iterable
from dataclasses import dataclass

from aiohttp import web

from sandbox.access import Access
from sandbox.cabinet import Cabinet
from sandbox.control import Control
from sandbox.discounts import Discounts
from sandbox.exports import Exports
from sandbox.faults import Handler
from sandbox.feed_control import FeedControl
from sandbox.gate import Addresses, Gate, Role, Route, preflight
from sandbox.graphql import Graphql
from sandbox.graphql_orders import GraphqlOrders
from sandbox.identity import Identity
from sandbox.market_pages import MarketPages
from sandbox.offer_reads import OfferReads
from sandbox.order_control import OrderControl
from sandbox.orders_api import OrdersApi
from sandbox.price_files import PriceFiles
from sandbox.pricefeed import PriceFeed
from sandbox.shop_reads import ShopReads
from sandbox.storefront import Storefront
from sandbox.world import World

# A price list of twenty thousand products is some ten megabytes.
_BODY_MOST = 64 * 1024 * 1024
_HOME = "/"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Every endpoint of the sandbox over one world."""

    identity: Identity
    cabinet: Cabinet
    reads: OfferReads
    graphql: Graphql
    pricefeed: PriceFeed
    files: PriceFiles
    exports: Exports
    discounts: Discounts
    storefront: Storefront
    shop_reads: ShopReads
    orders: OrdersApi
    pages: MarketPages
    control: Control
    feeds: FeedControl
    order_control: OrderControl
    gate: Gate

    def of(self, roles: Iterable[Role]) -> web.Application:
        """Make the application that plays the given hosts."""
        wanted = set(roles)
        app = web.Application(client_max_size=_BODY_MOST)
        for route in self.routes():
            if route.role in wanted and route.path != _HOME:
                app.router.add_route(route.method, route.path, self.gate.guard(route))
        app.router.add_route("GET", _HOME, self._home(wanted))
        if Role.SHOP in wanted:
            ours = (
                *self.pages.routes(),
                *self.control.routes(),
                *self.feeds.routes(),
                *self.order_control.routes(),
            )
            for method, path, handler in ours:
                app.router.add_route(method, path, handler)
        if Role.CABINET in wanted:
            app.router.add_route("OPTIONS", "/{tail:.*}", _preflight)
        return app

    def routes(self) -> list[Route]:
        """The marketplace's own endpoints: those that can fail and that the journal lists."""
        return [
            *self.identity.routes(),
            *self.cabinet.routes(),
            *self.reads.routes(),
            *self.graphql.routes(),
            *self.pricefeed.routes(),
            *self.files.routes(),
            *self.exports.routes(),
            *self.discounts.routes(),
            *self.storefront.routes(),
            *self.shop_reads.routes(),
            *self.orders.routes(),
        ]

    def _home(self, roles: set[Role]) -> Handler:
        """Choose who answers `/`: on a shared port, first of all a login under way."""
        identity, shop = self._guarded("identity_home"), self.pages.index

        async def shared(request: web.Request) -> web.StreamResponse:
            carries_on = self.identity.carries_on(request)
            return await (identity(request) if carries_on else shop(request))

        if roles >= {Role.SHOP, Role.IDENTITY}:
            return shared
        if Role.SHOP in roles:
            return shop
        return identity if Role.IDENTITY in roles else self._guarded("cabinet_home")

    def _guarded(self, name: str) -> Handler:
        return self.gate.guard(next(route for route in self.routes() if route.name == name))


def make_endpoints(world: World, addresses: Addresses) -> Endpoints:
    """Connect every endpoint with the world."""
    access = Access(world)
    identity = Identity(world, addresses)
    cabinet = Cabinet(world, addresses, access)
    reads = OfferReads(world, access)
    graphql = Graphql(access, GraphqlOrders(world))
    pricefeed = PriceFeed(world, access)
    files = PriceFiles(world, access)
    exports = Exports(world, addresses, access)
    discounts = Discounts(world, access)
    storefront = Storefront(world, addresses)
    shop_reads = ShopReads(world)
    orders = OrdersApi(world)
    parts = (
        *(identity, cabinet, reads, graphql, pricefeed, files, exports, discounts),
        *(storefront, shop_reads, orders),
    )
    names = frozenset(route.name for part in parts for route in part.routes())
    return Endpoints(
        identity=identity,
        cabinet=cabinet,
        reads=reads,
        graphql=graphql,
        pricefeed=pricefeed,
        files=files,
        exports=exports,
        discounts=discounts,
        storefront=storefront,
        shop_reads=shop_reads,
        orders=orders,
        pages=MarketPages(world),
        control=Control(world, endpoints=names),
        feeds=FeedControl(world),
        order_control=OrderControl(world),
        gate=Gate(world, addresses),
    )


async def _preflight(request: web.Request) -> web.StreamResponse:
    return preflight(request)
