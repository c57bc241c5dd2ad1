"""From rows to what the engine watches: who may move on a market, by which rules, knowing what."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import structlog

from cube_demper.kernel.money import Money
from kaspi.models import Store
from products.engine.model import WatchedProduct
from products.models import OPEN_CHANGE_STATES, Change, ChangeState, Product
from products.pricing.gate import legal
from products.pricing.model import CorridorEmpty, step_from
from products.pricing.modes import leap_percent, mode_of, outside_of
from products.pricing.rules import Rules, RulesContradict
from products.pricing.wars import WINDOW, Best, Front, War, war_on
from products.services.memories import known_war, learned, memory_of, sales_of
from products.services.rulebook import Rulebook
from products.services.tape import bests_of

logger = structlog.get_logger("products.rules")
_NOT_NEEDED = ("title", "search", "city_prices", "explanation", "listed_at", "applied_before")


def movable_by_market(
    market_ids: Sequence[int], *, now: datetime
) -> Mapping[int, list[WatchedProduct]]:
    """The products that may move now, by market; a market without any gives an empty list."""
    products: list[Product] = list(
        Product.objects.across_users(reason="one look serves every seller on a card")
        .repriced()
        .awake(now)
        .filter(
            market__in=market_ids,
            store__in=Store.objects.across_users(
                reason="one look serves every seller on a card"
            ).live(),
        )
        .defer(*_NOT_NEEDED)
        .prefetch_related("store", "listing", "market")  # once each, not once a product
        .order_by("id")
    )
    by_market: dict[int, list[WatchedProduct]] = defaultdict(list)
    for product, watched in zip(products, watched_products(products, now=now), strict=True):
        if product.market_id is not None and watched is not None:
            by_market[product.market_id].append(watched)
    return by_market


def watched_products(products: Sequence[Product], *, now: datetime) -> list[WatchedProduct | None]:
    """Each product with its rules and its memory; ``None`` where no rules can be made."""
    sellers = {product.store.user_id for product in products}
    shops = own_shops(sellers)
    book = Rulebook.of(sellers, now=now)
    rules = [_rules(book, product) for product in products]
    slow = [
        product
        for product, its in zip(products, rules, strict=True)
        if its is not None and its.pace.slow_after is not None
    ]
    sold_at, under_way = sales_of(slow), _under_way(products)
    market_ids = [product.market_id for product in products if product.market_id]
    bests = bests_of(market_ids, since=now - WINDOW)
    watched: list[WatchedProduct | None] = []
    for product, its in zip(products, rules, strict=True):
        if its is None or product.corridor is None:
            watched.append(None)
            continue
        sheet = book.sheet_of(product)
        ours = frozenset(shops[product.store.user_id])
        war = _war(bests.get(product.market_id or 0, ()), product, ours=ours, rules=its, now=now)
        memory = memory_of(
            product,
            under_way=under_way.get(product.pk),
            sold_at=sold_at.get(product.pk),
            war=war,
            now=now,
        )
        watched.append(
            WatchedProduct(
                product_id=product.pk,
                merchant_id=product.store.merchant_id,
                own_merchant_ids=ours,
                corridor=product.corridor,
                rules=its,
                memory=memory,
                sheet=product.rules,
                is_priority=product.is_priority,
                mode=mode_of(sheet, product.pk),
                leap_percent=leap_percent(sheet),
                outside=outside_of(sheet),
                war=war,
            )
        )
    return watched


def _war(
    tape: Sequence[Best], product: Product, *, ours: frozenset[str], rules: Rules, now: datetime
) -> War | None:
    """The price war that is on, told from what every buyer could see and the seller's rules."""
    floor = legal(rules, now).floor
    corridor = rules.hours.corridor(now, rules.corridor)
    step = step_from(tape[-1].price if tape else floor, corridor.step)
    front = Front(
        ours=ours,
        step=max(step, Money.tenge(1)),
        floor=floor,
        truce=rules.truce,
        known=known_war(product),
        peace_since=learned(product).peace_since,
    )
    return war_on(tape, front, at=now)


def _rules(book: Rulebook, product: Product) -> Rules | None:
    if product.corridor is None:
        return None
    try:
        return book.rules_of(product)
    except (RulesContradict, CorridorEmpty) as error:
        logger.warning("products.rules.contradict", product_id=product.pk, detail=str(error))
        return None


def own_shops(user_ids: Iterable[int]) -> Mapping[int, set[str]]:
    """The merchant ids of each seller's shops."""
    shops: dict[int, set[str]] = defaultdict(set)
    stores = Store.objects.across_users(reason="one look serves every seller on a card").filter(
        user__in=user_ids, released_at=None
    )
    for user_id, merchant_id in stores.values_list("user_id", "merchant_id"):
        shops[user_id].add(merchant_id)
    return shops


def _under_way(products: Sequence[Product]) -> Mapping[int, Money]:
    changes = Change.objects.across_users(reason="one look serves every seller on a card")
    return dict(
        changes.filter(
            product__in=[product.pk for product in products], state__in=OPEN_CHANGE_STATES
        )
        .exclude(state=ChangeState.PROPOSED)
        .values_list("product", "price")
    )
