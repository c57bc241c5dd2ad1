"""Whole syncs, from the sandbox's cabinet into the database."""

from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from cube_demper.kernel.sealing import Secret
from kaspi.models import City, Job, JobState, Point, Session, SessionState, Store
from kaspi.services import syncs
from products.models import Market, Product
from products.services.catalogue import MOST_LOOKED_UP, sync_catalogue
from tests.factories import make_login, make_market, make_product

pytestmark = pytest.mark.flow

AIGERIM = "30112233"
LONG_AGO = timedelta(days=1)


@pytest.fixture
def store(aigerims_store):
    return aigerims_store


def synced(store, tell=None) -> Job:
    """Order and carry a sync; return the job as it ended."""
    job = Job.rows.create(store=store, ordered_at=timezone.now(), touched_at=timezone.now())
    more = {} if tell is None else {"tell": tell}
    sync_catalogue(job_id=job.pk, clock=timezone.now, **more)
    job.refresh_from_db()
    return job


def skus(sandbox):
    return {one["sku"] for one in sandbox.listings(AIGERIM)}


def missing(store):
    return set(Product.rows.filter(store=store, missing_since__isnull=False).values_list("sku"))


def test_a_sync_brings_the_whole_shop_and_says_how_far_it_is(store, sandbox):
    told = []

    job = synced(store, tell=lambda done, total: told.append((done, total)))

    count = len(skus(sandbox))
    assert (job.state, job.done, job.total) == (JobState.DONE, count, count)
    assert set(Product.rows.values_list("sku", flat=True)) == skus(sandbox)
    assert told[0] == (10, sum(one["on_sale"] for one in sandbox.listings(AIGERIM)))
    assert told[-1] == (count, count)


def test_a_sync_brings_points_and_cities(store):
    synced(store)

    points = Point.rows.filter(store=store).order_by("point_id")
    assert [(point.point_id, point.city_id) for point in points] == [
        (f"{AIGERIM}_PP1", "750000000"),
        (f"{AIGERIM}_PP2", "710000000"),
        (f"{AIGERIM}_PP3", "511010000"),
    ]
    assert City.objects.filter(listed_at__isnull=False).count() > 40


@pytest.mark.parametrize("kind", ["errors", "empty", "500"])
def test_a_catalogue_is_read_though_its_points_cannot_be(store, sandbox, kind):
    sandbox.break_("graphql", kind)

    job = synced(store)

    assert (job.state, Point.rows.count()) == (JobState.DONE, 0)


@pytest.mark.parametrize("kind", ["duplicates", "drift"])
def test_nothing_is_called_missing_in_a_restless_catalogue(store, sandbox, kind):
    synced(store)
    sandbox.break_("list", kind)

    job = synced(store)

    assert (job.state, missing(store)) == (JobState.DONE, set())


def test_what_is_gone_is_marked_once_nobody_finds_it_by_its_sku(store):
    synced(store)
    market = Market.objects.first() or make_market()
    yesterday = timezone.now() - LONG_AGO
    make_product(store=store, market=market, sku="GONE", listed_at=yesterday)

    synced(store)

    assert missing(store) == {("GONE",)}


def test_what_slipped_by_is_found_by_its_sku_and_not_called_missing(store, sandbox):
    synced(store)
    sandbox.set(list_without_a="archive")  # so that the rest does not show it once more
    sandbox.break_("list", "nulls", fields=["sku"], count=1)

    job = synced(store)
    sandbox.set(list_without_a="both")

    by_name = [one for one in sandbox.requests("list") if "&t=" in one["path"]]
    assert (job.state, missing(store), len(by_name)) == (JobState.DONE, set(), 10)


def test_what_can_never_be_read_is_not_called_missing_either(store, sandbox):
    synced(store)
    sandbox.break_("list", "nulls", fields=["masterSku"])

    job = synced(store)

    assert (job.state, job.left_out, missing(store)) == (JobState.DONE, 54, set())


