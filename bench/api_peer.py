"""The list of products as somebody would write it with FastAPI, asyncpg and Pydantic.

It checks the same token, asks for the same sign-in and the same stores, and answers with the same
bytes as ours: ``bench/api.py`` compares them first.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated

import asyncpg
import jwt
import orjson
from fastapi import Depends, FastAPI, Header, HTTPException, Query
from fastapi.responses import Response
from pydantic import BaseModel

_SIGN_IN = """
    SELECT s.id, u.id AS user_id FROM accounts_signin s JOIN accounts_user u ON u.id = s.user_id
    WHERE s.id = $1 AND s.ended_at IS NULL AND u.is_active
"""
_STORES = "SELECT id FROM kaspi_store WHERE user_id = $1"
_PRODUCTS = """
    SELECT p.id, p.store_id, p.listing_id, p.sku, c.master_sku, p.title, c.brand, c.category,
        CASE WHEN p.city_id = '' THEN s.city_id ELSE p.city_id END AS city_id,
        p.is_on_sale, p.is_paused, p.paused_until, p.is_priority, p.price AS price_tiyn,
        p.floor AS floor_tiyn, p.ceiling AS ceiling_tiyn, p.step AS step_tiyn,
        p.wanted_price AS wanted_price_tiyn, lower(p.reason) AS reason, p.explanation, p.position,
        p.outside_at, p.at_war_since, p.war_rival, m.cycling_since, p.decided_at, m.looked_at,
        CASE WHEN p.missing_since IS NOT NULL THEN 'gone' WHEN NOT p.is_on_sale THEN 'withdrawn'
            WHEN p.market_id IS NULL THEN 'unplaced' WHEN p.floor IS NULL THEN 'unset'
            WHEN p.is_paused OR p.paused_until > now() OR s.is_paused THEN 'paused'
            WHEN s.channel <> 'PRICE_LIST' AND e.state <> 'LIVE' OR s.released_at IS NOT NULL
            THEN 'stopped' ELSE 'active' END AS state
    FROM products_product p JOIN kaspi_store s ON s.id = p.store_id
        LEFT JOIN kaspi_session e ON e.id = s.session_id
        LEFT JOIN products_market m ON m.id = p.market_id
        LEFT JOIN products_card c ON c.id = m.card_id
    WHERE p.store_id = ANY($1) AND p.listing_id IS NULL
    ORDER BY p.id DESC LIMIT $2
"""


class Product(BaseModel):
    """A product as both answer with it."""

    id: int
    store_id: int
    listing_id: int | None
    sku: str
    master_sku: str | None
    title: str
    brand: str | None
    category: str | None
    city_id: str
    is_on_sale: bool
    is_paused: bool
    paused_until: datetime | None
    is_priority: bool
    price_tiyn: int | None
    floor_tiyn: int | None
    ceiling_tiyn: int | None
    step_tiyn: int | None
    wanted_price_tiyn: int | None
    reason: str
    explanation: dict[str, str]
    position: int | None
    outside_at: datetime | None
    at_war_since: datetime | None
    war_rival: str
    cycling_since: datetime | None
    decided_at: datetime | None
    looked_at: datetime | None
    state: str


class Page(BaseModel):
    """Some of them."""

    next: str | None
    previous: str | None
    results: list[Product]


@asynccontextmanager
async def _pool(app: FastAPI) -> AsyncIterator[None]:
    async def prepare(connection: asyncpg.Connection) -> None:
        await connection.set_type_codec(
            "jsonb", encoder=orjson.dumps, decoder=orjson.loads, schema="pg_catalog"
        )

    async with asyncpg.create_pool(
        os.environ["DATABASE_URL"], min_size=1, max_size=12, init=prepare
    ) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=_pool)
_LATER = os.environ.get("PEER_NEXT") or None  # what ours says: the cursor is not compared


async def _caller(authorization: Annotated[str, Header()]) -> int:
    try:
        claims = jwt.decode(
            authorization.removeprefix("Bearer "), os.environ["SECRET_KEY"], algorithms=["HS256"]
        )
    except jwt.PyJWTError:
        raise HTTPException(401) from None
    row = await app.state.pool.fetchrow(_SIGN_IN, claims["sid"])
    if row is None:
        raise HTTPException(401)
    return int(row["user_id"])


@app.get("/products")
async def products(
    user_id: Annotated[int, Depends(_caller)], page_size: Annotated[int, Query(ge=1, le=200)] = 50
) -> Response:
    """The newest of a seller's products."""
    stores = [row["id"] for row in await app.state.pool.fetch(_STORES, user_id)]
    rows = await app.state.pool.fetch(_PRODUCTS, stores, page_size + 1)
    page = Page(
        next=_LATER if len(rows) > page_size else None,
        previous=None,
        results=[Product.model_validate(dict(row)) for row in rows[:page_size]],
    )
    return Response(page.model_dump_json(), media_type="application/json")
