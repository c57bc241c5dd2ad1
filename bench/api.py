"""The seller's API with a million products: how fast its list is, and what people wait for.

Two thousand sellers share a million products; the largest has twenty thousand. One process is
compared with one; the mix of requests is served by two with eight threads each, as in production.
Another process asks, with connections that stay open.
"""

import asyncio
import os
import secrets
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from socket import create_connection, socket
from typing import Any

import aiohttp
import django

from bench.servers import HOME, private_servers
from bench.table import show

PRODUCTS = int(os.environ.get("BENCH_PRODUCTS", "1000000"))
SELLERS, LARGEST = max(PRODUCTS // 500, 2), PRODUCTS // 50
_S = float(os.environ.get("BENCH_S", "6"))
_ROUNDS = 3
_AT_ONCE = 8
_OURS = ("wsgi", "cube_demper.wsgi:application", "--blocking-threads", "4")
_WHOLE = ("wsgi", "cube_demper.wsgi:application", "--workers", "2", "--blocking-threads", "8")
_WARM_AT_ONCE = 16
_PEER = ("asgi", "bench.api_peer:app")
_SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "cube_demper.settings",
    "DEMPER_ENV_FILES": "",
    "SECRET_KEY": secrets.token_urlsafe(48),
    "LOG_LEVEL": "ERROR",
    "ENCRYPTION_KEY": "dGhlLWtleS1vZi10aGUtdGVzdHMtcHJvdGVjdHMtbm8=",
    "ALLOWED_HOSTS": "127.0.0.1",
    "REQUESTS_PER_MINUTE": "10000000",  # counted as ever, and never too many
}


@dataclass(frozen=True, slots=True)
class Ask:
    """One request as a person or a program makes it."""

    path: str
    method: str = "GET"
    body: Any = None


def measure() -> None:
    """Throughput of the list against a FastAPI peer; what waits at which load; statements."""
    with private_servers() as servers:
        os.environ.update(servers, **_SETTINGS)
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, cwd=HOME, check=True)  # noqa: S603 -- our own command
        django.setup()
        from bench.api_rows import fill, mixes, statement_ms  # noqa: PLC0415 -- only now

        took, sellers = fill(products=PRODUCTS, sellers=SELLERS, largest=LARGEST)
        rows = [("filled", f"{PRODUCTS:,} products of {SELLERS:,} sellers in {took:.0f} s")]
        rows += _against_peer(sellers[1].headers)
        for at_once in (1, 2, 4, 8, 16):
            rows.append(_load(mixes(sellers), at_once))
        rows += statement_ms(sellers)
    show("api", rows)


def _against_peer(headers: dict[str, str]) -> list[tuple[str, str]]:
    ratios, ours, peers = [], [], []
    ask = [Ask("/products?page_size=50")]
    for _ in range(_ROUNDS):
        with _server(_OURS) as port:
            body = asyncio.run(_body(port, ask[0], headers))
            ours.append(asyncio.run(_ask_all(port, [(ask, headers)], _AT_ONCE))[0])
        os.environ["PEER_NEXT"] = body["next"] or ""
        with _server(_PEER) as port:
            theirs = asyncio.run(_body(port, ask[0], headers))
            if theirs != body:
                raise AssertionError("the peer answers something else")
            peers.append(asyncio.run(_ask_all(port, [(ask, headers)], _AT_ONCE))[0])
        ratios.append(ours[-1] / peers[-1])
    return [
        ("list of 50, ours", f"{statistics.median(ours):.0f} a second, one process"),
        ("list of 50, FastAPI + asyncpg + Pydantic", f"{statistics.median(peers):.0f} a second"),
        ("ours to theirs", " ".join(f"{ratio:.2f}" for ratio in ratios)),
    ]


def _load(work: Sequence[tuple[Sequence[Ask], dict[str, str]]], at_once: int) -> tuple[str, str]:
    with _server(_WHOLE) as port:
        asyncio.run(_ask_all(port, work, _WARM_AT_ONCE))  # each thread's first answer is slow
        rate, ms = asyncio.run(_ask_all(port, work, at_once))
    cuts = statistics.quantiles(ms, n=100)
    figures = f"{rate:.0f} a second, p50 {cuts[49]:.0f} ms, p95 {cuts[94]:.0f} ms"
    return f"a realistic mix, {at_once} at once", figures


async def _body(port: int, ask: Ask, headers: dict[str, str]) -> Any:
    async with (
        aiohttp.ClientSession(f"http://127.0.0.1:{port}", headers=headers) as session,
        session.request(ask.method, ask.path, json=ask.body) as answer,
    ):
        answer.raise_for_status()
        return await answer.json()


async def _ask_all(
    port: int, work: Sequence[tuple[Sequence[Ask], dict[str, str]]], at_once: int
) -> tuple[float, list[float]]:
    """Ask for so long; return requests a second and how many milliseconds each took."""
    ms: list[float] = []
    most = max(len(asks) for asks, _ in work)
    ends = time.perf_counter() + _S

    async def one(place: int, session: aiohttp.ClientSession) -> None:
        turn = place
        while time.perf_counter() < ends:
            asks, headers = work[turn // most % len(work)]
            ask = asks[turn % most % len(asks)]
            turn += at_once
            began = time.perf_counter()
            async with session.request(
                ask.method, ask.path, json=ask.body, headers=headers
            ) as answer:
                await answer.read()
                answer.raise_for_status()
            ms.append((time.perf_counter() - began) * 1000)

    base = f"http://127.0.0.1:{port}"
    async with aiohttp.ClientSession(base) as session, asyncio.TaskGroup() as group:
        for place in range(at_once):
            group.create_task(one(place, session))
    return len(ms) / _S, ms


@contextmanager
def _server(what: Sequence[str]) -> Iterator[int]:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kind, app, *options = what
    command = [
        *(sys.executable, "-m", "granian", "--interface", kind, "--workers", "1", *options),
        *("--host", "127.0.0.1", "--port", str(port), "--log-level", "error", app),
    ]
    with subprocess.Popen(command, cwd=HOME) as process:  # noqa: S603 -- our own words
        try:
            _wait_for(port)
            yield port
        finally:
            process.terminate()
            process.wait(timeout=15)


def _wait_for(port: int) -> None:
    for _ in range(300):
        try:
            create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("the server did not come up")
