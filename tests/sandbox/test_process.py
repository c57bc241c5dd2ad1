"""The sandbox as a process: starting, stopping, being killed, going on."""

import json
import signal
from typing import Any

import aiohttp
import pytest

from sandbox.people import AIGERIM, PASSWORD
from tests.sandbox.visitor import LIST, PUSH, a_client, until

pytestmark = pytest.mark.flow

SLOW = ("--cards", "100", "--apply-delay-s", "1.5", "--storefront-delay-s", "0")


async def log_in(client: aiohttp.ClientSession, urls: dict[str, str]) -> None:
    await client.get(f"{urls['cabinet_url']}/oauth2/authorization/1")
    await client.post(
        f"{urls['identity_url']}/api/p/login", json={"_u": "aigerim@demo.kz", "_p": PASSWORD}
    )
    await client.get(f"{urls['identity_url']}/")


async def first_item(
    client: aiohttp.ClientSession, urls: dict[str, str], **query
) -> dict[str, Any]:
    answer = await client.get(
        f"{urls['cabinet_url']}{LIST}", params={"m": AIGERIM, "a": "true", **query}
    )
    answer.raise_for_status()
    found: dict[str, Any] = (await answer.json())["data"][0]
    return found


async def push(client: aiohttp.ClientSession, urls: dict[str, str], sku: str, price: int) -> None:
    yes = [{"available": "yes", "storeId": f"{AIGERIM}_PP1"}]
    answer = await client.post(
        f"{urls['cabinet_url']}{PUSH}",
        json={"merchantUid": AIGERIM, "sku": sku, "price": price, "availabilities": yes},
    )
    answer.raise_for_status()


async def test_after_a_kill_session_prices_and_pushes_under_way_go_on(process):
    process.start(*SLOW)
    async with a_client() as client:
        await log_in(client, process.urls)
        item = await first_item(client, process.urls)
        await push(client, process.urls, item["sku"], 12_345)

        async def is_kept() -> bool:
            return process.state.exists() and len(process.kept()["pushes"]) == 1

        await until(is_kept)
        process.kill()
        process.start(*SLOW)

        async def is_applied() -> bool:
            now = await first_item(client, process.urls, t=item["sku"])
            return bool(now["price"] == 12_345)

        await until(is_applied)

    assert item["price"] != 12_345


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT], ids=lambda name: name.name)
async def test_a_signal_stops_it_within_a_second_even_with_a_request_under_way(process, name):
    process.start("--cards", "100")
    async with a_client() as client:
        fault = {"endpoint": "login_page", "kind": "timeout"}
        await client.post(f"{process.urls['shop_url']}/_sandbox/faults", json=fault)
        with pytest.raises(TimeoutError):
            await client.get(
                f"{process.urls['identity_url']}/login", timeout=aiohttp.ClientTimeout(0.2)
            )

        code, took_s = process.stop(name)

    assert code == 0
    assert took_s < 1
    assert process.kept()["version"] == 1


def test_the_first_line_says_where_it_is(process):
    process.start("--cards", "100")

    keys = json.dumps(sorted(process.urls))

    assert keys == json.dumps(["cabinet_url", "identity_url", "ready", "shop_url"])
