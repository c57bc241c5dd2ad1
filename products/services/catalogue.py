"""A store's catalogue, page by page: the job from its beginning to its end.

One bulk write a page; what is no longer listed is marked, not deleted. A reading that breaks off
keeps what it has read, and one whose session was renewed meanwhile goes on at the page it stood at.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

import structlog

from cube_demper.kernel.errors import DomainError
from cube_demper.kernel.limiting.ports import Priority
from kaspi import runtime
from kaspi.errors import (
    KaspiUnavailable,
    ListingMissing,
    PayloadUnreadable,
    RequestRefused,
    SessionDead,
)
from kaspi.models import Job, Store
from kaspi.ports import Cabinet, CatalogueReading, Listing, ListingsPage, SessionTicket, Unreadable
from kaspi.price_list.model import Note
from kaspi.services import points, renewals, sessions, syncs
from products.services.listings import mark_missing, unlisted, watch_store, write_page
from products.services.newcomers import sheet_for_new

logger = structlog.get_logger("products.catalogue")
PAGE_S = 60.0  # one page, with its retries
MOST_LOOKED_UP = 50  # listings that seem to be gone, each asked for once more by its sku
NOTES_KEPT = 300
_MOST_SESSIONS = 3  # for one reading

Tell = Callable[[int, int], None]


def _tell_nobody(_done: int, _total: int) -> None:
    """Nobody waits for the progress: it stands on the job."""


def sync_catalogue(
    *, job_id: UUID, clock: Callable[[], datetime], tell: Tell = _tell_nobody
) -> None:
    """Carry one sync job to its end, once. Every anticipated end is written on the job.

    ``tell`` hears how many listings are done, and of how many, after every page.
    """
    job = syncs.claim_sync(job_id=job_id, now=clock())
    if job is None:
        return
    sync = _Sync(job, clock, tell)
    try:
        sync.read()
    except (DomainError, TimeoutError) as error:
        reason = error.code if isinstance(error, DomainError) else "deadline"
        if isinstance(error, SessionDead):
            sessions.end_session(ticket=sync.ticket, now=clock())
        syncs.fail_sync(job=job, reason=reason, detail=str(error), now=clock())
        logger.warning("products.catalogue.failed", store_id=job.store_id, reason=reason)
        return
    syncs.finish_sync(job=job, now=clock())
    logger.info("products.catalogue.synced", store_id=job.store_id, listings=len(sync.reading.met))


class _GivenUp(Exception):
    """The job was given up meanwhile: somebody else reads this catalogue, or nobody does."""


class _Sync:
    """One reading on its way: what it has met, and under which session."""

    def __init__(self, job: Job, clock: Callable[[], datetime], tell: Tell) -> None:
        self.reading = CatalogueReading()
        self.ticket = sessions.ticket_for(job.store)
        self._job = job
        self._clock = clock
        self._tell = tell
        self._began = clock()
        self._sheet = sheet_for_new(job.store)
        self._left: set[int] = set()
        self._unreadable: list[Unreadable] = []

    def read(self) -> None:
        """Read everything, under as many sessions as it takes. Raises what reading raises."""
        died_at = None
        for _ in range(_MOST_SESSIONS - 1):
            try:
                return self._read()
            except SessionDead:
                place = (self.reading.shelf, self.reading.attempt, self.reading.page)
                if place == died_at:
                    raise  # a fresh session did not help: it is the shop that is closed to us
                died_at = place
                self.ticket = _renewed(self.ticket, self._job.store, self._clock)
        return self._read()

    def _read(self) -> None:
        try:
            # A seller waits for it.
            with runtime.held(
                lambda gateway: gateway.open_cabinet(self.ticket, priority=Priority.INTERACTIVE),
                timeout_s=PAGE_S,
            ) as cabinet:
                self._read_points(cabinet)
                for page in _pages(cabinet, self.reading):
                    self._keep(page)
                self._settle_missing(cabinet)
                self._keep_jar(cabinet)
        except _GivenUp:
            return
        watch_store(self._job.store, left=self._left, now=self._clock())

    def _read_points(self, cabinet: Cabinet) -> None:
        """Read points and cities first: they say where the store's prices hold."""
        if self.reading.met:
            return
        store, now = self._job.store, self._clock()
        try:
            if points.are_cities_old(now=now):
                cities = runtime.run(lambda _: cabinet.cities(), timeout_s=PAGE_S)
                points.keep_cities(cities=cities, now=now)
            found = runtime.run(lambda _: cabinet.points(), timeout_s=PAGE_S)
            points.keep_points(store=store, points=found)
        except (RequestRefused, KaspiUnavailable, PayloadUnreadable) as error:
            # A catalogue is worth having without them.
            logger.warning("products.points.unread", store_id=store.pk, reason=error.code)

    def _keep(self, page: ListingsPage) -> None:
        self._write(page.listings)
        self._report_unreadable(page.unreadable)
        goes_on = syncs.report_progress(
            job=self._job, done=page.read, total=page.total, now=self._clock()
        )
        self._tell(page.read, page.total)
        if not goes_on:
            raise _GivenUp

    def _write(self, listings: Iterable[Listing]) -> None:
        self._left |= write_page(
            store=self._job.store,
            listings=tuple(listings),
            now=self._clock(),
            sheet=self._sheet,
        )

    def _report_unreadable(self, rows: Iterable[Unreadable]) -> None:
        # A shelf may show again what another showed before.
        known = {row.sku for row in self._unreadable if row.sku}
        fresh = [row for row in rows if row.sku not in known]
        if not fresh:
            return
        self._unreadable += fresh
        notes = [
            asdict(Note(0, row.sku, row.problem, is_left_out=True))
            for row in self._unreadable[:NOTES_KEPT]
        ]
        Job.rows.filter(pk=self._job.pk).update(left_out=len(self._unreadable), notes=notes)
        logger.warning(
            "products.catalogue.unreadable",
            store_id=self._job.store_id,
            rows=len(fresh),
            first=fresh[0],
        )

    def _settle_missing(self, cabinet: Cabinet) -> None:
        """Mark what is gone. A few are asked for by name first: they may only have slipped by."""
        store = self._job.store
        # What can't be read is there all the same, and stays as it was.
        there = {row.sku for row in self._unreadable}
        gone = unlisted(store, since=self._began, besides=there, most=MOST_LOOKED_UP + 1)
        if len(gone) <= MOST_LOOKED_UP:
            self._write(_found(cabinet, gone))
        elif not self.reading.is_steady or not self.reading.met:
            # So many, in a list that would not stand still or was empty: the next may know.
            logger.warning("products.catalogue.unsteady", store_id=store.pk)
            return
        mark_missing(store, since=self._began, besides=there, now=self._clock())

    def _keep_jar(self, cabinet: Cabinet) -> None:
        if cabinet.is_renewed:
            renewed = {self.ticket.session_id: cabinet.jar}
            sessions.keep_renewed([self.ticket], renewed=renewed, now=self._clock())


