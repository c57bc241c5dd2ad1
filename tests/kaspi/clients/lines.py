"""A transport over one wire or the other, for the suite that both have to pass."""

import asyncio
import random

from cube_demper.kernel.limiting.ports import Bucket
from kaspi.clients.answers import read_cabinet, read_push
from kaspi.clients.browser import Browser
from kaspi.clients.browser_wire import BrowserWire
from kaspi.clients.config import DIRECT, KaspiConfig, WireKind
from kaspi.clients.transport import Call, Transport
from kaspi.ports import Cookie, CookieJar
from tests.kaspi.clients.stand_ins import BROWSER, Unlimited, scripted

ADDRESS = Bucket("kaspi:cabinet:direct", 20)
JAR = CookieJar((Cookie("mc-sid", "the-session", "127.0.0.1"),))


class Line:
    """A transport over one wire, on a loop that lives as long as the tests."""

    def __init__(self, kind: WireKind, chromium_path: str) -> None:
        self.loop = asyncio.Runner()
        self.config = KaspiConfig(
            identity_url="",
            cabinet_url="",
            shop_url="",
            user_agent=BROWSER,
            chromium_path=chromium_path,
            storefront_wire=kind,
            cabinet_wire=kind,
            retry_pause_s=0.001,
            connect_timeout_s=1,
            read_timeout_s=0.3,
            call_timeout_s=0.5,
        )
        self.browser = Browser(self.config)
        self.transport = Transport(
            config=self.config,
            limiter=Unlimited(),
            browser_wire=BrowserWire(self.browser, self.config),
            dice=random.Random(7),
        )

    def close(self) -> None:
        self.loop.run(self.transport.aclose())
        self.loop.run(self.browser.aclose())
        self.loop.close()

    def talk(self, *answers, is_write=False, jar=JAR, address=DIRECT, **call):
        """One call to scripted answers: what came of it, the requests made, the session after."""

        async def talked():
            async with (
                scripted(*answers) as script,
                self.transport.session(jar, address=address) as session,
            ):
                outcome = await self.outcome(session, f"{script.url}/x", is_write=is_write, **call)
            return outcome, script.requests, session

        return self.loop.run(talked())

    async def outcome(self, session, url, *, is_write=False, method="POST", body=b"{}", **more):
        call = Call("test", method, url, walls=ADDRESS, body=body, **more)
        try:
            return await (session.write(call, push) if is_write else session.read(call, cabinet))
        except Exception as error:  # noqa: BLE001 -- the outcome under test
            return error


def cabinet(answer):
    return read_cabinet(answer, wall_s=10)


def push(answer):
    return read_push(answer, wall_s=10, ban_s=1800)
