"""Reading a catalogue: the order, its progress, its end. The reading itself is above us."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.services import audit
from kaspi.errors import StoreMissing, StoreNotConnected, SyncUnderWay
from kaspi.models import (
    OPEN_JOB_STATES,
    Channel,
    ImportPart,
    Job,
    JobKind,
    JobState,
    PriceList,
    Store,
)
from kaspi.services.telling import tell_of_job
from kaspi.signals import sync_ordered
from news.models import EventKind

STALE_AFTER = timedelta(minutes=3)  # no sign of life for so long: its worker is gone
MOST_RESTARTS = 3


def order_sync(*, user: User, store_id: int | None, now: datetime) -> Job:
    """Ask for the store's catalogue to be read; without an id, the seller's only store.

    Raises StoreMissing for a foreign or unclear store, StoreNotConnected for one without a session
    and SyncUnderWay with the job that runs.
    """
    stores = Store.objects.for_user(user)
    found = list(stores.filter(pk=store_id) if store_id is not None else stores[:2])
    if len(found) != 1:
        raise StoreMissing("Say which store: send store_id.")
    with transaction.atomic():
        job = begin_sync(store=found[0], now=now)
        audit.record(
            seller=user,
            action="store.sync-ordered",
            subject="store",
            subject_id=found[0].pk,
            now=now,
        )
    return job


def begin_sync(*, store: Store, now: datetime) -> Job:
    """Ask for this store's catalogue to be read. Raises StoreNotConnected and SyncUnderWay."""
    with transaction.atomic():
        job = open_sync(store=store, now=now)
        sync_ordered.send(Job, job_id=job.pk, kind=job.kind)
    return job


def open_sync(*, store: Store, now: datetime) -> Job:
    """Make the job without ordering it: the caller reads the catalogue itself.

    Raises StoreNotConnected and SyncUnderWay.
    """
    if store.session_id is None:
        raise StoreNotConnected("We have no session of this store: send a file to its import.")
    try:
        with transaction.atomic():
            return Job.rows.create(store=store, ordered_at=now, touched_at=now)
    except IntegrityError:
        raise SyncUnderWay from None


def claim_sync(*, job_id: UUID, now: datetime) -> Job | None:
    """Start a job that nobody has started; ``None`` if there is none, as on a second delivery."""
    is_mine = Job.rows.filter(pk=job_id, state=JobState.QUEUED).update(
        state=JobState.RUNNING, started_at=now, touched_at=now, done=0, total=None
    )
    if not is_mine:
        return None
    return Job.rows.select_related("store__session", "store__user").get(pk=job_id)


def report_progress(*, job: Job, done: int, total: int, now: datetime) -> bool:
    """Note how far it is. False when the job was given up meanwhile and must stop."""
    with transaction.atomic():
        updated = Job.rows.filter(pk=job.pk, state=JobState.RUNNING).update(
            done=done, total=total, touched_at=now
        )
        if updated:
            tell_of_job(job, EventKind.JOB_PROGRESS, now=now, done=done, total=total)
    return bool(updated)


def finish_sync(*, job: Job, now: datetime) -> None:
    """Close a job that went well."""
    with transaction.atomic():
        ended = Job.rows.filter(pk=job.pk, state=JobState.RUNNING).update(
            state=JobState.DONE, finished_at=now, touched_at=now
        )
        if ended:
            tell_of_job(job, EventKind.JOB_ENDED, now=now, state="done")
        Store.rows.filter(pk=job.store_id).update(synced_at=now)
        if _is_for_price_list(job):
            PriceList.rows.filter(store=job.store_id).update(stated_at=now)
        ImportPart.rows.filter(job=job).delete()


def _is_for_price_list(job: Job) -> bool:
    """Whether it wrote what is on sale into the price list: all of it, from its first page on."""
    is_import = job.kind == JobKind.IMPORT and not job.is_archive
    is_sync = job.kind == JobKind.SYNC and job.store.channel == Channel.PRICE_LIST
    return is_import or is_sync


def fail_sync(*, job: Job, reason: str, detail: str, now: datetime) -> None:
    """Close a job that did not."""
    with transaction.atomic():
        ended = Job.rows.filter(pk=job.pk, state__in=OPEN_JOB_STATES).update(
            state=JobState.FAILED, reason=reason, detail=detail[:300], finished_at=now
        )
        if ended:
            tell_of_job(job, EventKind.JOB_ENDED, now=now, state="failed", reason=reason)
        ImportPart.rows.filter(job=job).delete()


def restart_stale_syncs(*, now: datetime) -> None:
    """Order jobs anew whose worker went silent; give up those that it happens to again and again.

    Reading a catalogue twice does no harm: every page is written by key.
    """
    with transaction.atomic():
        stale = (
            Job.objects.across_users(reason="dead workers leave jobs of anybody")
            .filter(state__in=OPEN_JOB_STATES, touched_at__lt=now - STALE_AFTER)
            .select_for_update(skip_locked=True)
        )
        for job in stale:
            if job.restarts >= MOST_RESTARTS:
                detail = "The workers that read the catalogue died, one after another."
                fail_sync(job=job, reason="interrupted", detail=detail, now=now)
                continue
            job.state, job.started_at, job.touched_at = JobState.QUEUED, None, now
            job.restarts += 1
            job.save(update_fields=["state", "started_at", "touched_at", "restarts"])
            sync_ordered.send(Job, job_id=job.pk, kind=job.kind)


def is_under_way(*, store: Store) -> bool:
    """Whether the store's catalogue is being read."""
    return Job.rows.filter(store=store, state__in=OPEN_JOB_STATES).exists()
