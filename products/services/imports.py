"""A catalogue from a file of Kaspi's own, row by row: nothing odd about a row is fatal to others.

One bulk write a batch. An import that breaks off keeps what it has read.
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import asdict
from datetime import datetime
from itertools import islice
from tempfile import TemporaryFile
from uuid import UUID

import structlog

from cube_demper.kernel.errors import DomainError
from kaspi.models import Job
from kaspi.price_list.model import Entry, Note, RawEntry
from kaspi.price_list.read import read_entries
from kaspi.price_list.sheet import read_sheet
from kaspi.price_list.understand import understand
from kaspi.services import syncs
from kaspi.services.imports import is_sheet, pieces
from products.models import Product
from products.services.corridors import watch_markets
from products.services.entries import write_entries

logger = structlog.get_logger("products.imports")
NOTES_KEPT = 300
_ROWS_AT_ONCE = 200
_OFFER = b"<offer "


def import_catalogue(*, job_id: UUID, clock: Callable[[], datetime]) -> None:
    """Carry one import to its end, once. Every anticipated end is written on the job."""
    job = syncs.claim_sync(job_id=job_id, now=clock())
    if job is None:
        return
    reading = _Reading(job)
    try:
        for entries in reading.batches():
            markets = write_entries(
                store=job.store, entries=entries, is_archive=job.is_archive, now=clock()
            )
            watch_markets(markets, now=clock())
            if not reading.report(clock()):
                return
        reading.report(clock())
    except DomainError as error:
        reading.report(clock())
        syncs.fail_sync(job=job, reason=error.code, detail=error.detail, now=clock())
        logger.warning("products.import.failed", store_id=job.store_id, reason=error.code)
        return
    if job.is_whole and not job.is_archive:
        _mark_missing(job, now=clock())
    syncs.finish_sync(job=job, now=clock())
    logger.info(
        "products.import.read",
        store_id=job.store_id,
        listings=reading.done,
        left_out=reading.left_out,
    )


class _Reading:
    """A file on its way into the catalogue: how far it is, and what was odd."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.done = 0
        self.left_out = 0
        self.notes: list[Note] = []
        self._seen: set[str] = set()
        self._total = 0

    def batches(self) -> Iterator[list[Entry]]:
        """Give what is understood, so many rows at a time. Raises FileUnreadable."""
        with closing(self._raw()) as rows:
            while some := list(islice(rows, _ROWS_AT_ONCE)):
                self.done += len(some)
                yield [entry for raw in some if (entry := self._understood(raw)) is not None]

    def _raw(self) -> Generator[RawEntry]:
        if not is_sheet(self.job):
            self._total = sum(piece.count(_OFFER) for piece in pieces(self.job))
            yield from read_entries(pieces(self.job))
            return
        with TemporaryFile() as file:
            for piece in pieces(self.job):
                file.write(piece)
            file.seek(0)
            yield from read_sheet(file)

    def _understood(self, raw: RawEntry) -> Entry | None:
        entry, notes = understand(raw, merchant_id=self.job.store.merchant_id)
        if entry is not None and entry.sku in self._seen:
            notes.append(
                Note(raw.line, entry.sku, "this sku stood above already", is_left_out=True)
            )
            entry = None
        if entry is not None:
            self._seen.add(entry.sku)
        self.left_out += entry is None
        self.notes += notes[: max(0, NOTES_KEPT - len(self.notes))]
        return entry

    def report(self, now: datetime) -> bool:
        """Note how far it is. False when the job was given up meanwhile and must stop."""
        Job.rows.filter(pk=self.job.pk).update(
            left_out=self.left_out, notes=[asdict(note) for note in self.notes]
        )
        total = max(self._total, self.done)
        return syncs.report_progress(job=self.job, done=self.done, total=total, now=now)


def _mark_missing(job: Job, *, now: datetime) -> None:
    """Mark what a whole file does not name."""
    gone = Product.rows.filter(store=job.store, listed_at__lt=job.started_at, missing_since=None)
    gone.update(missing_since=now)
