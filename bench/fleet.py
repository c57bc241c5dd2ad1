"""Four shard workers at the full budget: what they do, and what it costs."""

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

_CARDS = 2_000
_SELLERS = range(1, 21)
_BUDGET = 120  # requests a second, all processes together
_PROMISE = 400  # products a minute
_WARM_S, _FOR_S = 6.0, 30.0
_AT_ONCE = 4
_WORKERS = tuple(f"demper-{shard}" for shard in range(4))
_SETTINGS = {
    "GLOBAL_RPS": str(_BUDGET),
    "KASPI_OFFERS_RPS": str(_BUDGET),  # as if there were addresses enough
    "LOOK_INTERVAL_S": "1",  # more is due at any time than can be done
}
# A corridor around today's price for every product on sale, as a seller would set it.
_CORRIDORS = """
    UPDATE products_product SET floor = price * 94 / 10000 * 100,
        ceiling = price * 108 / 10000 * 100, step = 100
    WHERE is_on_sale AND price IS NOT NULL
"""
_WATCH = """
    UPDATE products_market SET is_watched = true, next_look_at = now()
    WHERE id IN (SELECT market_id FROM products_product WHERE floor IS NOT NULL)
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
    requests: Sequence[dict[str, Any]]
    worker_cpu_s: float
    worker_pss_mb: float
    server_cpu_s: float


def measure() -> None:
    """Looks and decisions a minute with 20 sellers, share of the 120/s budget, CPU and memory."""
    var = Path(tempfile.mkdtemp(prefix="demper-bench-"))
    var.chmod(0o711)  # as root, the database's user must come through
    with unlimited_sandbox(cards=_CARDS) as urls:
        house = House(var=var, settings={**_SETTINGS, **urls})
        try:
            house.start()
            products = _people(house)
            seen = _watch(house, urls["KASPI_SHOP_URL"])
        finally:
            house.end()
            remove_var(var)
        bare_ms = bare_cpu_ms_per_look(urls["KASPI_SHOP_URL"])
    show("fleet", _rows(products, seen, bare_ms))


def _people(house: House) -> int:
    """Connect twenty sellers' stores as anybody connects one; return how many products may move."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        sellers = list(pool.map(lambda number: _seller(house, number), _SELLERS))
    for seller in sellers:
        until(seller.store, lambda store: store["synced_at"] is not None)
        seller.http.close()
    with psycopg.connect(house.address_of("DATABASE_URL")) as connection:
        products = connection.execute(_CORRIDORS).rowcount
        connection.execute(_WATCH)
    return products


def _seller(house: House, number: int) -> Seller:
    seller = register(house.web_url)
    login = seller.log_in_at_kaspi(f"seller{number}@sandbox.kz")
    if login["state"] != "connected":
        sys.exit(f"seller{number} could not log in: {login['detail']}")
    return seller


def _watch(house: House, shop_url: str) -> _Seen:
    time.sleep(_WARM_S)
    workers = tree_of(house.leader_of(name) for name in _WORKERS)
    everything = tree_of([house.pid])
    with psycopg.connect(house.address_of("DATABASE_URL"), autocommit=True) as connection:
        since, workers_before, all_before = (
            latest_request(shop_url),
            cpu_s(workers),
            cpu_s(everything),
        )
        began, began_at = time.perf_counter(), _now(connection)
        time.sleep(_FOR_S)
        seconds, ended_at = time.perf_counter() - began, _now(connection)
        worker_cpu_s, all_cpu_s = cpu_s(workers) - workers_before, cpu_s(everything) - all_before
        last = latest_request(shop_url)
        (counts,) = connection.execute(_ROUNDS, (began_at, ended_at)).fetchall()
    looks, failures, decisions = map(int, counts)
    requests = [one for one in requests_since(shop_url, since) if one["seq"] <= last]
    return _Seen(
        seconds=seconds,
        looks=looks,
        failures=failures,
        decisions=decisions,
        requests=requests,
        worker_cpu_s=worker_cpu_s,
        worker_pss_mb=pss_mb(workers) / len(_WORKERS),
        server_cpu_s=all_cpu_s - worker_cpu_s,
    )


def _now(connection: "psycopg.Connection[tuple[Any, ...]]") -> Any:
    (row,) = connection.execute("SELECT clock_timestamp()").fetchall()
    return row[0]


def _rows(products: int, seen: _Seen, bare_ms: float) -> list[tuple[str, str]]:
    looks_a_min, decisions_a_min = (
        count / seen.seconds * 60 for count in (seen.looks, seen.decisions)
    )
    requests_a_s = len(seen.requests) / seen.seconds
    look_ms = seen.worker_cpu_s / max(seen.looks, 1) * 1000
    pushes = sum(one["endpoint"] == "push" for one in seen.requests)
    return [
        ("products, sellers", f"{products}, {len(_SELLERS)}; measured for {seen.seconds:.0f} s"),
        ("looks", f"{looks_a_min:,.0f} a minute, {seen.failures} failed"),
        (
            "product decisions",
            f"{decisions_a_min:,.0f} a minute, {decisions_a_min / _PROMISE:.1f} x the promise",
        ),
        ("pushes", f"{pushes / seen.seconds * 60:,.0f} a minute"),
        (
            "requests, all kinds",
            f"{requests_a_s:.1f} a second, {requests_a_s / _BUDGET:.1%} of the budget",
        ),
        ("most in any second, as they arrived", f"{_most(seen.requests)}"),
        (
            "CPU of four workers",
            f"{seen.worker_cpu_s / seen.seconds:.2f} cores, {look_ms:.2f} ms a look",
        ),
        ("a bare look: request and JSON", f"{bare_ms:.2f} ms, 1 : {look_ms / bare_ms:.1f}"),
        ("CPU of all else of ours", f"{seen.server_cpu_s / seen.seconds:.2f} cores"),
        ("memory of a worker (PSS)", f"{seen.worker_pss_mb:.0f} MB"),
    ]


def _most(requests: Sequence[dict[str, Any]]) -> int:
    moments = [one["time"] for one in requests]
    most, begin = 0, 0
    for end, moment in enumerate(moments):
        while moments[begin] <= moment - 1:
            begin += 1
        most = max(most, end - begin + 1)
    return most
