"""The rows of a million products, what sellers ask about them, and the statements that makes."""

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.db import connection
from rest_framework.test import APIClient

from bench.api import Ask
from kaspi.models import Store
from products.models import Product
from tests.copies import BASE, copy_row
from tests.factories import (
    make_access_token,
    make_decision,
    make_market,
    make_product,
    make_session,
    make_store,
    make_user,
)

_MARKETS = 100_000
_TITLES = ("Смартфон", "Кроссовки", "Қазан", "Наушники", "Чайник", "Кресло", "Сөмке")
_ASKED = 40  # sellers who ask at the same time, the largest among them


@dataclass(slots=True)
class Asker:
    """A seller, some of whose products are asked for."""

    token: str
    product_ids: list[int] = field(default_factory=list)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def fill(*, products: int, sellers: int, largest: int) -> tuple[float, list[Asker]]:
    """Make the rows; return how long it took, and some sellers, the largest first."""
    began = time.perf_counter()
    user = make_user(email="largest@example.kz")
    session, market = make_session(user=user), make_market()
    store = make_store(user=user, session=session)
    product = make_product(store=store, market=market)
    make_decision(product=product)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # all keys are right: no checks
    copy_row(user, sellers, email="'seller' || n || '@example.kz'")
    copy_row(session, sellers, user_id=f"{BASE} + n")
    copy_row(
        store, sellers, user_id=f"{BASE} + n", session_id=f"{BASE} + n", merchant_id="'9' || n"
    )
    copy_row(market.card, _MARKETS, master_sku=f"({BASE} + n)::text")
    copy_row(market, _MARKETS, card_id=f"{BASE} + n", shard="mod(n, 4)")
    titles = ", ".join(f"'{title}'" for title in _TITLES)
    copy_row(
        product,
        products,
        sku="'sku-' || n",
        title=f"(ARRAY[{titles}])[1 + mod(n, {len(_TITLES)})] || ' модель ' || mod(n, 997)",
        store_id=f"CASE WHEN n <= {largest} THEN {store.pk}"
        f" ELSE {BASE} + 1 + mod(n, {sellers}) END",
        market_id=f"{BASE} + 1 + mod(n, {_MARKETS})",
        price="100000 + mod(n, 5000) * 100",
        position="1 + mod(n, 9)",
    )
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("VACUUM (ANALYZE)")
    return time.perf_counter() - began, _askers(store)


def _askers(largest: Store) -> list[Asker]:
    stores = [largest, *Store.rows.exclude(pk=largest.pk).select_related("user")[: _ASKED - 1]]
    return [
        Asker(
            make_access_token(user=store.user),
            list(Product.rows.filter(store=store).values_list("pk", flat=True)[:50]),
        )
        for store in stores
    ]


def mixes(askers: Sequence[Asker]) -> list[tuple[list[Ask], dict[str, str]]]:
    """What each of them asks for, in turns: lists, filters, searches, products, edits, history."""
    return [(_asks(asker), asker.headers) for asker in askers]


def _asks(asker: Asker) -> list[Ask]:
    first, second, *_ = asker.product_ids
    corridor = {"floor_tiyn": 90_000, "ceiling_tiyn": 200_000}
    return [
        Ask("/products"),
        Ask("/products?state=active&sort=-price"),
        Ask(f"/products/{first}"),
        Ask("/products?search=кроссовки"),
        Ask(f"/products/{first}/history"),
        Ask("/products?position=1&page_size=20&fields=id,title,price_tiyn"),
        Ask(f"/products/{second}", "PATCH", corridor),
        Ask("/products?search=казан+модель+7&count=estimated"),
        Ask(f"/products/{second}"),
        Ask("/products?at_floor=false&sort=position"),
    ]


def statement_ms(askers: Sequence[Asker]) -> list[tuple[str, str]]:
    """How long the statements of the same mix take, one at a time."""
    ms: list[float] = []

    def timed(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 -- Django calls it so
        began = time.perf_counter()
        result = execute(sql, params, many, context)
        ms.append((time.perf_counter() - began) * 1000)
        return result

    client = APIClient(SERVER_NAME="127.0.0.1")
    for asks, headers in mixes(askers):
        client.credentials(HTTP_AUTHORIZATION=headers["Authorization"])
        for ask in asks:
            with connection.execute_wrapper(timed):
                client.generic(ask.method, ask.path, **_body(ask))
    cuts = statistics.quantiles(ms, n=100)
    return [("statements of the mix", f"p50 {cuts[49]:.1f} ms, p95 {cuts[94]:.1f} ms of {len(ms)}")]


def _body(ask: Ask) -> dict[str, Any]:
    return {"data": orjson.dumps(ask.body), "content_type": "application/json"} if ask.body else {}
