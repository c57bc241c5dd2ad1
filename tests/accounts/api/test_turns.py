import pytest
from rest_framework.test import APIClient

from tests.factories import make_access_token, make_user

pytestmark = pytest.mark.db


@pytest.fixture(autouse=True)
def few_turns(settings):
    settings.REQUESTS_PER_MINUTE = 3


def statuses(client, times):
    return [client.get("/auth/me").status_code for _ in range(times)]


def test_who_asks_too_fast_is_told_when_to_come_back(seller, api):
    granted = statuses(api, times=3)

    refused = api.get("/auth/me")

    assert granted == [200, 200, 200]
    assert (refused.status_code, refused.json()["code"]) == (429, "too-many-requests")
    assert refused.headers["Retry-After"] == "20"


def test_each_person_has_turns_of_their_own(seller, api):
    statuses(api, times=4)
    other = APIClient()
    other.credentials(HTTP_AUTHORIZATION=f"Bearer {make_access_token(user=make_user())}")

    assert statuses(other, times=1) == [200]


def test_a_script_that_runs_wild_leaves_its_seller_alone(seller, api):
    key = api.post("/auth/api-keys", {"name": "Nightly", "scope": "read"}).json()["key"]
    script = APIClient()
    script.credentials(HTTP_AUTHORIZATION=f"Api-Key {key}")

    by_script = [script.get("/products").status_code for _ in range(4)]

    assert by_script == [200, 200, 200, 429]
    assert statuses(api, times=1) == [200]


def test_without_redis_nobody_waits(seller, api, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    assert statuses(api, times=4) == [200, 200, 200, 200]


def test_a_house_may_count_nothing(seller, api, settings):
    settings.REQUESTS_PER_MINUTE = 0

    assert statuses(api, times=4) == [200, 200, 200, 200]


def test_what_is_refused_changes_nothing(seller, api):
    statuses(api, times=3)

    refused = api.patch("/auth/me", {"name": "Somebody else"})

    seller.refresh_from_db()
    assert refused.status_code == 429
    assert seller.name != "Somebody else"
