"""A push that is not sent: the statement it would make of the listing as it is now."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cube_demper.kernel.money import Money
from kaspi import runtime
from kaspi.errors import StoreMissing
from kaspi.models import Store
from kaspi.ports import CookieJar, Listing
from kaspi.services.sessions import keep_renewed, ticket_for

if TYPE_CHECKING:
    from kaspi.gateway import Gateway

_PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The listing as the catalogue states it, and the body that would state it again."""

    listing: Listing
    statement: Mapping[str, Any]


def rehearse_push(
    *, store_id: int, sku: str, price: Money, apart: Collection[str] = (), now: datetime
) -> Rehearsal:
    """Read the listing and write the statement, sending nothing. Cities ``apart`` keep their price.

    Raises StoreMissing, StoreNotConnected, ListingMissing, what a push raises before it sends, and
    what reading raises.
    """
    stores = Store.objects.across_users(reason="an operator names any store")
    store = stores.select_related("session").filter(pk=store_id, released_at=None).first()
    if store is None:
        raise StoreMissing(f"There is no store {store_id}.")
    ticket, renewed = ticket_for(store), dict[int, CookieJar]()

    async def rehearse(gateway: "Gateway") -> Rehearsal:
        async with gateway.open_cabinet(ticket) as cabinet:
            try:
                listing = await cabinet.listing(sku)
                kept = {city: kept for city, kept in listing.city_prices.items() if city in apart}
                statement = cabinet.statement(listing, price, city_prices=kept)
                return Rehearsal(listing, statement)
            finally:
                if cabinet.is_renewed:
                    renewed[ticket.session_id] = cabinet.jar

    try:
        return runtime.run(rehearse, timeout_s=_PATIENCE_S)
    finally:
        keep_renewed([ticket], renewed=renewed, now=now)
