"""Four shard workers at the full budget: what they do, and what it costs.

One big store and some small ones are connected as anybody connects one. Two more sellers of ours
stand on the big one's cards, whose corridors leave them one price: all three ride on one look, and
what is pushed is known to the marketplace. ``BENCH_LIFTED=1`` lifts the limiter: how much the whole
path can do, with the marketplace on the same cores.
"""

import os
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from bench.bare import bare_cpu_ms_per_look
from bench.processes import cpu_s, pss_mb, tree_of
from bench.sandbox import latest_request, requests_since, unlimited_sandbox
from bench.table import show
from cube_demper.local.folders import remove_var
from tests.flows.house import House
from tests.flows.patience import until
from tests.flows.seller import Seller, register

_CARDS = 100_000
_BIG = "big@demo.kz"
_SMALL = [f"seller{number}@sandbox.kz" for number in range(1, 9)]
_MARKETS = 15_000  # of the big one's: each is due at once, and more than can be looked at
_IS_LIFTED = os.environ.get("BENCH_LIFTED") == "1"
_BUDGET = 5_000 if _IS_LIFTED else 120  # requests a second, all processes together
_LIFTED_PROMISE = 1_000  # looks a second
_PROMISE = 400  # products a minute
_WARM_S, _FOR_S = 140.0, float(os.environ.get("BENCH_S", "60"))
_SETTLE_S = 6.0
_AT_ONCE, _READ_WITHIN_S = 4, 180.0
_SHARDS = tuple(f"demper-{shard}" for shard in range(4))
_SETTINGS = {
    "GLOBAL_RPS": str(_BUDGET),
    "KASPI_OFFERS_RPS": str(_BUDGET),  # as if there were addresses enough
    "LOOK_INTERVAL_S": "1",  # more is due at any time than can be done
    "LOOK_SHORTEST_S": "1",
}
# A corridor around today's price for products on sale, as a seller would set it.
_CORRIDORS = """
    UPDATE products_product SET floor = price * 94 / 10000 * 100,
        ceiling = price * 108 / 10000 * 100, step = 100
    WHERE id IN (
        SELECT id FROM (
            SELECT id, row_number() OVER (PARTITION BY store_id ORDER BY id) AS place
            FROM products_product WHERE is_on_sale AND price IS NOT NULL
        ) AS numbered WHERE place <= %s
    )
"""
_STORED = """
    SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns
    WHERE table_name = 'products_product' AND is_generated = 'NEVER'
"""
_COMPANY = """
    INSERT INTO products_product ({stored})
    SELECT {copied} FROM products_product AS one
    JOIN kaspi_store AS big ON big.id = one.store_id AND big.merchant_id = '30700055'
    CROSS JOIN (SELECT id FROM kaspi_store WHERE merchant_id <> '30700055' ORDER BY id LIMIT 2)
        AS store
    CROSS JOIN LATERAL jsonb_populate_record(one, jsonb_build_object(
        'id', nextval(pg_get_serial_sequence('products_product', 'id')), 'store_id', store.id,
        'sku', 'beside-' || one.sku, 'floor', one.price, 'ceiling', one.price
    )) AS copy
    WHERE one.floor IS NOT NULL
"""
_WATCH = """
    UPDATE products_market SET is_watched = true, next_look_at = now()
    WHERE id IN (SELECT market_id FROM products_product WHERE floor IS NOT NULL)
"""
# Once everything was looked at, and decided for the first time, it is all due once more.
_DUE = """
    UPDATE products_market SET next_look_at = now() WHERE id IN (
        SELECT id FROM products_market WHERE is_watched ORDER BY id FOR UPDATE SKIP LOCKED
    )
"""
_ROUNDS = """
    SELECT coalesce(sum(looks), 0), coalesce(sum(failures), 0), coalesce(sum(decisions), 0)
    FROM products_round WHERE finished_at BETWEEN %s AND %s
"""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was counted while the clock ran."""

    seconds: float
    looks: int
    failures: int
    decisions: int
    requests: int
    kept: Sequence[dict[str, Any]]
    """Those that the marketplace still remembers: of a long run, the last ones."""
    shard_cpu_s: float
    shard_pss_mb: tuple[float, float]
    """Of one worker, when the clock started and when it stopped."""
    pusher_cpu_s: float
    pusher_pss_mb: tuple[float, float]
    server_cpu_s: float


def measure() -> None:
    """Looks, decisions and pushes a minute, share of the 120/s budget, CPU and memory."""
    var = Path(tempfile.mkdtemp(prefix="demper-bench-"))
    var.chmod(0o711)  # as root, the database's user must come through
    with unlimited_sandbox(cards=_CARDS) as urls:
        house = House(var=var, settings={**_SETTINGS, **urls})
        try:
            house.start()
            products, markets = _people(house)
            seen = _watch(house, urls["KASPI_SHOP_URL"])
        finally:
            house.end()
            remove_var(var)
        bare_ms = bare_cpu_ms_per_look(urls["KASPI_SHOP_URL"])
    show("fleet", [("products, markets", f"{products}, {markets}"), *_rows(seen, bare_ms)])


def _people(house: House) -> tuple[int, int]:
    """Connect the stores, set corridors; return how many products may move, on how many markets."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        sellers = list(pool.map(lambda account: _seller(house, account), (_BIG, *_SMALL)))
    for seller in sellers:
        until(seller.store, lambda store: store["synced_at"] is not None, patience_s=_READ_WITHIN_S)
        seller.http.close()
    with psycopg.connect(house.address_of("DATABASE_URL")) as connection:
        products = connection.execute(_CORRIDORS, (_MARKETS,)).rowcount
        products += _accompany(connection)
        markets = connection.execute(_WATCH).rowcount
    return products, markets


