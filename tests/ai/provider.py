"""The stand-in provider in a thread of this process, and what it is told."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from sandbox.openai.calls import World
from sandbox.openai.run import Environment, serving

_PATIENCE_S = 5
KEY = "sk-of-these-tests"
LARGE, SMALL = "sandbox-large", "sandbox-small"
PRICES = {LARGE: [100_000, 25_000, 400_000], SMALL: [10_000, 2_500, 40_000]}


class Provider:
    def __init__(self, url: str, world: World) -> None:
        self.base_url = f"{url}/v1"
        self.world = world
        self._http = httpx.Client(base_url=f"{url}/_control", timeout=10)

    def script(self, *steps: dict[str, Any]) -> None:
        """Say what is answered next."""
        self._http.post("/script", json={"steps": list(steps)}).raise_for_status()

    def change(self, **switches: Any) -> None:
        self._http.post("/settings", json=switches).raise_for_status()

    def asked(self) -> list[dict[str, Any]]:
        """The bodies of the requests so far."""
        found = self._http.get("/requests").raise_for_status().json()["requests"]
        return [one["body"] for one in found]

    def told(self) -> str:
        """All that was said to it last, as one text."""
        return "\n".join(str(one.get("content")) for one in self.asked()[-1]["messages"])

    def waits_until_idle(self) -> None:
        """Wait until no stream is open any more."""
        ends_at = time.monotonic() + _PATIENCE_S
        while self._http.get("/streams").json()["open"]:
            if time.monotonic() > ends_at:
                raise AssertionError("a stream is still open")

    def forget(self) -> None:
        self._http.delete("/script")
        self._http.delete("/requests")
        self.world.prompts.clear()
        self.change(first_s=0, chunk_s=0, requests_per_minute=0, offers_moderation=True)

    def close(self) -> None:
        self._http.close()


@contextmanager
def providing() -> Iterator[Provider]:
    """Serve while the block runs."""
    ready, loop, stop = threading.Event(), asyncio.new_event_loop(), asyncio.Event()
    found: list[tuple[World, str]] = []

    async def serve() -> None:
        async with serving(Environment(port=0, key=KEY)) as (world, url):
            found.append((world, url))
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    ready.wait(timeout=10)
    world, url = found[0]
    provider = Provider(url, world)
    try:
        yield provider
    finally:
        provider.close()
        loop.call_soon_threadsafe(stop.set)
        thread.join(timeout=10)
        loop.close()
