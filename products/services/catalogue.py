"""A store's catalogue, page by page, into cards, markets and products.

One bulk write a page; what is no longer listed is marked, not deleted. A reading that breaks off
keeps what it has read.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from uuid import UUID

import structlog
from django.db import transaction

from cube_demper.kernel.errors import DomainError
from cube_demper.kernel.limiting.ports import Priority
from kaspi import runtime
from kaspi.errors import SessionDead
from kaspi.models import Channel, Job, Store
from kaspi.ports import Cabinet, Listing, ListingsPage, SessionTicket
from kaspi.services import sessions, syncs
from products.models import Card, Market, Product, shard_of
from products.services.corridors import watch_markets
from products.services.entries import state_listings

logger = structlog.get_logger("products.catalogue")
PAGE_S = 60.0  # one page, with its retries
_WATCHED_AT_ONCE = 500


def sync_catalogue(*, job_id: UUID, clock: Callable[[], datetime]) -> None:
    """Carry one sync job to its end, once. Every anticipated end is written on the job."""
    job = syncs.claim_sync(job_id=job_id, now=clock())
    if job is None:
        return
    ticket = sessions.ticket_for(job.store)
    try:
        listings = _read_all(job, ticket, clock)
    except (DomainError, TimeoutError) as error:
        reason = error.code if isinstance(error, DomainError) else "deadline"
        if isinstance(error, SessionDead):
            sessions.end_session(ticket=ticket, now=clock())
        syncs.fail_sync(job=job, reason=reason, detail=str(error), now=clock())
        logger.warning("products.catalogue.failed", store_id=job.store_id, reason=reason)
    else:
        syncs.finish_sync(job=job, now=clock())
        logger.info("products.catalogue.synced", store_id=job.store_id, listings=listings)


def _read_all(job: Job, ticket: SessionTicket, clock: Callable[[], datetime]) -> int:
    """Read what is on sale, then what is withdrawn; return how many listings there were."""
    began = clock()
    done = total = 0
    # A seller waits for it.
    with runtime.held(
        lambda gateway: gateway.open_cabinet(ticket, priority=Priority.INTERACTIVE),
        timeout_s=PAGE_S,
    ) as cabinet:
        for is_on_sale in (True, False):
            promised = total
            for page in _pages(cabinet, is_on_sale=is_on_sale):
                write_page(store=job.store, listings=page.listings, now=clock())
                if job.store.channel == Channel.PRICE_LIST:
                    state_listings(store=job.store, listings=page.listings)
                for sentence in page.unreadable:
                    logger.warning("products.catalogue.unreadable", detail=sentence)
                done += len(page.listings)
                total = max(promised + page.total, done)
                if not syncs.report_progress(job=job, done=done, total=total, now=clock()):
                    return done
        if cabinet.is_renewed:
            renewed = {ticket.session_id: cabinet.jar}
            sessions.keep_renewed([ticket], renewed=renewed, now=clock())
    _mark_missing(job.store, began=began, now=clock())
    _watch_store(job.store, now=clock())
    return done


def _pages(cabinet: Cabinet, *, is_on_sale: bool) -> Iterator[ListingsPage]:
    """Pull pages off the loop one at a time, so that each is written before the next is read."""
    pages = aiter(cabinet.listings(is_on_sale=is_on_sale))

    async def pull() -> ListingsPage | None:
        return await anext(pages, None)

    while page := runtime.run(lambda _: pull(), timeout_s=PAGE_S):
        yield page


def write_page(*, store: Store, listings: Sequence[Listing], now: datetime) -> None:
    """Write one page of listings: four statements, whatever its size. Existing corridors stay."""
    with transaction.atomic():
        markets = _write_markets(store.city_id, listings, now)
        skus = [listing.sku for listing in listings]
        # Existing rows are locked by rising id first, as every other writer does.
        list(Product.rows.select_for_update().filter(store=store, sku__in=skus).order_by("pk"))
        Product.rows.bulk_create(
            [
                Product(
                    store=store,
                    market_id=markets[listing.master_sku],
                    sku=listing.sku,
                    title=listing.title[:500],
                    price=listing.price_in(store.city_id),
                    is_on_sale=listing.is_on_sale,
                    listed_at=now,
                )
                for listing in listings
            ],
            update_conflicts=True,
            unique_fields=("store", "sku"),
            update_fields=("market", "title", "price", "is_on_sale", "listed_at", "missing_since"),
        )


def _write_markets(city_id: str, listings: Sequence[Listing], now: datetime) -> dict[str, int]:
    """Make sure of a card and a market for every listing; return master sku → market id."""
    by_sku = {listing.master_sku: listing for listing in listings}
    Card.objects.bulk_create(
        [
            Card(
                master_sku=sku,
                title=(listing.card_title or listing.title)[:500],
                brand=listing.brand[:200],
                category=listing.category[:200],
            )
            for sku, listing in sorted(by_sku.items())
        ],
        update_conflicts=True,
        unique_fields=("master_sku",),
        update_fields=("title", "brand", "category"),
    )
    cards = dict(Card.objects.filter(master_sku__in=by_sku).values_list("master_sku", "pk"))
    Market.objects.bulk_create(
        [
            Market(card_id=pk, city_id=city_id, shard=shard_of(sku), next_look_at=now)
            for sku, pk in sorted(cards.items())
        ],
        ignore_conflicts=True,
    )
    markets = Market.objects.filter(card__in=cards.values(), city_id=city_id)
    return dict(markets.values_list("card__master_sku", "pk"))


def _mark_missing(store: Store, *, began: datetime, now: datetime) -> None:
    Product.rows.filter(store=store, listed_at__lt=began, missing_since=None).update(
        missing_since=now
    )


def _watch_store(store: Store, *, now: datetime) -> None:
    placed = Product.rows.filter(store=store, market__isnull=False)
    market_ids = iter(placed.order_by("market_id").values_list("market_id", flat=True))
    while some := list(islice(market_ids, _WATCHED_AT_ONCE)):
        watch_markets(some, now=now)