def _accompany(connection: "psycopg.Connection[tuple[Any, ...]]") -> int:
    (row,) = connection.execute(_STORED).fetchall()
    columns: list[str] = row[0].split(", ")
    copied = ", ".join(f"copy.{column}" for column in columns)
    # Names of columns, as the database itself quotes them.
    return connection.execute(_COMPANY.format(stored=row[0], copied=copied).encode()).rowcount


def _seller(house: House, account: str) -> Seller:
    seller = register(house.web_url)
    login = seller.log_in_at_kaspi(account)
    if login["state"] != "connected":
        sys.exit(f"{account} could not log in: {login['detail']}")
    return seller


def _watch(house: House, shop_url: str) -> _Seen:
    time.sleep(_WARM_S)
    shards = tree_of(house.leader_of(name) for name in _SHARDS)
    pusher = tree_of([house.leader_of("pusher")])
    everything = tree_of([house.pid])
    with psycopg.connect(house.address_of("DATABASE_URL"), autocommit=True) as connection:
        connection.execute(_DUE)
        time.sleep(_SETTLE_S)
        since = latest_request(shop_url)
        before = [cpu_s(pids) for pids in (shards, pusher, everything)]
        weighed = [pss_mb(shards) / len(_SHARDS), pss_mb(pusher)]
        began, began_at = time.perf_counter(), _now(connection)
        time.sleep(_FOR_S)
        seconds, ended_at = time.perf_counter() - began, _now(connection)
        after = [cpu_s(pids) for pids in (shards, pusher, everything)]
        last = latest_request(shop_url)
        (counts,) = connection.execute(_ROUNDS, (began_at, ended_at)).fetchall()
    looks, failures, decisions = map(int, counts)
    shard_s, pusher_s, all_s = (end - begin for begin, end in zip(before, after, strict=True))
    return _Seen(
        seconds=seconds,
        looks=looks,
        failures=failures,
        decisions=decisions,
        requests=last - since,
        kept=requests_since(shop_url, since, until=last),
        shard_cpu_s=shard_s,
        shard_pss_mb=(weighed[0], pss_mb(shards) / len(_SHARDS)),
        pusher_cpu_s=pusher_s,
        pusher_pss_mb=(weighed[1], pss_mb(pusher)),
        server_cpu_s=all_s - shard_s - pusher_s,
    )


def _now(connection: "psycopg.Connection[tuple[Any, ...]]") -> Any:
    (row,) = connection.execute("SELECT clock_timestamp()").fetchall()
    return row[0]


def _rows(seen: _Seen, bare_ms: float) -> list[tuple[str, str]]:
    looks_a_min, decisions_a_min = (
        count / seen.seconds * 60 for count in (seen.looks, seen.decisions)
    )
    requests_a_s = seen.requests / seen.seconds
    look_ms = seen.shard_cpu_s / max(seen.looks, 1) * 1000
    pushes = sum(one["endpoint"] in {"push", "batch"} for one in seen.kept)
    kept_s = seen.seconds * len(seen.kept) / max(seen.requests, 1)
    return [
        ("looks", f"{looks_a_min:,.0f} a minute for {seen.seconds:.0f} s, {seen.failures} failed"),
        ("looks a second", _a_second(looks_a_min / 60)),
        (
            "product decisions",
            f"{decisions_a_min:,.0f} a minute, {decisions_a_min / _PROMISE:.1f} x the promise",
        ),
        ("requests that push", f"{pushes / max(kept_s, 1) * 60:,.0f} a minute"),
        (
            "requests, all kinds",
            f"{requests_a_s:.1f} a second, {requests_a_s / _BUDGET:.1%} of the budget",
        ),
        ("most in any second, as they arrived", f"{_most(seen.kept)}"),
        (
            "CPU of four shard workers",
            f"{seen.shard_cpu_s / seen.seconds:.2f} cores, {look_ms:.2f} ms a look",
        ),
        ("a bare look: request and JSON", f"{bare_ms:.2f} ms, 1 : {look_ms / bare_ms:.1f}"),
        ("CPU of the pusher", f"{seen.pusher_cpu_s / seen.seconds:.2f} cores"),
        ("CPU of all else of ours", f"{seen.server_cpu_s / seen.seconds:.2f} cores"),
        ("memory of a shard worker (PSS)", _grown(*seen.shard_pss_mb)),
        ("memory of the pusher (PSS)", _grown(*seen.pusher_pss_mb)),
    ]


def _a_second(looks: float) -> str:
    return f"{looks:.1f}" + (
        f", {looks / _LIFTED_PROMISE:.2f} of {_LIFTED_PROMISE}, the limiter lifted"
        if _IS_LIFTED
        else ""
    )


def _grown(before: float, after: float) -> str:
    return f"{before:.1f} → {after:.1f} MB, {after / before - 1:+.1%}"


def _most(requests: Sequence[dict[str, Any]]) -> int:
    moments = [one["time"] for one in requests]
    most, begin = 0, 0
    for end, moment in enumerate(moments):
        while moments[begin] <= moment - 1:
            begin += 1
        most = max(most, end - begin + 1)
    return most
