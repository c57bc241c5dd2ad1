"""What is read of a store, and where it keeps its goods."""

from datetime import timedelta

import pytest

from kaspi.models import City, JobKind, JobState, Point
from tests.factories import NOW, make_job, make_store

pytestmark = pytest.mark.db


def done(store, *, minutes=0, **fields):
    return make_job(
        store=store,
        **{"state": JobState.DONE, "ordered_at": NOW + timedelta(minutes=minutes), **fields},
    )


def ids(response):
    return [one["id"] for one in response.json()["results"]]


def a_point(store, number=1):
    city, _ = City.objects.get_or_create(city_id="750000000", defaults={"name": "Almaty"})
    return Point.rows.create(store=store, point_id=f"PP{number}", name="Depot", city=city)


@pytest.mark.parametrize("number", [1, 3])
def test_jobs_are_listed_newest_first_at_one_price(
    api, seller, stranger, number, django_assert_num_queries
):
    jobs = [done(make_store(user=seller), minutes=minute) for minute in range(number)]
    done(make_store(user=stranger))

    with django_assert_num_queries(2):
        response = api.get("/kaspi/jobs")

    assert ids(response) == [str(job.pk) for job in reversed(jobs)]


def test_jobs_are_narrowed_by_store_kind_and_state(api, seller):
    store, other = make_store(user=seller), make_store(user=seller)
    wanted = done(store, kind=JobKind.IMPORT, state=JobState.FAILED)
    done(store, kind=JobKind.IMPORT)
    done(store, kind=JobKind.SYNC, state=JobState.FAILED)
    done(other, kind=JobKind.IMPORT, state=JobState.FAILED)

    response = api.get(f"/kaspi/jobs?store_id={store.pk}&kind=import&state=failed")

    assert ids(response) == [str(wanted.pk)]


def test_pages_of_jobs_lose_none_that_were_ordered_in_the_same_moment(api, seller):
    store = make_store(user=seller)
    jobs = {str(done(store).pk) for _ in range(5)}

    first = api.get("/kaspi/jobs?page_size=2")
    second = api.get(first.json()["next"])
    third = api.get(second.json()["next"])

    assert set(ids(first) + ids(second) + ids(third)) == jobs
    assert third.json()["next"] is None


@pytest.mark.parametrize("cursor", ["cD01", "cD1ub3c=", "cD0yMDI2LTAzLTAy"])
def test_a_cursor_that_nobody_wrote_leads_nowhere(api, seller, cursor):
    done(make_store(user=seller))

    response = api.get(f"/kaspi/jobs?cursor={cursor}")

    assert (response.status_code, response.json()["code"]) == (404, "not-found")


@pytest.mark.parametrize("number", [1, 3])
def test_points_are_listed_with_their_cities_at_one_price(
    api, seller, number, django_assert_num_queries
):
    store = make_store(user=seller)
    for place in range(number):
        a_point(store, place)
    a_point(make_store(user=seller), 9)

    with django_assert_num_queries(3):
        document = api.get(f"/kaspi/stores/{store.pk}/points").json()

    assert [(one["name"], one["city"]["name"]) for one in document["results"]] == [
        ("Depot", "Almaty")
    ] * number


def test_points_of_a_foreign_store_are_not_to_be_found(api, seller, stranger):
    a_point(make_store(user=seller))
    theirs = make_store(user=stranger)
    a_point(theirs)

    response = api.get(f"/kaspi/stores/{theirs.pk}/points")

    assert (response.status_code, response.json()["code"]) == (404, "store-missing")
