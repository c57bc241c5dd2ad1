"""Files that sellers send: kept in pieces until a worker has read them. The reading is above us."""

import zlib
from collections.abc import Iterator
from datetime import datetime
from itertools import count
from typing import IO

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.services import audit
from kaspi.errors import FileTooLarge, FileUnreadable, SyncUnderWay
from kaspi.models import ImportPart, Job, JobKind
from kaspi.selectors import store_of
from kaspi.signals import sync_ordered

_PIECE = 1024 * 1024
_SHEET = b"PK\x03\x04"
_STARTS_OF_XML = (b"<", b"\xff\xfe", b"\xfe\xff")
_MARKS = b"\xef\xbb\xbf \t\r\n"  # what may stand before a document


def order_import(
    *, user: User, store_id: int, file: IO[bytes], is_archive: bool, is_whole: bool, now: datetime
) -> Job:
    """Keep the file and ask for it to be read into the store's catalogue.

    ``is_archive`` says that what it holds is withdrawn from sale, ``is_whole`` that what it does
    not name is gone. Raises StoreMissing for a foreign id, FileUnreadable for what is neither XML
    nor a sheet, FileTooLarge, and SyncUnderWay while the store's catalogue is being read.
    """
    store = store_of(user, store_id=store_id)
    start = file.read(_PIECE)
    if not start.startswith(_SHEET) and not start.lstrip(_MARKS).startswith(_STARTS_OF_XML):
        raise FileUnreadable
    file.seek(0)
    try:
        with transaction.atomic():
            job = Job.rows.create(
                store=store,
                kind=JobKind.IMPORT,
                is_archive=is_archive,
                is_whole=is_whole,
                ordered_at=now,
                touched_at=now,
            )
            _keep(job, file)
            audit.record(
                seller=user,
                action="store.import-ordered",
                subject="store",
                subject_id=store.pk,
                changes={"is_whole": (None, is_whole), "is_archive": (None, is_archive)},
                now=now,
            )
            sync_ordered.send(Job, job_id=job.pk, kind=job.kind)
    except IntegrityError:
        raise SyncUnderWay from None
    return job


def _keep(job: Job, file: IO[bytes]) -> None:
    size = 0
    for number, piece in enumerate(iter(lambda: file.read(_PIECE), b"")):
        size += len(piece)
        refuse_large(size)
        ImportPart.rows.create(job=job, number=number, body=zlib.compress(piece, 1))


def refuse_large(size: int) -> None:
    """Raise FileTooLarge for a file of so many bytes."""
    most_mb: int = settings.IMPORT_MAX_MB
    if size > most_mb * 1024 * 1024:
        raise FileTooLarge(f"We take up to {most_mb} MB.")


def pieces(job: Job) -> Iterator[bytes]:
    """Give the file of an import as it was sent, a piece at a time."""
    # A query for each: a cursor would stay open over whatever the reader does between two pieces.
    parts = ImportPart.rows.filter(job=job).values_list("body", flat=True)
    for number in count():
        body = parts.filter(number=number).first()
        if body is None:
            return
        yield zlib.decompress(bytes(body))


def is_sheet(job: Job) -> bool:
    """Whether the file is a sheet; else it is XML."""
    return next(pieces(job), b"").startswith(_SHEET)
