"""A real answer, recorded, over both wires."""

import asyncio
from contextlib import aclosing
from pathlib import Path

import orjson
import pytest

from kaspi.clients.browser import Browser
from kaspi.clients.browser_wire import BrowserWire
from kaspi.clients.config import KaspiConfig, WireKind
from kaspi.clients.transport import Transport
from kaspi.ports import OffersPage
from tests.kaspi.clients.stand_ins import BROWSER, Unlimited, says, scripted
from tests.kaspi.clients.talk import read_offers

pytestmark = pytest.mark.flow


@pytest.mark.parametrize("kind", list(WireKind))
def test_the_recorded_answer_is_read_whole_by_both_wires(shared_folder: Path, chromium_path, kind):
    body = (shared_folder / "data" / "offers_102298404_almaty_2026-09-18.json").read_bytes()
    recorded = orjson.loads(body)

    async def read() -> OffersPage:
        async with scripted(says(body)) as script:
            config = KaspiConfig(
                identity_url="",
                cabinet_url="",
                shop_url=script.url,
                user_agent=BROWSER,
                chromium_path=chromium_path,
                storefront_wire=kind,
            )
            browser = Browser(config)
            transport = Transport(
                config=config, limiter=Unlimited(), browser_wire=BrowserWire(browser, config)
            )
            async with aclosing(transport), aclosing(browser), transport.session() as session:
                return await read_offers(
                    config,
                    session,
                    own_merchant_ids=frozenset(
                        str(offer["merchantId"]) for offer in recorded["offers"]
                    ),
                )

    found = asyncio.run(read())

    assert [offer.merchant_id for offer in found.offers] == [
        str(offer["merchantId"]) for offer in recorded["offers"]
    ]
    assert all(offer.price.tiyn > 0 for offer in found.offers)
