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


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.RUNNING])
def test_a_job_whose_worker_or_message_was_lost_is_ordered_anew(
    seller, broker, django_capture_on_commit_callbacks, state
):
    job = make_job(store=make_store(user=seller), state=state, started_at=NOW)
    later = NOW + timedelta(minutes=4)

    with django_capture_on_commit_callbacks(execute=True):
        syncs.restart_stale_syncs(now=later)

    job.refresh_from_db()
    assert (job.state, job.restarts, job.touched_at) == (JobState.QUEUED, 1, later)
    assert [message.arguments for message in broker.take()] == [{"job_id": str(job.pk)}]


def test_a_job_that_kills_its_workers_is_given_up(seller, broker):
    job = make_job(store=make_store(user=seller), state=JobState.RUNNING, restarts=3)

    syncs.restart_stale_syncs(now=NOW + timedelta(minutes=4))

    job.refresh_from_db()
    assert (job.state, job.reason, broker.take()) == (JobState.FAILED, "interrupted", [])


def test_a_job_that_shows_life_is_left_alone(seller):
    job = make_job(store=make_store(user=seller), state=JobState.RUNNING)

    syncs.restart_stale_syncs(now=NOW + timedelta(minutes=2))

    job.refresh_from_db()
    assert (job.state, job.restarts) == (JobState.RUNNING, 0)


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
