"""What sellers are told of their sessions and of readings of their catalogues."""

from datetime import timedelta

import pytest

from kaspi.login_ports import Connected
from kaspi.models import Attention, JobState, SessionState
from kaspi.ports import CookieJar, Merchant
from kaspi.services import sessions, syncs
from news.models import Event
from tests.factories import NOW, make_job, make_session, make_store

pytestmark = pytest.mark.db


def told(user):
    return [(one.kind, one.payload) for one in Event.objects.for_user(user).order_by("pk")]


def log_in(user, store):
    merchant = Merchant(store.merchant_id, store.name)
    sessions.open_session(
        user=user,
        account=store.session.account,
        connected=Connected(CookieJar(), (merchant,)),
        now=NOW,
    )


def test_a_lost_session_is_told_of_once_and_so_is_its_return(seller):
    session = make_session(user=seller, state=SessionState.RENEWING)
    store = make_store(user=seller, session=session)

    for _ in range(2):
        sessions.need_login(session=session, reason="wrong-password", retry_at=None, now=NOW)
    for _ in range(2):
        log_in(seller, store)

    named = {"session_id": session.pk, "store_ids": [store.pk]}
    assert told(seller) == [
        ("SESSION_LOST", named | {"reason": "wrong-password"}),
        ("SESSION_BACK", named),
    ]


def test_a_session_that_comes_back_in_silence_is_not_told_of(seller):
    store = make_store(user=seller, session=make_session(user=seller, state=SessionState.RENEWING))

    log_in(seller, store)

    assert told(seller) == []


@pytest.mark.parametrize("ends", ["done", "failed"])
def test_a_reading_is_told_of_as_it_goes_and_when_it_ends(seller, ends):
    job = make_job(store=make_store(user=seller), state=JobState.RUNNING)

    syncs.report_progress(job=job, done=100, total=250, now=NOW)
    for _ in range(2):
        if ends == "done":
            syncs.finish_sync(job=job, now=NOW)
        else:
            syncs.fail_sync(job=job, reason="walled-off", detail="", now=NOW)

    named = {"job_id": str(job.pk), "job_kind": "sync", "store_id": job.store_id}
    reason = {} if ends == "done" else {"reason": "walled-off"}
    assert told(seller) == [
        ("JOB_PROGRESS", named | {"done": 100, "total": 250}),
        ("JOB_ENDED", named | {"state": ends} | reason),
    ]


def test_a_job_that_was_given_up_tells_no_progress(seller):
    job = make_job(store=make_store(user=seller), state=JobState.FAILED)

    goes_on = syncs.report_progress(job=job, done=100, total=250, now=NOW)

    assert (goes_on, told(seller)) == (False, [])


@pytest.mark.parametrize("attention", [Attention.PUSHES_BANNED, Attention.WALLED_OFF])
def test_a_ban_or_a_wall_is_told_of_when_it_begins_and_when_it_is_over(seller, attention):
    store = make_store(user=seller)

    for wait_s in (600, 900):
        sessions.call_attention(store_id=store.pk, attention=attention, now=NOW, wait_s=wait_s)
    for minutes in (14, 15, 16):
        sessions.calm_stores(now=NOW + timedelta(minutes=minutes))

    stopped = {"store_id": store.pk, "attention": str(attention), "cause": ""}
    assert told(seller) == [
        ("STORE_STOPPED", stopped | {"until": "2026-03-02T09:10:00Z"}),
        ("STORE_GOES_ON", stopped | {"attention": "", "until": None}),
    ]