def _renewed(ticket: SessionTicket, store: Store, clock: Callable[[], datetime]) -> SessionTicket:
    """Renew the session that ended, once and in silence, unless somebody has meanwhile.

    Raises SessionDead when nobody but the seller can, or another worker is just trying.
    """
    sessions.end_session(ticket=ticket, now=clock())
    renewals.renew_session(session_id=ticket.session_id, clock=clock)
    store.refresh_from_db(fields=["session"])
    fresh = sessions.ticket_for(store)
    is_same = (fresh.session_id, fresh.version) == (ticket.session_id, ticket.version)
    if is_same or not store.is_connected:
        raise SessionDead
    return fresh


def _pages(cabinet: Cabinet, reading: CatalogueReading) -> Iterator[ListingsPage]:
    """Pull pages off the loop one at a time, so that each is written before the next is read."""
    pages = aiter(cabinet.listings(reading))

    async def pull() -> ListingsPage | None:
        return await anext(pages, None)

    while page := runtime.run(lambda _: pull(), timeout_s=PAGE_S):
        yield page


def _found(cabinet: Cabinet, skus: Iterable[str]) -> Iterator[Listing]:
    """Look listings up by their skus; leave out those that are not there."""
    for sku in skus:

        async def look(_: object, sku: str = sku) -> Listing:
            return await cabinet.listing(sku)

        with suppress(ListingMissing):
            yield runtime.run(look, timeout_s=PAGE_S)
