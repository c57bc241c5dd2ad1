"""What changes a store's catalogue: a full statement about one listing, sent once."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import orjson

from cube_demper.kernel.money import Money
from kaspi.clients.answers import read_push
from kaspi.clients.config import KaspiConfig
from kaspi.clients.statement import statement
from kaspi.clients.transport import Call, HttpSession
from kaspi.ports import Listing, PushReceipt


class Pushes:
    """One store's pushes, with the session of its cabinet."""

    def __init__(self, *, session: HttpSession, config: KaspiConfig, merchant_id: str) -> None:
        self._session = session
        self._config = config
        self._merchant_id = merchant_id

    def statement(
        self, listing: Listing, price: Money, *, city_prices: Mapping[str, Money]
    ) -> Mapping[str, Any]:
        """The body that ``one`` would send. Raises as ``Cabinet.push`` does before it sends."""
        return statement(
            listing,
            price,
            merchant_id=self._merchant_id,
            city_prices=city_prices,
            shape=self._config.price_shape,
        )

    async def one(
        self, listing: Listing, price: Money, *, city_prices: Mapping[str, Money]
    ) -> PushReceipt:
        """Send the listing back whole, once, with the new price. Raises as ``Cabinet.push``."""
        body = self.statement(listing, price, city_prices=city_prices)
        call = Call(
            name="cabinet.push",
            method="POST",
            url=f"{self._config.cabinet_url}/pricefeed/upload/merchant/process",
            walls=self._config.cabinet(self._session.address),
            bans=self._config.pushes(self._merchant_id),
            quota=self._config.changes(self._merchant_id),
            quota_uses=self._config.quota_uses([body]),
            body=orjson.dumps(body),
            headers={**self._config.cabinet_headers, "Content-Type": "application/json"},
        )
        judge = partial(read_push, wall_s=self._config.wall_s, ban_s=self._config.push_ban_s)
        return PushReceipt(await self._session.write(call, judge))
