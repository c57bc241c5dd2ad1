from datetime import timedelta

import pytest

from kaspi.errors import StoreMissing, SyncUnderWay
from kaspi.models import Job, JobState
from kaspi.services import syncs
from tests.factories import NOW, make_job, make_store

pytestmark = pytest.mark.db


def order(user, store_id=None, now=NOW):
    return syncs.order_sync(user=user, store_id=store_id, now=now)


def test_a_sync_is_ordered_after_commit(seller, broker, django_capture_on_commit_callbacks):
    store = make_store(user=seller)

    with django_capture_on_commit_callbacks(execute=True):
        job = order(seller)

    [message] = broker.take()
    assert (message.task, message.arguments) == (
        "products.sync_catalogue",
        {"job_id": str(job.pk)},
    )
    assert (job.store, job.state) == (store, JobState.QUEUED)


def test_with_several_stores_one_has_to_be_named(seller):
    make_store(user=seller)
    second = make_store(user=seller)

    with pytest.raises(StoreMissing):
        order(seller)

    assert order(seller, second.pk).store == second


def test_a_foreign_store_is_not_synced(seller, stranger, broker):
    foreign = make_store(user=stranger)

    with pytest.raises(StoreMissing):
        order(seller, foreign.pk)

    assert (Job.rows.count(), broker.take()) == (0, [])


def test_a_store_is_synced_once_at_a_time(seller):
    make_store(user=seller)
    order(seller)

    with pytest.raises(SyncUnderWay):
        order(seller)

    assert Job.rows.count() == 1


def test_a_job_whose_worker_went_silent_makes_room_for_the_next(seller):
    make_store(user=seller)
    silent = order(seller)
    syncs.claim_sync(job_id=silent.pk, now=NOW)

    later = order(seller, now=NOW + timedelta(minutes=4))

    silent.refresh_from_db()
    assert (silent.state, silent.reason) == (JobState.FAILED, "interrupted")
    assert later.state == JobState.QUEUED


def test_a_job_is_claimed_once(seller):
    job = make_job(store=make_store(user=seller))

    first = syncs.claim_sync(job_id=job.pk, now=NOW)
    second = syncs.claim_sync(job_id=job.pk, now=NOW)

    assert (first, second) == (job, None)


def test_progress_is_noted_while_the_job_runs_and_tells_when_it_was_given_up(seller):
    job = make_job(store=make_store(user=seller))
    syncs.claim_sync(job_id=job.pk, now=NOW)

    goes_on = syncs.report_progress(job=job, done=100, total=250, now=NOW)
    syncs.fail_sync(job=job, reason="session-dead", detail="log in again", now=NOW)
    still = syncs.report_progress(job=job, done=200, total=250, now=NOW)

    job.refresh_from_db()
    assert (goes_on, still) == (True, False)
    assert (job.done, job.total, job.state, job.reason) == (
        100,
        250,
        JobState.FAILED,
        "session-dead",
    )
