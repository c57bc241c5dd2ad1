"""Reading as nobody in particular, from whichever address is free."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from cube_demper.kernel.errors import RateExceeded
from kaspi.clients.config import KaspiConfig
from kaspi.clients.egress import Egress
from kaspi.clients.storefront import KaspiStorefront
from kaspi.clients.transport import Transport
from kaspi.errors import KaspiUnavailable, WalledOff
from kaspi.ports import OffersPage

T = TypeVar("T")
_MOST_TRIED = 3  # addresses, one after another


class RoamingStorefront:
    """The ``Storefront`` port over all healthy addresses, so that their budgets add up."""

    def __init__(self, *, transport: Transport, config: KaspiConfig, egress: Egress) -> None:
        self._transport = transport
        self._config = config
        self._egress = egress

    async def offers(
        self, master_sku: str, *, city_id: str, own_merchant_ids: frozenset[str] = frozenset()
    ) -> OffersPage:
        """Read a card's offers, from another address if the first is turned away."""
        return await self._read(
            lambda storefront: storefront.offers(
                master_sku, city_id=city_id, own_merchant_ids=own_merchant_ids
            )
        )

    async def _read(self, read: Callable[[KaspiStorefront], Awaitable[T]]) -> T:
        tried: frozenset[str] = frozenset()
        while True:
            address = self._egress.choose(avoid=tried)
            session = self._transport.session(address=address)
            try:
                with self._egress.used(address):
                    return await read(KaspiStorefront(session=session, config=self._config))
            except (KaspiUnavailable, RateExceeded, WalledOff):
                tried |= {address.name}
                if len(tried) == _MOST_TRIED or not self._egress.is_another(tried):
                    raise
