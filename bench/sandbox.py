"""The stand-in marketplace without its limits, for measurements of us and not of it."""

import json
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from bench.servers import HOME

_UNLIMITED = {"offers_rps": 0.0, "push_rps": 0.0, "quota": 0}
_STOP_WITHIN_S = 10


@contextmanager
def unlimited_sandbox(*, cards: int) -> Iterator[dict[str, str]]:
    """Yield its addresses by the names of the settings."""
    ports = ("--identity-port", "0", "--cabinet-port", "0", "--shop-port", "0")
    with subprocess.Popen(  # noqa: S603 -- ours
        [sys.executable, "-u", "-m", "sandbox", *ports, "--cards", str(cards)],
        cwd=HOME,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        if process.stdout is None:
            raise AssertionError
        ready = json.loads(process.stdout.readline())
        urls = {
            f"KASPI_{name}_URL": ready[f"{name.lower()}_url"]
            for name in ("IDENTITY", "CABINET", "SHOP")
        }
        settings = f"{urls['KASPI_SHOP_URL']}/_sandbox/settings"
        httpx.post(settings, json=_UNLIMITED).raise_for_status()
        # It says what it does, line by line, and would stop at a full pipe.
        threading.Thread(target=deque, args=(process.stdout, 0), daemon=True).start()
        try:
            yield urls
        finally:
            process.terminate()
            process.wait(timeout=_STOP_WITHIN_S)


def requests_since(shop_url: str, since: int, *, until: int) -> list[dict[str, Any]]:
    """Return everything it answered after this number and up to that, in order."""
    found: list[dict[str, Any]] = []
    while since < until:
        answer = httpx.get(f"{shop_url}/_sandbox/requests", params={"since": since}, timeout=30)
        page = answer.raise_for_status().json()
        found += [one for one in page["requests"] if one["seq"] <= until]
        since = page["next"]
    return found


def latest_request(shop_url: str) -> int:
    number: int = httpx.get(f"{shop_url}/_sandbox/health").raise_for_status().json()["requests"]
    return number
