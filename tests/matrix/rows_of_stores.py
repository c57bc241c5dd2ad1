"""The matrix: stores, what opens them, and their orders."""

from django.core.files.uploadedfile import SimpleUploadedFile

from tests.matrix.rows import Kind, Row
from tests.matrix.world import Things


def _store(things: Things) -> dict[str, int]:
    return {"store_id": things.store}


def _a_file(_: Things) -> dict[str, object]:
    return {"file": SimpleUploadedFile("active.xml", b"<kaspi_catalog/>")}


ROWS = [
    Row(
        *("post", "kaspi-connect", Kind.SECRET),
        ok=202,
        body=lambda _: {"email": "another-shop@example.kz", "password": "Kaspi-2026"},
    ),
    Row("get", "kaspi-login", Kind.READ, parts=lambda things: {"login_id": things.coded}),
    Row(
        *("post", "kaspi-login-code", Kind.SECRET),
        ok=202,
        parts=lambda things: {"login_id": things.coded},
        body=lambda _: {"code": "4711"},
    ),
    Row(
        *("post", "kaspi-login-merchant", Kind.SECRET),
        ok=202,
        parts=lambda things: {"login_id": things.choosing},
        body=lambda _: {"merchant_id": "30999999"},
    ),
    Row("get", "stores", Kind.READ),
    Row(
        *("post", "stores", Kind.WRITE),
        ok=201,
        body=lambda _: {"merchant_id": "30888888", "name": "Another shop"},
    ),
    Row(
        *("post", "store-sync", Kind.WRITE),
        ok=202,
        others=404,
        body=_store,
    ),
    Row("get", "store", Kind.READ, parts=_store),
    Row("patch", "store", Kind.WRITE, parts=_store, body=lambda _: {"name": "Outlet"}),
    Row("delete", "store", Kind.SECRET, ok=204, parts=_store),
    Row("get", "store-points", Kind.READ, parts=_store),
    Row("delete", "store-password", Kind.SECRET, ok=204, parts=_store),
    Row("post", "store-import", Kind.WRITE, ok=202, parts=_store, body=_a_file, form="multipart"),
    Row("get", "price-list", Kind.READ, parts=lambda things: {"store_id": things.claimed}),
    Row(
        *("post", "price-list-rotate", Kind.SECRET),
        parts=lambda things: {"store_id": things.claimed},
    ),
    Row("get", "orders-token", Kind.READ, parts=_store),
    Row(
        *("put", "orders-token", Kind.SECRET),
        ok=202,
        parts=_store,
        body=lambda _: {"token": "1" * 32},
    ),
    Row("get", "orders", Kind.READ),
    Row("get", "order", Kind.READ, parts=lambda things: {"order_id": things.order}),
    Row("get", "kaspi-jobs", Kind.READ),
    Row("get", "kaspi-job", Kind.READ, parts=lambda things: {"job_id": things.job}),
    Row("post", "store-pause", Kind.WRITE, parts=_store),
    Row("post", "store-resume", Kind.WRITE, parts=lambda things: {"store_id": things.claimed}),
    Row("post", "store-undo", Kind.WRITE, parts=_store, body=lambda _: {"hours": 3}),
    Row("get", "store-rules", Kind.READ, parts=_store),
    Row("patch", "store-rules", Kind.WRITE, parts=_store, body=lambda _: {"ending": "50"}),
    Row(
        *("post", "store-channel", Kind.WRITE),
        parts=_store,
        body=lambda _: {"channel": "price_list"},
    ),
]
