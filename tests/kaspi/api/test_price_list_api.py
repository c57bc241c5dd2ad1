"""Stores without a session, over the API."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kaspi.models import ImportPart, Job, JobKind, PriceList, Store
from kaspi.services.imports import pieces
from tests.factories import make_claimed_store, make_job, make_store

pytestmark = pytest.mark.db

XML = b'<?xml version="1.0"?><kaspi_catalog/>'


def send(api, store_id, body=XML, name="ACTIVE.xml", **fields):
    file = SimpleUploadedFile(name, body)
    return api.post(
        f"/kaspi/stores/{store_id}/import", {"file": file, **fields}, format="multipart"
    )


def test_a_store_is_opened_without_a_login(api, seller):
    response = api.post("/kaspi/stores", {"merchant_id": "30112233", "name": "Electronics"})

    document = response.json()
    store = Store.objects.for_user(seller).get()
    assert response.status_code == 201
    assert (document["id"], document["channel"], document["is_connected"]) == (
        store.pk,
        "price_list",
        False,
    )


def test_a_shop_that_is_here_is_a_conflict(api, stranger):
    make_claimed_store(user=stranger, merchant_id="30112233")

    response = api.post("/kaspi/stores", {"merchant_id": "30112233", "name": "Mine"})

    assert (response.status_code, response.json()["code"]) == (409, "store-taken")
    assert Store.rows.count() == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "A"}, "merchant_id"),
        ({"merchant_id": "30 11", "name": "A"}, "merchant_id"),
        ({"merchant_id": "30112233"}, "name"),
        ({"merchant_id": "30112233", "name": "A", "city_id": "Almaty"}, "city_id"),
        ({"merchant_id": "30112233", "name": "A", "session": 1}, "session"),
    ],
)
def test_a_bad_body_names_the_field_and_opens_nothing(api, body, field):
    response = api.post("/kaspi/stores", body)

    assert response.status_code == 422
    assert [error["field"] for error in response.json()["errors"]] == [field]
    assert not Store.rows.exists()


def test_the_address_is_shown_to_its_seller_only(api, seller, stranger, client_of):
    store = make_claimed_store(user=seller)

    own = api.get(f"/kaspi/stores/{store.pk}/price-list")
    foreign = client_of(stranger).get(f"/kaspi/stores/{store.pk}/price-list")

    assert store.price_list.secret.reveal() in own.json()["address"]
    assert (foreign.status_code, foreign.json()["code"]) == (404, "price-list-missing")


@pytest.mark.parametrize("path", ["price-list/rotate", "import", "channel"])
def test_a_foreign_store_does_not_exist(api, stranger, path):
    store = make_claimed_store(user=stranger)
    key = store.price_list.secret.reveal()
    bodies = {
        "import": {"file": SimpleUploadedFile("a.xml", XML)},
        "channel": {"channel": "cabinet"},
    }
    kind = "multipart" if path == "import" else "json"

    response = api.post(f"/kaspi/stores/{store.pk}/{path}", bodies.get(path, {}), format=kind)

    assert (response.status_code, response.json()["code"]) == (404, "store-missing")
    assert PriceList.rows.get().secret.reveal() == key
    assert not Job.rows.exists()


def test_a_store_with_a_session_gets_a_list_by_rotating(api, seller):
    store = make_store(user=seller)

    before = api.get(f"/kaspi/stores/{store.pk}/price-list")
    after = api.post(f"/kaspi/stores/{store.pk}/price-list/rotate")

    assert (before.status_code, after.status_code) == (404, 200)
    assert after.json()["company"] == store.name


def test_a_file_is_kept_and_read_in_the_background(
    api, seller, broker, django_capture_on_commit_callbacks
):
    store = make_claimed_store(user=seller)
    body = XML + b" " * 2_500_000

    with django_capture_on_commit_callbacks(execute=True):
        response = send(api, store.pk, body, is_archive="true")

    job = Job.rows.get()
    [message] = broker.take()
    assert response.status_code == 202
    assert (response.json()["id"], response.json()["kind"]) == (str(job.pk), "import")
    assert (job.kind, job.is_archive, job.is_whole) == (JobKind.IMPORT, True, False)
    assert message.task == "products.import_catalogue"
    assert b"".join(pieces(job)) == body
    assert ImportPart.rows.count() == 3


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"sku;price", "file-unreadable"), (b"\xd0\xcf\x11\xe0", "file-unreadable")],
)
def test_what_is_no_export_is_refused_at_once(api, seller, body, code):
    store = make_claimed_store(user=seller)

    response = send(api, store.pk, body)

    assert (response.status_code, response.json()["code"]) == (422, code)
    assert not Job.rows.exists()


def test_a_file_that_is_too_large_is_refused(api, seller, settings):
    settings.IMPORT_MAX_MB = 1
    store = make_claimed_store(user=seller)

    response = send(api, store.pk, XML + b" " * 1_100_000)

    assert (response.status_code, response.json()["code"]) == (422, "file-too-large")
    assert not Job.rows.exists()


def test_one_reading_at_a_time(api, seller):
    store = make_claimed_store(user=seller)
    make_job(store=store)

    response = send(api, store.pk)

    assert (response.status_code, response.json()["code"]) == (409, "sync-under-way")
    assert not ImportPart.rows.exists()


def test_a_file_is_sent_as_a_form(api, seller):
    store = make_claimed_store(user=seller)

    response = api.post(f"/kaspi/stores/{store.pk}/import", {"file": "a"})

    assert response.status_code == 415
