from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import ApiKey, AuditEntry

pytestmark = pytest.mark.db


def make_key(api, scope="write", name="Nightly prices"):
    return api.post("/auth/api-keys", {"name": name, "scope": scope})


def with_key(key):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Api-Key {key}")
    return client


@pytest.fixture
def key(api):
    return make_key(api).json()["key"]


def test_a_key_is_shown_once_and_only_its_hash_is_kept(seller, api):
    response = make_key(api, scope="read")

    row = ApiKey.rows.get()
    made = response.json()
    assert response.status_code == 201
    assert made["key"].startswith(f"{made['prefix']}_")
    assert made["key"] not in str(list(ApiKey.rows.values()))
    assert api.get("/auth/api-keys").json()["results"] == [
        {
            "id": row.pk,
            "name": "Nightly prices",
            "prefix": made["prefix"],
            "scope": "read",
            "made_at": made["made_at"],
            "used_at": None,
            "used_from": None,
        }
    ]


def test_a_script_acts_as_the_keys_owner_and_the_audit_says_by_which_key(seller, api, key):
    response = with_key(key).patch("/auth/me", {"name": "Renamed by a script"})

    seller.refresh_from_db()
    assert (response.status_code, seller.name) == (200, "Renamed by a script")
    entry = AuditEntry.rows.latest("pk")
    assert (entry.actor, entry.key_prefix) == (seller, key[:11])


def test_a_use_is_kept_to_the_minute_with_its_address(key):
    client = with_key(key)

    client.get("/auth/me", REMOTE_ADDR="203.0.113.7")
    first = ApiKey.rows.get()
    client.get("/auth/me", REMOTE_ADDR="203.0.113.8")

    assert first.used_at is not None
    assert ApiKey.rows.get().used_from == "203.0.113.7"
    ApiKey.rows.update(used_at=timezone.now() - timedelta(seconds=61))
    client.get("/auth/me", REMOTE_ADDR="203.0.113.8")
    assert ApiKey.rows.get().used_from == "203.0.113.8"


def test_a_key_for_reading_changes_nothing(seller, api):
    client = with_key(make_key(api, scope="read").json()["key"])

    response = client.patch("/auth/me", {"name": "Renamed"})

    seller.refresh_from_db()
    assert (response.status_code, response.json()["code"]) == (403, "key-may-only-read")
    assert seller.name == "Seller"
    assert client.get("/auth/me").status_code == 200


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("get", "/auth/api-keys"),
        ("post", "/auth/api-keys"),
        ("delete", "/auth/api-keys/1"),
        ("get", "/auth/sessions"),
        ("delete", "/auth/sessions/1"),
        ("post", "/auth/password/change"),
        ("post", "/auth/logout"),
    ],
)
def test_a_key_gives_no_way_to_more(key, method, address):
    response = getattr(with_key(key), method)(address)

    assert (response.status_code, response.json()["code"]) == (403, "people-only")


def test_a_revoked_key_is_out_at_once(api, key):
    response = api.delete(f"/auth/api-keys/{ApiKey.rows.get().pk}")

    assert response.status_code == 204
    assert with_key(key).get("/auth/me").status_code == 401
    assert api.get("/auth/api-keys").json()["results"] == []
    assert AuditEntry.rows.latest("pk").action == "api-key.revoked"


def test_a_blocked_owners_key_is_out_at_once(seller, key):
    seller.is_active = False
    seller.save()

    assert with_key(key).get("/auth/me").status_code == 401


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: "",
        lambda _: "dk_",
        lambda _: "dk_00000000_made-up",
        lambda key: key[:-1] + ("A" if key[-1] != "A" else "B"),
        lambda key: key[:11],
        lambda key: f"{key} {key}",
        lambda _: "dk_\xff",
    ],
    ids=["empty", "cut", "made up", "one letter off", "the prefix", "twice", "not ASCII"],
)
def test_what_is_no_key_opens_nothing(key, spoil):
    response = with_key(spoil(key)).get("/auth/me")

    assert (response.status_code, response.json()["code"]) == (401, "not-authenticated")


def test_a_strangers_key_is_not_there(stranger, client_of, api, key):
    row = ApiKey.rows.get()

    response = client_of(stranger).delete(f"/auth/api-keys/{row.pk}")

    assert (response.status_code, response.json()["code"]) == (404, "api-key-missing")
    assert client_of(stranger).get("/auth/api-keys").json()["results"] == []
    assert with_key(key).get("/auth/me").status_code == 200


def test_a_user_has_so_many_keys_and_no_more(api):
    made = [make_key(api).status_code for _ in range(51)]

    assert made == [201] * 50 + [409]


@pytest.mark.parametrize(
    "body",
    [{"name": "x"}, {"name": "x", "scope": "admin"}, {"name": "", "scope": "read"}],
    ids=["no scope", "unknown scope", "no name"],
)
def test_a_key_needs_a_name_and_a_scope(api, body):
    response = api.post("/auth/api-keys", body)

    assert (response.status_code, ApiKey.rows.count()) == (422, 0)


@pytest.mark.parametrize("rows", [1, 3])
def test_a_script_is_known_by_one_query(api, rows, django_assert_num_queries):
    for _ in range(rows):
        key = make_key(api).json()["key"]
    with_key(key).get("/auth/me")

    with django_assert_num_queries(1):
        with_key(key).get("/auth/me")