def test_a_session_that_dies_is_renewed_in_silence_and_the_reading_goes_on(
    store, sandbox, chromium_path
):
    sandbox.break_("list", "401", skip=2, count=1)

    job = synced(store)

    assert (job.state, job.done) == (JobState.DONE, len(skus(sandbox)))
    # The cabinet's own page, which the browser opened, reads the list too, but asks otherwise.
    ours = [one["path"] for one in sandbox.requests("list") if "list?m=" in one["path"]]
    assert [path for path, count in Counter(ours).items() if count > 1] == [ours[2]]
    session = Session.rows.get()
    assert (session.state, session.version) == (SessionState.LIVE, 2)


def test_a_session_that_somebody_else_renewed_carries_the_reading_on(store, sandbox):
    sandbox.break_("list", "401", skip=2, count=1)

    def renew(_done, _total):
        fresh = Secret(sandbox.log_in("aigerim@demo.kz").to_json())
        Session.rows.filter(version=1).update(jar=fresh, version=2)

    job = synced(store, tell=renew)

    assert (job.state, job.done) == (JobState.DONE, len(skus(sandbox)))
    assert Session.rows.get().version == 2


def test_a_shop_that_a_fresh_session_does_not_open_either_is_not_knocked_at_again(store, sandbox):
    sandbox.break_("list", "401", skip=2)

    def renew(_done, _total):
        Session.rows.filter(version=1).update(version=2)

    job = synced(store, tell=renew)

    statuses = [request["status"] for request in sandbox.requests("list")]
    assert (job.state, job.reason) == (JobState.FAILED, "session-dead")
    assert statuses == [200, 200, 401, 401]


def with_forgotten(store, count):
    """Products that the catalogue has not shown for a day."""
    market = make_market()
    yesterday = timezone.now() - LONG_AGO
    for number in range(count):
        make_product(store=store, market=market, sku=f"GONE-{number}", listed_at=yesterday)


def test_many_are_marked_without_asking_for_each_if_the_catalogue_stood_still(store, sandbox):
    with_forgotten(store, MOST_LOOKED_UP + 1)

    synced(store)

    assert len(missing(store)) == MOST_LOOKED_UP + 1
    assert [one for one in sandbox.requests("list") if "t=GONE" in one["path"]] == []


def test_many_are_not_marked_on_the_word_of_an_empty_list(store, sandbox):
    with_forgotten(store, MOST_LOOKED_UP + 1)
    jar = sandbox.log_in("empty@demo.kz")
    Session.rows.update(jar=Secret(jar.to_json()))
    Store.rows.update(merchant_id="30700066")
    store.refresh_from_db()

    job = synced(store)

    assert (job.state, job.done, missing(store)) == (JobState.DONE, 0, set())


def test_a_session_that_nobody_can_renew_ends_the_reading_and_keeps_what_was_read(store, sandbox):
    make_login(user=store.user, account=store.session.account)  # the seller is at it by hand
    sandbox.break_("list", "401", skip=2)

    job = synced(store)

    assert (job.state, job.reason, job.done) == (JobState.FAILED, "session-dead", 20)
    assert (Product.rows.count(), missing(store)) == (20, set())
    assert Session.rows.get().state == SessionState.RENEWING


def test_a_login_page_with_status_200_is_no_empty_shop(store, sandbox):
    synced(store)
    sandbox.break_("list", "html200")

    job = synced(store)

    assert (job.state, job.reason) == (JobState.FAILED, "kaspi-unavailable")
    assert missing(store) == set()


def test_rows_that_cannot_be_read_stand_on_the_job(store, sandbox):
    sandbox.break_("list", "nulls", fields=["masterSku"], count=1)

    job = synced(store)

    assert (job.state, job.left_out) == (JobState.DONE, 10)
    assert [note["problem"] for note in job.notes[:2]] == [
        "data[0].masterSku: should be text",
        "data[1].masterSku: should be text",
    ]
    assert {note["sku"] for note in job.notes} <= skus(sandbox)


def test_a_job_that_was_given_up_stops_at_the_next_page(store, sandbox):
    def give_up(_done, _total):
        job = Job.rows.get()
        syncs.fail_sync(job=job, reason="interrupted", detail="", now=timezone.now())

    job = synced(store, tell=give_up)

    assert (job.state, job.reason) == (JobState.FAILED, "interrupted")
    assert len(sandbox.requests("list")) == 2
