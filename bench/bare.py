"""The least that a look can cost: one request on an open connection, and its JSON read."""

import asyncio
import time

import aiohttp
import httpx
import orjson

_FOR_S = 4.0
_AT_ONCE = 25
_HEADERS = {"User-Agent": "Mozilla/5.0", "Content-Type": "application/json"}


def bare_cpu_ms_per_look(shop_url: str) -> float:
    """Read offers as fast as it goes for some seconds; return our processor time for each."""
    journal = httpx.get(f"{shop_url}/_sandbox/requests", params={"endpoint": "offers"}).json()
    bodies = [(one["path"], one["body"].encode()) for one in journal["requests"][:500]]
    return asyncio.run(_read_all(shop_url, bodies))


async def _read_all(shop_url: str, bodies: list[tuple[str, bytes]]) -> float:
    done = 0

    async def reader(http: aiohttp.ClientSession, until: float) -> None:
        nonlocal done
        while time.perf_counter() < until:
            path, body = bodies[done % len(bodies)]
            done += 1
            async with http.post(f"{shop_url}{path}", data=body) as answer:
                orjson.loads(await answer.read())

    headers = {**_HEADERS, "Referer": f"{shop_url}/shop/"}
    async with aiohttp.ClientSession(headers=headers) as http:
        used = time.process_time()
        async with asyncio.TaskGroup() as group:
            for _ in range(_AT_ONCE):
                group.create_task(reader(http, time.perf_counter() + _FOR_S))
        return (time.process_time() - used) / done * 1000
