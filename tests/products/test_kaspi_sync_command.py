"""`manage.py kaspi_sync`: for the person on call."""

from datetime import timedelta
from io import StringIO
from threading import Thread

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from kaspi.models import Job, JobState
from products.models import Product
from products.services.catalogue import sync_catalogue
from tests.factories import NOW, make_job, make_store
from tests.flows.patience import until


def run(*arguments):
    out = StringIO()
    call_command("kaspi_sync", *arguments, stdout=out)
    return out.getvalue().splitlines()


@pytest.mark.flow
def test_it_reads_a_catalogue_in_this_process_and_says_how_far_it_is(aigerims_store, broker):
    lines = run(aigerims_store.merchant_id, "--now")

    assert lines[0].startswith("10 of ")
    assert lines[-1] == "54 listings read."
    assert (Product.rows.count(), broker.take()) == (54, [])


@pytest.mark.flow
def test_it_watches_a_worker(transactional_db, aigerims_store, broker):
    def work():
        [job_id] = until(lambda: list(Job.rows.values_list("pk", flat=True)), bool)
        sync_catalogue(job_id=job_id, clock=timezone.now)
        connection.close()

    worker = Thread(target=work)
    worker.start()

    lines = run(str(aigerims_store.pk))
    worker.join()

    assert lines[-1] == "54 listings read."
    assert [message.task for message in broker.take()] == ["products.sync_catalogue"]


@pytest.mark.db
@pytest.mark.parametrize("given", ["30112233", "999", "x", "9" * 40])
def test_an_unknown_store_is_named(given, seller):
    make_store(user=seller)

    with pytest.raises(CommandError, match=f"There is no store {given}"):
        run(given)


@pytest.mark.db
def test_it_does_not_read_beside_another(seller):
    store = make_store(user=seller)
    make_job(store=store)

    with pytest.raises(CommandError):
        run(str(store.pk), "--now")

    assert Job.rows.count() == 1


@pytest.mark.db
@pytest.mark.parametrize(
    ("fields", "rate", "eta"),
    [
        pytest.param({"done": 200, "total": 800}, 20.0, 30.0, id="under way"),
        pytest.param({"done": 900, "total": 800}, 90.0, 0.0, id="more than was promised"),
        pytest.param({"done": 0, "total": 800}, 0.0, None, id="nothing yet"),
        pytest.param({"done": 200}, 20.0, None, id="nothing promised"),
        pytest.param({"started_at": None}, None, None, id="not begun"),
        pytest.param(
            {"done": 200, "total": 200, "finished_at": NOW + timedelta(seconds=5)},
            40.0,
            None,
            id="ended",
        ),
    ],
)
def test_a_job_knows_its_rate_and_what_is_left(seller, fields, rate, eta):
    running = {"state": JobState.RUNNING, "started_at": NOW} | fields
    job = make_job(store=make_store(user=seller), **running)

    in_ten_seconds = NOW + timedelta(seconds=10)
    assert (job.rate_at(in_ten_seconds), job.eta_at(in_ten_seconds)) == (rate, eta)
